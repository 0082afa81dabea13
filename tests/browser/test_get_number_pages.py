"""Getting a number, in a browser: from the search to the number that is active, with the keyboard alone."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import update

from models import Number
from operations.agents import create_agent
from simulator.rest import RunningSimulator
from tests.browser.conftest import Site

Axe = Callable[[Page], list[str]]


@pytest.fixture
def shop(twilio_server: RunningSimulator, site: Site) -> Site:
    """A site that buys at the simulated Twilio, with an agent Clara."""
    create_agent(site.changes, site.who, "Clara", "phone", "+14155550182")
    return site


def set_status(site: Site, status: str) -> None:
    with site.changes.database.writing() as session:
        session.execute(update(Number).values(status=status))


def test_number_is_searched_bought_and_becomes_active_by_itself(shop: Site) -> None:
    """The price is confirmed beside the results; whoever waits sees it turn without doing anything."""
    page = shop.log_in("admin")
    page.goto("/numbers")
    page.get_by_role("link", name="Get a number").first.press("Enter")
    page.get_by_label("Area code").fill("415")
    page.get_by_label("Area code").press("Enter")
    page.get_by_role("link", name="Purchase (415) 555-0110").press("Enter")
    panel = page.get_by_role("dialog", name="Purchase (415) 555-0110")
    expect(panel.get_by_text("a month, from now on until you release it")).to_be_visible()
    panel.get_by_label("Agent").select_option("Clara")
    panel.get_by_role("button", name="Purchase for").press("Enter")
    expect(page.get_by_text("It receives calls")).to_be_visible()
    set_status(shop, "pending")
    page.reload()
    expect(page.get_by_text("Setting it up")).to_be_visible()

    set_status(shop, "active")

    expect(page.get_by_text("It receives calls")).to_be_visible()
    expect(page.get_by_text("Clara answers")).to_be_visible()


def test_number_is_bought_without_javascript(shop: Site) -> None:
    """Each step is a page of its own, and the cost is on the button."""
    page = shop.log_in("admin", java_script_enabled=False)
    page.goto("/numbers/get?country=US&area_code=415")
    page.get_by_role("link", name="Purchase (415) 555-0110").click()
    page.get_by_role("button", name="Purchase for $").click()

    expect(page.get_by_text("Not receiving calls")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_pages_for_getting_a_number_have_no_barriers(shop: Site, axe: Axe, scheme: str, width: int) -> None:
    """Nor have the panel and what is said while somebody waits; and nothing is wider than the window."""
    page = shop.log_in("admin", color_scheme=scheme, viewport={"width": width, "height": 800})
    confirm = "/numbers/get/confirm?phone_number=%2B14155550110"
    for path in ("/numbers/get?country=US&area_code=415", "/numbers/get?country=US&city=Nowhere", confirm):
        page.goto(path)
        assert axe(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
    page.get_by_role("button", name="Purchase for").click()
    expect(page.get_by_text("Not receiving calls")).to_be_visible()
    assert axe(page) == []
    set_status(shop, "pending")
    page.reload()

    assert axe(page) == []
