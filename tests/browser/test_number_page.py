"""The life of a number on its page, in a browser: assigned, called, paused, forwarded to, released."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from operations.changes import Changes, Who
from simulator.rest import RunningSimulator
from tests.admin.pages.number_page import NUMBER, make_number
from tests.browser.conftest import Site, make_simulated

Axe = Callable[[Page], list[str]]
PHONE = {"width": 360, "height": 740}


@pytest.fixture
def app(make_app: Callable[..., Flask], twilio_server: RunningSimulator, port: int) -> Flask:
    """The router as it is without Twilio's credentials: its calls are simulated."""
    return make_simulated(make_app, twilio_server, port)


@pytest.fixture
def number(changes: Changes, who: Who) -> dict[str, Any]:
    return make_number(changes, who)


def open_number(site: Site, number: dict[str, Any], role: str = "admin", **options: object) -> Page:
    """Open the page of a number as somebody of a role."""
    page = site.log_in(role, **options)
    page.goto(f"/numbers/{number['id']}")
    return page


def press(page: Page, name: str, role: str = "button") -> None:
    """Press a button or link with the keyboard."""
    page.get_by_role(role, name=name, exact=True).press("Enter")


def place_test_call(page: Page) -> None:
    """Place a test call, and wait until its story has come to its end."""
    press(page, "Place a test call")
    expect(page.locator("#story")).to_contain_text("That was the whole call.")


def test_assignment_is_saved_at_once_and_a_move_asks_first(site: Site, number: dict[str, Any]) -> None:
    """In the side panel, from which nothing happens until one says so; the focus is where it was."""
    page = open_number(site, number, "member")
    agent = page.get_by_label("Assign to Agent")

    agent.focus()
    agent.select_option(label="Bruno")
    expect(page.get_by_role("dialog")).to_contain_text("It is answered by “Clara” now.")
    page.keyboard.press("Escape")
    expect(agent.locator("option:checked")).to_have_text("Clara")
    expect(agent).to_be_focused()

    agent.select_option(label="Bruno")
    press(page, "Move it to “Bruno”")
    expect(page.get_by_text("“Bruno” answers its calls now. In force on every server.")).to_be_visible()
    expect(agent).to_be_focused()

    page.get_by_label("Location").select_option(label="None")
    expect(page.get_by_text("It belongs to no location now. In force on every server.")).to_be_visible()


def test_paused_number_refuses_a_call_until_it_is_resumed(site: Site, app: Flask, number: dict[str, Any]) -> None:
    """With the keyboard alone; the story of each call unfolds on the page, and the call is in the list soon after."""
    page = open_number(site, number)
    place_test_call(page)
    expect(page.locator("#story")).to_contain_text("+14155550182")
    app.extensions["keeper"].work()
    expect(page.locator("#calls")).to_contain_text("Put through")

    press(page, "Pause…", "link")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="Pause…")).to_be_focused()
    press(page, "Pause…", "link")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("What callers hear").select_option(label="“Not in service”")
    dialog.get_by_label("Reason").fill("We are moving")
    press(page, "Pause the number")
    expect(page.get_by_text("It is paused: no call reaches an agent. In force on every server.")).to_be_visible()
    expect(page.locator("#history")).to_contain_text("because “We are moving”")

    place_test_call(page)
    expect(page.locator("#story")).to_contain_text("Twilio refuses the call")
    press(page, "Resume")
    expect(page.get_by_text("It receives calls again. In force on every server.")).to_be_visible()


def test_mistake_in_the_panel_is_said_there(site: Site, number: dict[str, Any]) -> None:
    """What was typed is still there."""
    page = open_number(site, number)
    press(page, "Pause…", "link")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("What callers hear").select_option(label="Nothing: they are forwarded to another number")
    dialog.get_by_label("Forward to").fill(NUMBER)
    dialog.get_by_role("button", name="Pause the number").click()

    expect(dialog.get_by_role("alert")).to_contain_text("is one of our own numbers")
    expect(dialog.get_by_label("Forward to")).to_have_value(NUMBER)


def test_forwarded_line_turns_green_when_a_call_comes_through_it(
    site: Site, app: Flask, number: dict[str, Any]
) -> None:
    """By itself, while the page is looked at."""
    page = open_number(site, number)
    page.get_by_label("A number that your business has already").fill("+1 415 555 0150")
    press(page, "Register the line")
    press(page, "What to dial", "link")
    expect(page.get_by_role("dialog")).to_contain_text("*7214155550100")
    page.keyboard.press("Escape")
    press(page, "Verify")
    expect(page.locator("#lines")).to_contain_text("Waiting for a call")

    page.locator("#through").select_option(label="+14155550150")
    place_test_call(page)
    app.extensions["keeper"].work()
    expect(page.locator("#lines")).to_contain_text("Verified A call came through it on")


def test_release_wants_the_number_typed_and_leaves_the_history(site: Site, number: dict[str, Any]) -> None:
    """What it costs is said first; afterwards there is nothing to change any more."""
    page = open_number(site, number, "super_admin")
    press(page, "Release this number…", "link")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="Release this number…")).to_be_focused()
    press(page, "Release this number…", "link")
    expect(dialog).to_contain_text("It is the last number of the agent “Clara”")

    dialog.get_by_label("Type the number to release it").fill("+14155550101")
    press(page, "Release for good")
    expect(dialog.get_by_role("alert")).to_contain_text("confirm it with this very number")
    dialog.get_by_label("Type the number to release it").fill("+1 415 555 0100")
    press(page, "Release for good")

    expect(page.get_by_text("It is released: its calls are refused as not in service.")).to_be_visible()
    expect(page.locator("#history")).to_contain_text("released +1 415 555 0100")
    expect(page.get_by_label("Assign to Agent")).to_have_count(0)


def test_everything_works_without_javascript(site: Site, number: dict[str, Any]) -> None:
    """Each question is a page of its own."""
    page = open_number(site, number, java_script_enabled=False)
    page.get_by_label("Assign to Agent").select_option(label="Bruno")
    page.get_by_role("button", name="Save the agent").click()
    page.get_by_role("button", name="Move it to “Bruno”").click()
    expect(page.get_by_text("“Bruno” answers its calls now.")).to_be_visible()

    page.get_by_role("link", name="Pause…").click()
    page.get_by_label("Until").fill("2030-01-01T09:00")
    page.get_by_role("button", name="Pause the number").click()
    expect(page.get_by_text("It resumes by itself on 1 Jan 2030, 09:00")).to_be_visible()
    page.get_by_role("button", name="Resume").click()
    expect(page.get_by_text("It receives calls again. In force on every server.")).to_be_visible()

    page.get_by_role("button", name="Place a test call").click()
    page.get_by_role("link", name="Look at its record").or_(page.get_by_role("link", name="Look again")).wait_for()

    page.get_by_role("link", name="Release this number…").click()
    page.get_by_label("Type the number to release it").fill(NUMBER)
    page.get_by_role("button", name="Release for good").click()
    expect(page.get_by_text("It is released:")).to_be_visible()


def test_call_is_supposed_without_leaving_the_page(site: Site, number: dict[str, Any]) -> None:
    """The panel answers; a moment that has passed is refused in it."""
    page = open_number(site, number, "member")
    page.get_by_text("Suppose another caller or moment").click()
    page.get_by_label("When", exact=True).fill("2020-01-01T09:00")
    press(page, "What would happen?")

    expect(page.locator("#what-if").get_by_role("alert")).to_contain_text("That moment has passed.")
    expect(page).to_have_url(f"{site.url}/numbers/{number['id']}")


@pytest.mark.parametrize(("scheme", "size"), [("light", None), ("dark", PHONE)])
def test_pages_of_a_number_have_no_barriers(
    site: Site, axe: Axe, number: dict[str, Any], scheme: str, size: dict[str, int] | None
) -> None:
    """As axe sees them, with the side panel too; and nothing is wider than the window."""
    page = open_number(site, number, color_scheme=scheme, **({"viewport": size} if size else {}))
    page.get_by_label("A number that your business has already").fill("+14155550150")
    page.get_by_role("button", name="Register the line").click()
    place_test_call(page)
    for summary in page.locator("main summary").all():
        summary.click()
    assert axe(page) == []

    page.get_by_role("link", name="Pause…").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    assert axe(page) == []
    for path in ("", "/pause", "/release", "/lines/1/codes", "/lines/1/remove"):
        page.goto(f"/numbers/{number['id']}{path}")
        assert axe(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
