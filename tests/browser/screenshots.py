"""Take the pictures of docs/screenshots: each page of a plausible business, light and dark, wide and narrow.

`.venv/bin/python -m tests.browser.screenshots [FOLDER]` writes them all anew, in about a minute. They are WebP, so
that the folder stays small; nothing outside this machine is asked for anything.
"""

import base64
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from app import create_app
from operations.accounts import create_account
from operations.changes import Who
from operations.permissions import SYSTEM
from operations.users import create_user
from simulator.rest import RunningSimulator, create_simulator
from tests.browser.conftest import ARGUMENTS, chromium_path, serving
from tests.browser.dental_business import make_business
from tests.conftest import PROJECT, Stack, migrate, settings_for
from tests.servers.free_port import find_free_port

EMAIL = "admin@example.com"
SCHEMES = ("light", "dark")
WIDE, NARROW = {"width": 1280, "height": 800}, {"width": 360, "height": 740}
TALLEST = 1500
# Of WebP: letters stay sharp, and the folder small.
QUALITY = 75
TIMEZONE = "America/Los_Angeles"
A_CALL = "the first call of the list"
# Name of the picture, path, and what is pressed before it is taken: a link or button by its name.
PICTURES: tuple[tuple[str, str, str | None], ...] = (
    ("overview", "/", None),
    ("numbers", "/numbers", None),
    ("get-a-number", "/numbers/get?country=US&area_code=415", None),
    ("get-a-number-confirm", "/numbers/get?country=US&area_code=415", "Purchase (415) 555-0110"),
    ("number", "/numbers/1", None),
    ("number-test-call", "/numbers/4", "Place a test call"),
    ("number-pause", "/numbers/1", "Pause…"),
    ("number-release", "/numbers/1", "Release this number…"),
    ("agents", "/agents", None),
    ("agent", "/agents/1", None),
    ("agent-numbers", "/agents/1", "Manage"),
    ("agent-new", "/agents/new", None),
    ("locations", "/locations", None),
    ("location", "/locations/1", None),
    ("calls", "/calls", None),
    ("call", "/calls", A_CALL),
    ("settings-users", "/settings/users", None),
    ("settings-tokens", "/settings/tokens", None),
    ("settings-billing", "/settings/billing", None),
    ("settings-changes", "/settings/changes", None),
    ("settings-twilio", "/settings/twilio", None),
)
NARROW_TOO = {"overview", "numbers", "number", "number-pause", "agent-numbers", "calls"}


def take_all(folder: Path) -> None:
    """Write each picture into a folder, whose older ones are taken away."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.webp"):
        old.unlink()
    with (
        tempfile.TemporaryDirectory() as place,
        running_business(Path(place)) as (url, password),
        sync_playwright() as it,
    ):
        browser = it.chromium.launch(executable_path=chromium_path(), args=list(ARGUMENTS))
        for scheme in SCHEMES:
            for size in (WIDE, NARROW):
                _take_series(browser, url, password, folder, scheme, size)
        browser.close()


@contextmanager
def running_business(folder: Path) -> Iterator[tuple[str, str]]:
    """Serve the router for a business in a folder of its own, with a simulated Twilio; yield its URL and a password."""
    port = find_free_port()
    url, database_url = f"http://127.0.0.1:{port}", f"sqlite:///{folder / 'clara.db'}"
    migrate(database_url)
    with RunningSimulator(create_simulator(folder / "simulator")) as twilio:
        here = {"public_url": url, "port": port, "twilio_api_url": twilio.base_url}
        simulated = {"twilio_account_sid": "", "twilio_auth_token": ()}
        app = create_app(settings_for(Stack(database_url, ""), folder, **here, **simulated))
        app.extensions["keeper"].work()
        changes = app.extensions["changes"]
        account_id = create_account(changes, Who(None, EMAIL, SYSTEM), "Bayside Dental Group")["id"]
        who = Who(account_id, EMAIL, SYSTEM)
        password = create_user(changes, who, EMAIL, "super_admin", must_change_password=False)["password"]
        make_business(app, who)
        with serving(app, port):
            yield url, password
        app.extensions["close"]()


def _take_series(browser: Browser, url: str, password: str, folder: Path, scheme: str, size: dict[str, int]) -> None:
    """Log in and take the pictures of one colour scheme and one width."""
    context = browser.new_context(base_url=url, color_scheme=scheme, viewport=size, reduced_motion="reduce")
    page = context.new_page()
    is_wide = size is WIDE
    page.goto("/log-in")
    if is_wide:
        _take(page, folder / f"log-in-{scheme}.webp", size)
    page.get_by_label("E-mail").fill(EMAIL)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url(f"{url}/")
    page.context.add_cookies([{"name": "timezone", "value": TIMEZONE, "url": url}])
    for name, path, pressed in PICTURES:
        if is_wide or name in NARROW_TOO:
            page.set_viewport_size(size)
            page.goto(path)
            _press(page, pressed)
            _take(page, folder / f"{name}-{scheme}{'' if is_wide else '-narrow'}.webp", size)
    context.close()


def _press(page: Page, name: str | None) -> None:
    """Press what opens what is to be seen, and wait for it."""
    if name == A_CALL:
        page.locator("#calls tbody a").first.click()
    elif name == "Place a test call":
        page.get_by_role("button", name=name).click()
        page.get_by_text("That was the whole call.").wait_for()
    elif name:
        page.get_by_role("link", name=name, exact=True).click()
        page.get_by_role("dialog").wait_for()
    page.wait_for_load_state("networkidle")


def _take(page: Page, path: Path, size: dict[str, int]) -> None:
    """Take the whole page down to a sensible height; a side panel fills the window as it is."""
    if not page.get_by_role("dialog").count():
        height = min(page.evaluate("document.documentElement.scrollHeight"), TALLEST)
        page.set_viewport_size({"width": size["width"], "height": max(height, size["height"])})
    taken = page.context.new_cdp_session(page).send("Page.captureScreenshot", {"format": "webp", "quality": QUALITY})
    path.write_bytes(base64.b64decode(taken["data"]))


if __name__ == "__main__":
    take_all(Path(sys.argv[1]) if len(sys.argv) > 1 else PROJECT / "docs" / "screenshots")
