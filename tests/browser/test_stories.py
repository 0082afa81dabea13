"""The product's stories word by word, as each role lives them in a browser, with the keyboard alone."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from operations.agents import create_agent
from operations.finding import find_number
from operations.forwarded_lines import list_lines
from operations.locations import create_location
from operations.showing import show_number
from simulator.rest import RunningSimulator
from tests.browser.conftest import Site, make_simulated

NUMBER, LINE = "(415) 555-0110", "+14155550150"
PAGE = "/numbers/1"
# What the pages of a Member offer nowhere.
NOT_A_MEMBERS = (
    *("Get a number", "Purchase", "Pause", "Resume", "Release", "Register", "Verify", "Remove"),
    *("New ", "Delete", "Save\n"),
)
# What the server refuses a Member all the same: pages that ask, and forms.
QUESTIONS = ("/numbers/get", f"{PAGE}/pause", f"{PAGE}/release", f"{PAGE}/lines/1/remove", "/agents/new")
FORMS: dict[str, dict[str, str]] = {
    "/numbers/get": {"phone_number": "+14155550120", "country": "US", "type": "local", "key": "0" * 32},
    f"{PAGE}/pause": {"treatment": "busy"},
    f"{PAGE}/resume": {},
    f"{PAGE}/release": {"confirm": "+14155550110"},
    f"{PAGE}/lines": {"line": "+14155550151"},
    f"{PAGE}/lines/1/verify": {},
    f"{PAGE}/lines/1/remove": {},
    "/agents/new": {"name": "Dora", "handoff_kind": "phone", "target": "+14155550184"},
    "/locations/1": {"name": "Elsewhere"},
}


@pytest.fixture
def app(make_app: Callable[..., Flask], twilio_server: RunningSimulator, port: int) -> Flask:
    """The router as it is without Twilio's credentials: its calls are simulated."""
    return make_simulated(make_app, twilio_server, port)


@pytest.fixture
def shop(site: Site) -> Site:
    """A site whose account has two agents and two locations, and no number."""
    create_agent(site.changes, site.who, "Clara", "phone", "+14155550182")
    create_agent(site.changes, site.who, "Bruno", "phone", "+14155550183")
    create_location(site.changes, site.who, "Downtown", "America/Los_Angeles")
    create_location(site.changes, site.who, "Airport", "America/Los_Angeles")
    return site


def press(page: Page, name: str, role: str = "button") -> None:
    """Press a button or link with the keyboard."""
    page.get_by_role(role, name=name, exact=True).first.press("Enter")


def get_number(page: Page) -> None:
    """Get NUMBER without an agent, from the start page on, and open it."""
    press(page, "Get a number", "link")
    page.get_by_label("Area code").fill("415")
    page.get_by_label("Area code").press("Enter")
    press(page, f"Purchase {NUMBER}", "link")
    expect(page.get_by_role("dialog")).to_contain_text("It is a simulated one: nobody is charged.")
    page.get_by_role("dialog").get_by_role("button", name="Purchase for").press("Enter")
    expect(page.get_by_text("Not receiving calls")).to_be_visible()
    press(page, "Assign an agent", "link")


def assign_from_the_number(page: Page) -> None:
    """Give it to Clara, Downtown, with the drop-downs of its page: each saves at once and keeps the focus."""
    for label, choice, said in (
        ("Assign to Agent", "Clara", "“Clara” answers its calls now. In force on every server."),
        ("Location", "Downtown", "It belongs to “Downtown” now. In force on every server."),
    ):
        page.get_by_label(label).focus()
        page.get_by_label(label).select_option(label=choice)
        expect(page.get_by_text(said)).to_be_visible()
        expect(page.get_by_label(label).locator("option:checked")).to_have_text(choice)
        expect(page.get_by_label(label)).to_be_focused()


def assign_from_the_panels(page: Page) -> None:
    """Move it to Bruno, Airport, from their side panels: who has it is said first; their pages show it afterwards."""
    for path, holder in (("/agents/2", "Bruno"), ("/locations/2", "Airport")):
        page.goto(path)
        press(page, "Manage", "link")
        panel = page.get_by_role("dialog", name=f"Numbers of {holder}")
        panel.get_by_role("switch", name=NUMBER).press("Space")
        expect(panel.get_by_text(f"Move it to “{holder}”?")).to_be_visible()
        panel.get_by_role("button", name="Move it").press("Enter")
        expect(panel.get_by_role("switch", name=NUMBER, checked=True)).to_be_visible()
        expect(panel.get_by_text("In force on every server.")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.locator("#held").get_by_role("link", name=NUMBER)).to_be_visible()


def call_through(page: Page) -> None:
    """Place a test call from the number's page, which is answered."""
    place_test_call(page)
    expect(page.locator("#story")).to_contain_text("it answers; the two talk")


def place_test_call(page: Page) -> None:
    press(page, "Place a test call")
    expect(page.locator("#story")).to_contain_text("That was the whole call.")


def forward_and_verify(page: Page, app: Flask) -> None:
    """Register a line that the business has, learn what to dial on it, and see a call come through it."""
    page.get_by_label("A number that your business has already").fill(LINE)
    press(page, "Register the line")
    press(page, "What to dial", "link")
    expect(page.get_by_role("dialog")).to_contain_text("*7214155550110")
    page.keyboard.press("Escape")
    press(page, "Verify")
    expect(page.locator("#lines")).to_contain_text("Waiting for a call")
    page.locator("#through").select_option(label=LINE)
    place_test_call(page)
    app.extensions["keeper"].work()
    expect(page.locator("#lines")).to_contain_text("Verified A call came through it on")


def pause_and_resume(page: Page) -> None:
    """A call is refused while the number is paused, and goes through again."""
    press(page, "Pause…", "link")
    press(page, "Pause the number")
    expect(page.get_by_text("It is paused: no call reaches an agent. In force on every server.")).to_be_visible()
    place_test_call(page)
    expect(page.locator("#story")).to_contain_text("Twilio refuses the call")
    press(page, "Resume")
    expect(page.get_by_text("It receives calls again. In force on every server.")).to_be_visible()
    call_through(page)


def release(page: Page) -> None:
    press(page, "Release this number…", "link")
    page.get_by_label("Type the number to release it").fill(NUMBER)
    press(page, "Release for good")
    expect(page.get_by_text("It is released: its calls are refused as not in service.")).to_be_visible()


def number_and_lines(site: Site) -> tuple[dict[str, Any], list[str]]:
    """Return the first number as it is now, and the lines that forward to it with the state of each."""
    with site.changes.database.reading() as session:
        lines = list_lines(session, site.who.account, 1)
        number = show_number(find_number(session, site.who.account, 1))
        return number, [f"{line['phone_number']} {line['state']}" for line in lines]


@pytest.mark.parametrize("role", ["admin", "super_admin"])
def test_number_is_got_assigned_forwarded_to_paused_resumed_and_released(shop: Site, app: Flask, role: str) -> None:
    """Who may do everything about a number does it, from the start page to the end of its life."""
    page = shop.log_in(role)
    get_number(page)
    assign_from_the_number(page)
    page.goto("/")
    press(page, "Place a test call", "link")
    call_through(page)
    assign_from_the_panels(page)
    page.goto(PAGE)
    forward_and_verify(page, app)
    pause_and_resume(page)
    release(page)

    number, lines = number_and_lines(shop)
    assert (number["status"], number["agent"], number["location"]) == ("released", None, None)
    assert lines == [f"{LINE} verified"]


def test_member_assigns_and_calls_and_is_offered_nothing_else(shop: Site, app: Flask) -> None:
    """Of a number that an Admin got; no page offers what the server would refuse, and it refuses it all the same."""
    admin = shop.log_in("admin")
    get_number(admin)
    forward_and_verify(admin, app)
    page = shop.log_in("member")
    page.goto(PAGE)
    assign_from_the_number(page)
    assign_from_the_panels(page)
    page.goto(PAGE)
    call_through(page)
    press(page, "What to dial", "link")
    expect(page.get_by_role("dialog")).to_contain_text("*7214155550110")

    offered = page.get_by_role("main").locator("a, button")
    for path in ("/", "/numbers", PAGE, "/agents", "/agents/1", "/locations/1"):
        page.goto(path)
        said = " · ".join(offered.all_inner_texts())
        assert [word for word in NOT_A_MEMBERS if word in said] == [], path
    before = number_and_lines(shop)
    for path in QUESTIONS:
        answer = page.goto(path)
        assert (answer and answer.status) == 403, path
        expect(page.get_by_role("heading", name="Not allowed")).to_be_visible()
    page.goto(PAGE)
    token = page.locator("input[name=csrf_token]").first.input_value()
    for path, fields in FORMS.items():
        refused = page.request.post(path, form={"csrf_token": token} | fields, headers={"Referer": f"{shop.url}{PAGE}"})
        assert "This needs the role Admin; yours is Member." in refused.text(), path
    assert number_and_lines(shop) == before
    assert before[0]["agent"]["name"] == "Bruno"
