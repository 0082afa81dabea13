"""The list of numbers, in a browser: filter, tick, and change several at once, with the keyboard alone."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from operations.add_number import add_number
from operations.agents import create_agent
from operations.locations import create_location
from tests.browser.conftest import Site

Axe = Callable[[Page], list[str]]
NUMBERS = (("+14155550100", "Clara", "Downtown", "Main line"), ("+14155550101", "Clara"), ("+14155550102",))


@pytest.fixture
def shop(site: Site) -> Site:
    """A site whose account has three numbers, one of which nobody answers."""
    create_agent(site.changes, site.who, "Clara", "phone", "+14155550182")
    create_agent(site.changes, site.who, "Bruno", "client", "front-desk")
    create_location(site.changes, site.who, "Downtown", "America/Los_Angeles")
    for number in NUMBERS:
        add_number(site.changes, site.who, *number)
    return site


def test_several_numbers_are_paused_from_the_list(shop: Site) -> None:
    """Tick all, see how many, say what callers hear; the next page says that it is in force."""
    page = shop.log_in("admin")
    page.goto("/numbers")
    expect(page.get_by_role("button", name="Pause")).to_be_disabled()

    page.get_by_label("Select all on this page").press("Space")
    page.get_by_label("Select (415) 555-0102").press("Space")
    expect(page.get_by_text("2 numbers selected")).to_be_visible()
    page.get_by_role("button", name="Pause").press("Enter")
    panel = page.get_by_role("dialog", name="Pause 2 numbers")
    expect(panel.get_by_label("The message")).to_be_hidden()
    panel.get_by_label("What callers hear").select_option("message")
    panel.get_by_label("The message").fill("We are closed.")
    panel.get_by_role("button", name="Pause 2 numbers").press("Enter")

    expect(page.get_by_text("2 numbers are paused. In force on every server.")).to_be_visible()
    expect(page.locator("tbody .status-paused")).to_have_count(2)


def test_escape_closes_the_panel_and_gives_the_focus_back(shop: Site) -> None:
    """To the button that opened it; what was ticked stays ticked."""
    page = shop.log_in("admin")
    page.goto("/numbers")
    page.get_by_label("Select (415) 555-0100").press("Space")
    page.get_by_role("button", name="Assign").press("Enter")
    expect(page.get_by_role("dialog", name="Assign 1 number")).to_be_visible()

    page.keyboard.press("Escape")

    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("button", name="Assign")).to_be_focused()
    expect(page.get_by_text("1 number selected")).to_be_visible()


def test_filter_acts_at_once_and_stays_in_the_address(shop: Site) -> None:
    """The focus stays in the drop-down; loading the address again shows the same."""
    page = shop.log_in("member")
    page.goto("/numbers")

    page.get_by_label("Needs attention").press("Space")
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page.get_by_text("Not receiving calls")).to_be_visible()
    expect(page.get_by_label("Needs attention")).to_be_focused()
    assert "attention=yes" in page.url
    page.reload()

    expect(page.locator("tbody tr")).to_have_count(1)


def test_several_numbers_are_assigned_without_javascript(shop: Site) -> None:
    """Each step is a page of its own."""
    page = shop.log_in("member", java_script_enabled=False)
    page.goto("/numbers")
    for number in ("(415) 555-0101", "(415) 555-0102"):
        page.get_by_label(f"Select {number}").check()
    page.get_by_role("button", name="Assign").click()
    page.get_by_label("Agent").select_option("Bruno")
    page.get_by_label("Take them from whoever has them now").check()
    page.get_by_role("button", name="Assign 2 numbers").click()

    expect(page.get_by_text("2 numbers are assigned. In force on every server.")).to_be_visible()
    expect(page.get_by_role("cell", name="Bruno")).to_have_count(2)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_list_of_numbers_has_no_barriers(shop: Site, axe: Axe, scheme: str, width: int) -> None:
    """Nor has what opens from it, as a panel and as a page; and nothing is wider than the window."""
    page = shop.log_in("admin", color_scheme=scheme, viewport={"width": width, "height": 800})
    for path in ("/numbers", "/numbers/selected/pause?number=1&number=2", "/numbers/selected/assign?number=1&number=2"):
        page.goto(path)
        assert axe(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
    page.goto("/numbers")
    page.get_by_label("Select (415) 555-0100").check()
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("dialog", name="Pause 1 number")).to_be_visible()

    assert axe(page) == []
