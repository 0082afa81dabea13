"""Logging in, in a browser: with the keyboard alone, without JavaScript, light and dark, on a telephone."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Site

Axe = Callable[[Page], list[str]]


def test_keyboard_alone_logs_in_and_out(site: Site) -> None:
    """Tab, type, Enter; the menu too."""
    page = site.log_in("member")
    page.locator("summary").focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Log out").focus()
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", name="Log in to Clara")).to_be_visible()


def test_log_in_works_without_javascript(site: Site) -> None:
    """It is a form like any other."""
    page = site.log_in("member", java_script_enabled=False)

    expect(page.get_by_role("heading", name="Overview")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_pages_of_the_log_in_have_no_barriers(site: Site, axe: Axe, scheme: str, width: int) -> None:
    """As axe sees them; and nothing is wider than the window."""
    options = {"color_scheme": scheme, "viewport": {"width": width, "height": 800}}
    visitor = site.visitor(**options)
    visitor.goto("/log-in")
    person = site.log_in("admin", **options)

    for page, path in ((visitor, "/log-in"), (person, "/password"), (person, "/numbers")):
        page.goto(path)
        assert axe(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
