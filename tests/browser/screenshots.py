"""Take the pictures of docs/screenshots: each page of a plausible business, light and dark, wide and narrow.

`.venv/bin/python -m tests.browser.screenshots [FOLDER]` writes them and their list anew, in some minutes. They are
WebP, so that the folder stays small; nothing outside this machine is asked for anything.
"""

import base64
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.browser.conftest import ARGUMENTS, PATIENCE_MILLISECONDS, chromium_path
from tests.browser.pictures import PICTURES, Picture
from tests.browser.running_business import RunningBusiness, running_business
from tests.browser.walk import failing
from tests.conftest import PROJECT

SCHEMES = ("light", "dark")
WIDE, NARROW = {"width": 1280, "height": 800}, {"width": 360, "height": 740}
TALLEST = 1500
# Of WebP: letters stay sharp, and the folder small.
QUALITY = 75
TIMEZONE = "America/Los_Angeles"
HEAD = """# Screenshots

Each page of a seeded business, light and dark; below, some of them on a telephone. They are written anew by

```
.venv/bin/python -m tests.browser.screenshots
```

which needs `make test`'s environment and a Chromium, and asks nothing outside this machine. What
[axe finds on every page](../accessibility.md) is a table.
"""


def take_all(folder: Path) -> None:
    """Write each picture into a folder, whose older ones are taken away, and a page that shows them."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.webp"):
        old.unlink()
    with (
        tempfile.TemporaryDirectory() as place,
        running_business(Path(place)) as business,
        sync_playwright() as it,
    ):
        browser = it.chromium.launch(executable_path=chromium_path(), args=list(ARGUMENTS))
        for scheme in SCHEMES:
            for size in (WIDE, NARROW):
                _take_series(browser, business, folder, scheme, size)
        browser.close()
    (folder / "README.md").write_text("\n".join(_list_pictures()))


def _take_series(browser: Browser, business: RunningBusiness, folder: Path, scheme: str, size: dict[str, int]) -> None:
    """Take the pictures of one colour scheme and one width, as everybody who looks at them."""
    is_wide = size is WIDE
    wanted = [picture for picture in PICTURES if is_wide or picture.is_narrow_too]
    for who in dict.fromkeys(picture.who for picture in wanted):
        context = browser.new_context(
            base_url=business.url, color_scheme=scheme, viewport=size, reduced_motion="reduce"
        )
        context.set_default_timeout(PATIENCE_MILLISECONDS)
        page = _log_in(context, business, who)
        for picture in (picture for picture in wanted if picture.who == who):
            page.set_viewport_size(size)
            _go_to(page, picture)
            _take(page, folder / _file(picture, scheme, is_narrow=not is_wide), size)
        context.close()


def _log_in(context: BrowserContext, business: RunningBusiness, who: str | None) -> Page:
    page = context.new_page()
    if who is not None:
        page.goto("/log-in")
        page.get_by_label("E-mail").fill(who)
        page.get_by_label("Password").fill(business.passwords[who])
        page.get_by_role("button", name="Log in").click()
        page.wait_for_url(f"{business.url}/")
        context.add_cookies([{"name": "timezone", "value": TIMEZONE, "url": business.url}])
    return page


def _go_to(page: Page, picture: Picture) -> None:
    """Open what is to be seen, and wait until all of it is there."""
    with failing(picture.failure):
        page.goto(picture.path)
    if picture.do:
        picture.do(page)
    page.wait_for_load_state("networkidle")


def _take(page: Page, path: Path, size: dict[str, int]) -> None:
    """Take the whole page down to a sensible height; a side panel fills the window as it is."""
    page.mouse.move(0, 0)
    page.evaluate("scrollTo(0, 0)")
    if not page.get_by_role("dialog").count():
        height = min(page.evaluate("document.documentElement.scrollHeight"), TALLEST)
        page.set_viewport_size({"width": size["width"], "height": max(height, size["height"])})
    taken = page.context.new_cdp_session(page).send("Page.captureScreenshot", {"format": "webp", "quality": QUALITY})
    path.write_bytes(base64.b64decode(taken["data"]))


def _file(picture: Picture, scheme: str, is_narrow: bool = False) -> str:
    return f"{picture.name}-{scheme}{'-narrow' if is_narrow else ''}.webp"


def _list_pictures() -> Iterator[str]:
    """Yield the lines of a page that shows them all."""
    yield HEAD
    for picture in PICTURES:
        yield f"## {picture.title}\n"
        if picture.sentence:
            yield f"{picture.sentence}\n"
        for scheme in SCHEMES:
            yield f"![{picture.title}, {scheme}]({_file(picture, scheme)})"
        yield ""
    yield "## At 360 pixels\n"
    for picture in (picture for picture in PICTURES if picture.is_narrow_too):
        yield " ".join(
            f"![{picture.title}, narrow, {scheme}]({_file(picture, scheme, is_narrow=True)})" for scheme in SCHEMES
        )
        yield ""


if __name__ == "__main__":
    take_all(Path(sys.argv[1]) if len(sys.argv) > 1 else PROJECT / "docs" / "screenshots")
