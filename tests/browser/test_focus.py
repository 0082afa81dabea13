"""Where the focus is after a save, with the keyboard alone: where it was, or where one sees what became of it."""

import pytest
from flask import Flask
from playwright.sync_api import Locator, Page, expect

from operations.add_number import add_number
from operations.assign_number import assign_number
from operations.tokens import create_token
from operations.twilio_account import webhooks_of
from operations.users import create_user
from tests.admin.pages.business import MAIN, SALES, make_business
from tests.browser.conftest import Site

NEW = "new@example.com"
ELSEWHERE = webhooks_of("https://other.example.com")


@pytest.fixture
def business(site: Site, app: Flask) -> Site:
    """A site with two agents, three numbers, two tokens, a Member, and two numbers that are wrong at Twilio."""
    make_business(site.changes, site.who)
    for name in ("booking", "till"):
        create_token(site.changes, site.who, "member", name)
    create_user(site.changes, site.who, NEW, "member")
    for phone_number in ("+14155550104", "+14155550105"):
        app.extensions["twilio"].buy(phone_number, "Hotline", ELSEWHERE)
        add_number(site.changes, site.who, phone_number)
    return site


def notice(page: Page, sentence: str) -> Locator:
    """Return the notice that says so."""
    return page.locator("#said .alert", has_text=sentence)


def test_focus_stays_in_the_list_after_numbers_are_paused(business: Site) -> None:
    """Its button needs something that is ticked, so what comes after it has the focus."""
    page = business.log_in("admin")
    page.goto("/numbers")
    page.get_by_label("Select (415) 555-0100").press("Space")
    page.get_by_role("button", name="Pause").press("Enter")
    page.get_by_role("dialog").get_by_role("button", name="Pause 1 number").press("Enter")

    expect(notice(page, "1 number is paused.")).to_be_visible()
    expect(page.get_by_label("Select all on this page")).to_be_focused()


def test_focus_is_on_the_switch_after_a_question(business: Site) -> None:
    """Whether it is answered yes, or somebody else has moved the number meanwhile."""
    page = business.log_in("member")
    page.goto("/agents/1")
    page.get_by_role("link", name="Manage").press("Enter")
    panel = page.get_by_role("dialog")
    switch = panel.get_by_role("switch", name="(415) 555-0101")

    switch.press("Space")
    expect(panel.get_by_text("Move it to “Clara”?")).to_be_visible()
    assign_number(business.changes, business.who, SALES, label="Hotline")
    panel.get_by_role("button", name="Move it").press("Enter")
    expect(panel.get_by_text("“Bruno” answers its calls now. Nothing was overwritten.")).to_be_visible()
    expect(switch).to_be_focused()
    page.keyboard.press("Space")
    panel.get_by_role("button", name="Move it").press("Enter")
    expect(panel.get_by_role("switch", name="(415) 555-0101", checked=True)).to_be_focused()

    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="Manage")).to_be_focused()


def test_focus_is_on_the_notice_when_its_place_is_gone(business: Site) -> None:
    """A token that is revoked and a user who is deleted have no button any more."""
    page = business.log_in("super_admin")
    page.goto("/settings/tokens")
    page.get_by_role("link", name="Revoke booking").press("Enter")
    page.get_by_role("button", name="Revoke token").press("Enter")
    expect(notice(page, "lets nobody in any more.")).to_be_focused()

    page.goto("/settings/users")
    page.get_by_role("link", name=f"Edit {NEW}").press("Enter")
    page.get_by_role("link", name="Delete").press("Enter")
    page.get_by_role("button", name="Delete user").press("Enter")
    expect(notice(page, f"{NEW} is deleted")).to_be_focused()


def test_focus_is_on_what_is_left_to_say_after_a_repair(business: Site) -> None:
    """A comparison leaves it on its link; a repair, whose button is gone, leads to the notice."""
    page = business.log_in("admin")
    page.get_by_role("link", name="Compare now").press("Enter")
    expect(page.get_by_role("button", name="Repair (415) 555-0104: wrong webhooks")).to_be_visible()
    expect(page.get_by_role("link", name="Compare now")).to_be_focused()
    page.get_by_role("button", name="Repair (415) 555-0104: wrong webhooks").press("Enter")
    expect(notice(page, "+14155550104 is repaired.")).to_be_focused()


def test_focus_is_on_the_field_that_is_wrong(business: Site) -> None:
    """And comes back to the button when the form is saved."""
    page = business.log_in("super_admin")
    page.goto("/agents/1")
    page.get_by_label("If that fails, call").fill(MAIN)
    page.get_by_role("button", name="Save").press("Enter")
    expect(page.get_by_label("If that fails, call")).to_be_focused()
    expect(page.get_by_text("is one of our own numbers")).to_be_in_viewport()
    page.get_by_label("If that fails, call").fill("")
    page.get_by_role("button", name="Save").press("Enter")

    expect(notice(page, "“Clara” is saved.")).to_be_visible()
    expect(page.get_by_role("button", name="Save")).to_be_focused()


def test_focus_stays_on_the_button_of_a_filter(business: Site) -> None:
    """Where the list alone comes anew, and where the page does."""
    page = business.log_in("admin")
    page.goto("/settings/changes")
    page.get_by_role("button", name="Filter").press("Enter")
    page.wait_for_url("**/changes?**")
    expect(page.get_by_role("button", name="Filter")).to_be_focused()

    page.goto("/settings/billing")
    page.get_by_role("button", name="Show").press("Enter")
    page.wait_for_url("**/billing?**")
    expect(page.get_by_role("button", name="Show")).to_be_focused()
