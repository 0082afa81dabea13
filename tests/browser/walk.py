"""Open every page that a person can reach, one after the other, and what opens beside it."""

from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

from playwright.sync_api import Page, expect
from sqlalchemy.exc import OperationalError

from tests.browser.conftest import Site
from tests.browser.every_page import PANELS, PATHS

# Status, path, and what fails meanwhile.
ERRORS: tuple[tuple[int, str, Exception | None], ...] = (
    (403, "/numbers/get", None),
    (404, "/numbers/999", None),
    (404, "/nothing-here", None),
    (500, "/timezone", RuntimeError("a mistake of ours")),
    (503, "/timezone", OperationalError("SELECT", {}, Exception("away"))),
)


def walk(site: Site, width: int) -> Iterator[tuple[str, Page]]:
    """Yield the name of each page and the window that shows it, to a Super Admin of the dental business."""
    size = {"width": width, "height": 800}
    stranger, page = site.visitor(viewport=size), site.log_in("super_admin", viewport=size)
    stranger.goto("/log-in")
    yield "/log-in", stranger
    page.goto("/calls")
    a_call = page.locator("#calls tbody a").first.get_attribute("href") or ""
    for path in (path for paths in PATHS.values() for path in paths):
        page.goto(path.format(call_sid=a_call.rpartition("/")[2]))
        expect(page.locator("h1")).to_have_count(1)
        yield path, page
    page.goto("/settings/tokens")
    page.get_by_label("Name").fill("another")
    page.get_by_role("button", name="Create token").click()
    expect(page.locator("#secret")).to_be_visible()
    yield "/settings/tokens, a new one", page
    for path, opener in PANELS:
        page.goto(path)
        page.get_by_role("link", name=opener, exact=True).press("Enter")
        expect(page.get_by_role("dialog")).to_be_visible()
        yield f"{path}, {opener}", page


def walk_into_errors(site: Site, width: int) -> Iterator[tuple[str, Page]]:
    """Yield what is refused, not found, a failure of ours, and a database that is away, to a Member."""
    page = site.log_in("member", viewport={"width": width, "height": 800})
    for status, path, failure in ERRORS:
        with failing(failure):
            answer = page.goto(path)
        assert (answer and answer.status) == status, path
        yield f"{path}, {status}", page


@contextmanager
def failing(failure: Exception | None) -> Iterator[None]:
    """Let the page that asks for a timezone fail meanwhile."""
    if failure is None:
        yield
    else:
        with patch("admin.pages.timezone.render_template", side_effect=failure):
            yield
