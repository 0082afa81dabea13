"""Agents and locations in a browser: numbers given from their side, the form of a hand-off, and a keyboard alone."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.admin.pages.business import FREE, SALES, make_business, number_of
from tests.browser.conftest import Site

Axe = Callable[[Page], list[str]]


@pytest.fixture
def business(site: Site) -> Site:
    """A site with two agents, two locations and three numbers."""
    make_business(site.changes, site.who)
    return site


@pytest.mark.parametrize(
    ("path", "name", "word", "other"),
    [("/agents/1", "Clara", "agent", "Bruno"), ("/locations/1", "Downtown", "location", "Airport")],
)
def test_numbers_are_given_from_the_panel(business: Site, path: str, name: str, word: str, other: str) -> None:
    """With the keyboard alone: at once, after a question when another has it; the page beneath shows it afterwards."""
    page = business.log_in("member")
    page.goto(path)
    page.get_by_role("link", name="Manage").press("Enter")
    panel = page.get_by_role("dialog", name=f"Numbers of {name}")

    panel.get_by_role("switch", name="(415) 555-0102").press("Space")
    expect(panel.get_by_role("switch", name="(415) 555-0102", checked=True)).to_be_focused()
    expect(panel.get_by_text("In force on every server.")).to_be_visible()

    panel.get_by_role("switch", name="(415) 555-0101").press("Space")
    expect(panel.get_by_text(f"“{other}”. Move it to “{name}”?")).to_be_visible()
    expect(panel.get_by_role("link", name="Leave it")).to_be_focused()
    assert number_of(business.changes, business.who, SALES)[word]["name"] == other
    panel.get_by_role("button", name="Move it").press("Enter")
    expect(panel.get_by_role("switch", checked=True)).to_have_count(3)

    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="Manage")).to_be_focused()
    expect(page.locator("#held").get_by_role("link", name="(415) 555-0101")).to_be_visible()
    assert number_of(business.changes, business.who, FREE)[word]["name"] == name


def test_numbers_are_searched_in_the_panel(business: Site) -> None:
    """While one types; the focus stays."""
    page = business.log_in("member")
    page.goto("/agents/1")
    page.get_by_role("link", name="Manage").click()
    panel = page.get_by_role("dialog")

    panel.get_by_label("Search").press_sequentially("sales")
    expect(panel.get_by_role("switch")).to_have_count(1)
    expect(panel.get_by_label("Search")).to_be_focused()
    panel.get_by_label("Search").fill("")
    panel.get_by_label("Only those of Clara").check()
    expect(panel.get_by_role("switch", name="(415) 555-0100")).to_be_visible()
    expect(panel.get_by_role("switch")).to_have_count(1)
    expect(panel).to_be_visible()


def test_numbers_are_given_without_javascript(business: Site) -> None:
    """The panel is a page, and so is the question."""
    page = business.log_in("member", java_script_enabled=False)
    page.goto("/agents/1")
    page.get_by_role("link", name="Manage").click()
    page.get_by_role("switch", name="(415) 555-0102").click()
    expect(page.get_by_text("is answered by “Clara” now. In force on every server.")).to_be_visible()
    page.get_by_role("switch", name="(415) 555-0101").click()
    page.get_by_role("button", name="Move it").click()
    page.get_by_role("link", name="Done").click()

    expect(page.locator("#held li")).to_have_count(3)


def test_form_of_a_hand_off_follows_its_kind(business: Site) -> None:
    """Label, hint and example; what cannot be is said when the field is left, and what is tried says what it found."""
    page = business.log_in("admin")
    page.goto("/agents/new")
    page.get_by_label("Name").fill("Dora")
    page.get_by_label("How it takes calls").select_option("Telephone")
    target = page.get_by_label("Phone number")
    expect(target).to_have_attribute("placeholder", "+14155550182")
    target.fill("555")
    target.press("Tab")
    expect(page.get_by_text("“555” is not a phone number")).to_be_visible()
    target.fill("+14155550184")
    target.press("Tab")
    expect(page.get_by_text("is not a phone number")).to_have_count(0)

    page.get_by_role("button", name="Test the hand-off").press("Enter")
    expect(page.get_by_text("can only be tried by calling it")).to_be_visible()
    page.get_by_role("button", name="Create agent").press("Enter")

    expect(page.get_by_role("heading", name="Dora")).to_be_visible()
    expect(page.get_by_text("“Dora” is created.")).to_be_visible()


def test_what_a_switch_did_is_said_in_a_place_that_stays(business: Site) -> None:
    """Screen readers read aloud what comes into a place that they know; what comes next clears it."""
    page = business.log_in("member")
    page.goto("/agents/1/numbers")
    page.evaluate("document.getElementById('said-below').dataset.stays = 'yes'")
    said = page.locator("#said-below[data-stays]")

    page.get_by_role("switch", name="(415) 555-0100").press("Space")
    expect(said).to_contain_text("Nobody answers its calls now. In force on every server.")
    page.get_by_label("Search by number or label").fill("555")
    expect(said).to_have_text("")


def test_agent_is_deleted_from_its_page(business: Site) -> None:
    """It must be said who gets its numbers."""
    page = business.log_in("admin")
    page.goto("/agents/2")
    page.get_by_role("link", name="Delete").press("Enter")
    panel = page.get_by_role("dialog", name="Delete agent “Bruno”")
    panel.get_by_role("button", name="Delete “Bruno”").press("Enter")
    expect(panel).to_be_visible()
    panel.get_by_label("Who gets them?").select_option("Clara")
    panel.get_by_role("button", name="Delete “Bruno”").press("Enter")

    expect(page.get_by_text("“Bruno” is deleted. In force on every server.")).to_be_visible()
    assert number_of(business.changes, business.who, SALES)["agent"]["name"] == "Clara"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_pages_of_agents_and_locations_have_no_barriers(business: Site, axe: Axe, scheme: str, width: int) -> None:
    """Nor have what opens from them and what went wrong; and nothing is wider than the window."""
    page = business.log_in("admin", color_scheme=scheme, viewport={"width": width, "height": 800})
    for path in (
        "/agents",
        "/agents/1",
        "/agents/new",
        "/locations",
        "/locations/1",
        "/agents/1/numbers",
        "/agents/1/delete",
    ):
        page.goto(path)
        assert axe(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
    page.goto("/locations/new")
    page.get_by_label("Name").fill("Airport")
    page.get_by_role("button", name="Create location").click()
    expect(page.get_by_text("There is already a location “Airport”.")).to_be_visible()
    assert axe(page) == []
    page.goto("/agents/1")
    page.get_by_role("link", name="Manage").click()
    page.get_by_role("switch", name="(415) 555-0101").click()
    expect(page.get_by_text("Move it to")).to_be_visible()
    assert axe(page) == []
