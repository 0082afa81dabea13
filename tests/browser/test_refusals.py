"""What is refused or fails, in a browser: it is said, and takes nothing from the page or the panel beside it."""

from collections.abc import Callable
from typing import Any
from unittest.mock import patch

import pytest
from playwright.sync_api import Page, Route, expect
from sqlalchemy.exc import OperationalError

from admin.pages import holder_choices
from operations.changes import Changes, Who
from tests.admin.pages.number_page import make_number
from tests.browser.conftest import Site

Axe = Callable[[Page], list[str]]
AWAY = OperationalError("SELECT", {}, Exception("away"))
SAID = "The database does not answer."


@pytest.fixture
def number(changes: Changes, who: Who) -> dict[str, Any]:
    return make_number(changes, who)


def test_filter_that_fails_leaves_the_list(site: Site, axe: Axe, number: dict[str, Any]) -> None:
    """It is said beside it, until the filter works."""
    page = site.log_in("member")
    page.goto("/numbers")
    alert, row = page.locator("#said").get_by_role("alert"), page.locator("#numbers").get_by_text("(415) 555-0100")

    page.get_by_label("Status").focus()
    with patch("admin.pages.numbers.render_template", side_effect=AWAY):
        page.get_by_label("Status").select_option(label="Paused")
        expect(alert).to_contain_text(SAID)
    expect(row).to_be_visible()
    expect(page.get_by_label("Status")).to_be_focused()
    expect(page).to_have_url(f"{site.url}/numbers")
    assert axe(page) == []

    page.get_by_label("Status").select_option(label="Active")
    page.wait_for_url("**/numbers?**")
    expect(alert).to_have_count(0)
    expect(row).to_be_visible()


def test_panel_that_fails_says_so_and_keeps_what_was_typed(site: Site, axe: Axe, number: dict[str, Any]) -> None:
    """Before it is shown, and when its form is sent; the button can be pressed again."""
    page = site.log_in("admin")
    page.goto(f"/numbers/{number['id']}")
    panel, opener = page.get_by_role("dialog"), page.get_by_role("link", name="Pause…")

    with patch("admin.pages.number_paused.render_template", side_effect=AWAY):
        opener.press("Enter")
        expect(panel.get_by_role("alert")).to_contain_text(SAID)
    expect(page.locator("header.navbar")).to_have_count(1)
    assert axe(page) == []
    panel.get_by_role("button", name="Close").last.press("Enter")
    expect(opener).to_be_focused()

    opener.press("Enter")
    panel.get_by_label("Reason").fill("We are moving")
    with patch("admin.pages.number_paused.pause_number", side_effect=AWAY):
        panel.get_by_role("button", name="Pause the number").press("Enter")
        expect(panel.get_by_role("alert")).to_contain_text(SAID)
    expect(panel.get_by_label("Reason")).to_have_value("We are moving")
    assert axe(page) == []
    panel.get_by_role("button", name="Pause the number").press("Enter")
    expect(page.locator("#history")).to_contain_text("because “We are moving”")


def test_mistyped_name_is_said_and_stays_to_be_mended(
    site: Site, number: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the panel, behind which it still stands; without JavaScript at its field."""
    monkeypatch.setattr(holder_choices, "MOST_IN_A_DROP_DOWN", 1)
    page, plain = site.log_in("member"), site.log_in("member", java_script_enabled=False)
    for window in (page, plain):
        window.goto(f"/numbers/{number['id']}")
        window.get_by_label("Assign to Agent").fill("Clarissa")
        window.get_by_role("button", name="Save the agent").click()

    expect(page.get_by_role("dialog").get_by_role("alert")).to_contain_text("There is no agent “Clarissa”")
    page.keyboard.press("Escape")
    expect(page.get_by_label("Assign to Agent")).to_have_value("Clarissa")
    expect(page.locator("header.navbar")).to_have_count(1)
    expect(plain.get_by_label("Assign to Agent")).to_have_value("Clarissa")
    expect(plain.get_by_label("Assign to Agent")).to_have_attribute("aria-invalid", "true")


def refuse(route: Route) -> None:
    route.abort("connectionrefused")


def answer_as_a_proxy(route: Route) -> None:
    route.fulfill(status=502, content_type="text/html", body="<html><body><h1>502 Bad Gateway</h1></body></html>")


@pytest.mark.parametrize("fail", [refuse, answer_as_a_proxy])
def test_server_that_cannot_be_reached_is_said_where_one_looks(
    site: Site, number: dict[str, Any], fail: Callable[[Route], None]
) -> None:
    """On the page and in the panel; nothing of a proxy's own page is shown, and nothing is said to be asked again."""
    page = site.log_in("admin")
    page.goto(f"/numbers/{number['id']}")
    panel = page.get_by_role("dialog")
    page.get_by_role("link", name="Pause…").press("Enter")
    panel.get_by_label("Reason").fill("We are moving")

    page.route("**/pause", fail)
    panel.get_by_role("button", name="Pause the number").press("Enter")
    expect(panel.get_by_role("alert")).to_contain_text(
        "does not answer as it should. What you asked for may not be done"
    )
    expect(panel.get_by_label("Reason")).to_have_value("We are moving")
    page.unroute_all()
    panel.get_by_role("button", name="Pause the number").press("Enter")
    expect(page.locator("#history")).to_contain_text("because “We are moving”")

    page.goto("/numbers")
    page.route("**/numbers?*", fail)
    page.get_by_label("Status").select_option(label="Paused")
    expect(page.get_by_role("alert")).to_contain_text("try it again")
    expect(page.locator("#numbers")).to_contain_text("(415) 555-0100")
    assert all("htmx:error" in said for said in site.complaints)
    site.complaints.clear()
