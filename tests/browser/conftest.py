"""A real Chromium, a site to visit, and somebody who is logged in there.

Chromium is Debian's package or any on the PATH; without one these tests are left out, and say so.
"""

import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright
from werkzeug.serving import WSGIRequestHandler, make_server

from operations.changes import Changes, Who
from operations.users import create_user
from simulator.rest import RunningSimulator
from tests.conftest import Stack
from tests.servers.free_port import find_free_port

NAMES = ("chromium", "chromium-browser", "google-chrome")
# Nothing that a browser does by itself leaves this machine.
ARGUMENTS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage"),
)
# Much: a test that waits for what comes costs nothing, and the machine may be busy.
PATIENCE_MILLISECONDS = 60_000


class QuietHandler(WSGIRequestHandler):
    """Says nothing of requests."""

    def log(self, *_: object) -> None:
        """Say nothing."""


def chromium_path() -> str | None:
    """Return where a Chromium is, if there is one."""
    return next(filter(None, map(shutil.which, NAMES)), None)


@contextmanager
def serving(app: Flask, port: int) -> Iterator[None]:
    """Serve an application to browsers of this machine meanwhile."""
    server = make_server("127.0.0.1", port, app, threaded=True, request_handler=QuietHandler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The browser of the whole run."""
    path = chromium_path()
    if path is None:
        pytest.skip("Chromium is not installed: the pages are not tried in a browser (apt-get install chromium)")
    expect.set_options(timeout=PATIENCE_MILLISECONDS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        yield browser
        browser.close()


@dataclass
class Site:
    """The router's pages, served by this process; `foreign` are requests that went elsewhere, `complaints` errors."""

    url: str
    browser: Browser
    who: Who
    changes: Changes
    contexts: list[BrowserContext] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def visitor(self, **options: object) -> Page:
        """Open a window of a new browser profile; `java_script_enabled=False`, `color_scheme="dark"`, `viewport=…`."""
        context = self.browser.new_context(base_url=self.url, reduced_motion="reduce", **options)
        context.set_default_timeout(PATIENCE_MILLISECONDS)
        self.contexts.append(context)
        page = context.new_page()
        page.on("request", lambda request: self._note_foreign(request.url))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", self._note_console)
        return page

    def log_in(self, role: str = "super_admin", **options: object) -> Page:
        """Open a window in which somebody of a role has logged in."""
        email = f"{role.replace('_', '-')}{len(self.contexts)}@example.com"
        user = create_user(self.changes, self.who, email, role, must_change_password=False)
        page = self.visitor(**options)
        page.goto("/log-in")
        page.get_by_label("E-mail").fill(user["email"])
        page.get_by_label("Password").fill(user["password"])
        page.get_by_role("button", name="Log in").click()
        page.wait_for_url(lambda url: "/log-in" not in url)
        return page

    def _note_console(self, said: ConsoleMessage) -> None:
        """Note what a browser complains of, but not that a form was refused: that is what its page says then."""
        if said.type == "error" and not said.text.startswith("Failed to load resource"):
            self.complaints.append(said.text)

    def _note_foreign(self, url: str) -> None:
        if not url.startswith((self.url, "data:", "blob:")):
            self.foreign.append(url)


@pytest.fixture
def stack(migrated_sqlite: Path, tmp_path: Path) -> Stack:
    """The embedded database only: what a page shows on the other stack, tests without a browser see as well."""
    shutil.copy(migrated_sqlite, tmp_path / "clara.db")
    return Stack(f"sqlite:///{tmp_path / 'clara.db'}", "")


@pytest.fixture
def port() -> int:
    """Where the site listens."""
    return find_free_port()


@pytest.fixture
def app(make_app: Callable[..., Flask], twilio_server: RunningSimulator, port: int) -> Flask:
    """The router, whose numbers are at a simulated Twilio."""
    url = f"http://127.0.0.1:{port}"
    return make_app(public_url=url, port=port, secret_key="5" * 64, twilio_api_url=twilio_server.base_url)


def make_simulated(make_app: Callable[..., Flask], twilio_server: RunningSimulator, port: int) -> Flask:
    """Make the router as it is without Twilio's credentials: its calls are simulated, also from its pages."""
    here = {"public_url": f"http://127.0.0.1:{port}", "port": port, "twilio_api_url": twilio_server.base_url}
    return make_app(twilio_account_sid="", twilio_auth_token=(), secret_key="5" * 64, **here)


@pytest.fixture
def site(chromium: Browser, app: Flask, changes: Changes, who: Who, port: int) -> Iterator[Site]:
    """A running site; at the end nothing may have been asked of another host, and no script may have failed."""
    opened = Site(f"http://127.0.0.1:{port}", chromium, who, changes)
    with serving(app, port):
        yield opened
        for context in opened.contexts:
            context.close()
    assert opened.foreign == []
    assert opened.complaints == []


@pytest.fixture
def axe() -> Callable[[Page], list[str]]:
    """Return what axe finds against a page: the rules that it breaks and where."""

    def find(page: Page) -> list[str]:
        found = Axe().run(page).response["violations"]
        return [f"{rule['id']}: {[node['target'] for node in rule['nodes'][:3]]}" for rule in found]

    return find
