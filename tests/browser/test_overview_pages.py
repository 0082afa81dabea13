"""The start page, in a browser."""

from collections.abc import Callable, Iterator
from threading import Event

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from operations.add_number import add_number
from operations.agents import create_agent
from operations.locations import create_location
from operations.twilio_account import OwnedNumber, TwilioAccount, webhooks_of
from simulator.rest import RunningSimulator
from tests.browser.conftest import Site

Axe = Callable[[Page], list[str]]


@pytest.fixture
def shop(twilio_server: RunningSimulator, site: Site, app: Flask) -> Site:
    """A site with a number whose calls Twilio sends elsewhere, and one that Twilio does not have."""
    create_agent(site.changes, site.who, "Clara", "phone", "+14155550182")
    create_location(site.changes, site.who, "Downtown", "America/Los_Angeles")
    app.extensions["twilio"].buy("+14155550100", "Main line", webhooks_of("https://other.example.com"))
    add_number(site.changes, site.who, "+14155550100", "Clara", "Downtown")
    add_number(site.changes, site.who, "+14155550101")
    return site


def test_difference_from_twilio_is_found_and_repaired_from_the_start_page(shop: Site) -> None:
    """Twilio is asked only when somebody wants it."""
    page = shop.log_in("admin")
    page.get_by_role("link", name="Compare now").press("Enter")
    page.get_by_role("button", name="Repair (415) 555-0100: wrong webhooks").press("Enter")
    expect(page.get_by_text("+14155550100 is repaired. In force on every server.")).to_be_visible()
    page.get_by_role("button", name="Repair (415) 555-0100: sid missing").press("Enter")
    expect(page.get_by_role("button", name="Repair")).to_have_count(0)

    page.get_by_role("link", name="Release (415) 555-0101 here").press("Enter")
    page.get_by_role("dialog").get_by_role("button", name="Release it here").press("Enter")
    expect(page.get_by_text("Twilio and Clara agree about every number.")).to_be_visible()


def test_comparison_is_told_while_it_goes_on(shop: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """To everybody; its link takes no second press until the answer is there."""
    asked, may_answer, every_number = [], Event(), TwilioAccount.every_number

    def wait(twilio: TwilioAccount) -> Iterator[OwnedNumber]:
        asked.append(twilio)
        may_answer.wait()
        return every_number(twilio)

    monkeypatch.setattr(TwilioAccount, "every_number", wait)
    page = shop.log_in("admin")
    link = page.get_by_role("link", name="Compare now")
    link.press("Enter")
    expect(page.get_by_role("status")).to_have_text("Every number is being compared with Twilio…")
    expect(link).to_have_attribute("aria-disabled", "true")
    link.press("Enter")
    may_answer.set()

    expect(page.get_by_role("button", name="Repair (415) 555-0100: wrong webhooks")).to_be_visible()
    expect(page.get_by_role("status")).to_have_text("")
    expect(link).to_be_focused()
    assert len(asked) == 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_start_page_has_no_barriers(shop: Site, axe: Axe, scheme: str, width: int) -> None:
    """Nor have the differences from Twilio and what opens from them; and nothing is wider than the window."""
    page = shop.log_in("admin", color_scheme=scheme, viewport={"width": width, "height": 800})
    for path in ("/", "/sync", "/sync/release?number_id=2", "/sync/take-over?phone_number=%2B14155550110"):
        page.goto(path)
        assert axe(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
