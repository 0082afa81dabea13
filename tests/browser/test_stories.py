"""The product's stories word by word, as each role lives them in a browser, with the keyboard alone."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from operations.add_number import add_number
from operations.agents import create_agent
from operations.finding import find_number
from operations.forwarded_lines import add_line, list_lines
from operations.list_changes import list_changes
from operations.locations import create_location
from operations.showing import show_number
from operations.tokens import create_token
from operations.users import create_user
from simulator.rest import RunningSimulator
from tests.browser.conftest import Site, make_simulated

NUMBER, LINE = "(415) 555-0110", "+14155550150"
PAGE = "/numbers/1"
PAGES = (
    *("/", "/numbers", PAGE, "/agents", "/agents/1", "/agents/1/numbers"),
    *("/locations", "/locations/1", "/locations/1/numbers", "/calls", "/calls/days"),
    *("/settings/account", "/settings/users", "/settings/users/1", "/settings/tokens", "/settings/twilio"),
    *("/settings/billing", "/settings/changes", "/settings/changes/2", "/settings/you"),
)
# What the pages of a Member offer nowhere, those of a Super Admin all of it: the whole text of a link or button.
NOT_A_MEMBERS = {
    *("Get a number", "Pause", "Pause…", "Resume", "Release this number…"),
    *("Register the line", "Verify", "Remove…", "Compare now", "Check the connection"),
    *("New agent", "New location", "Save", "Test the hand-off", "Delete…"),
    *("Create user", "Edit member@example.com", "New password", "Delete", "Create token", "Revoke Booking system"),
}
# What the server refuses a Member all the same: pages that ask, and forms.
QUESTIONS = (
    *("/numbers/get", f"{PAGE}/pause", f"{PAGE}/release", f"{PAGE}/lines/1/remove"),
    *("/numbers/selected/pause?number=1", "/numbers/selected/resume?number=1"),
    *("/agents/new", "/agents/1/delete", "/locations/new", "/locations/1/delete"),
    *("/sync", "/sync/release?number_id=1", "/sync/take-over?phone_number=%2B14155550120"),
    *("/settings/users/1/password", "/settings/users/1/delete", "/settings/users/1/second-factor"),
    "/settings/tokens/1/revoke",
)
FORMS: dict[str, dict[str, str]] = {
    "/numbers/get": {"phone_number": "+14155550120", "country": "US", "type": "local", "key": "0" * 32},
    f"{PAGE}/pause": {"treatment": "busy"},
    f"{PAGE}/resume": {},
    f"{PAGE}/release": {"confirm": "+14155550110"},
    "/numbers/selected/pause": {"number": "1"},
    "/numbers/selected/resume": {"number": "1"},
    f"{PAGE}/lines": {"line": "+14155550151"},
    f"{PAGE}/lines/1/verify": {},
    f"{PAGE}/lines/1/remove": {},
    "/agents/new": {"name": "Dora", "handoff_kind": "phone", "handoff_target": "+14155550184"},
    "/agents/1": {"name": "Dora", "handoff_kind": "phone", "handoff_target": "+14155550184"},
    "/agents/1/test": {"handoff_kind": "phone", "handoff_target": "+14155550184"},
    "/agents/1/delete": {"etag": "*", "reassign_to": "none"},
    "/locations/new": {"name": "Elsewhere", "timezone": "UTC"},
    "/locations/1": {"name": "Elsewhere", "timezone": "UTC"},
    "/locations/1/delete": {"etag": "*", "reassign_to": "none"},
    "/sync/repairs": {"kind": "gone_at_twilio", "number_id": "1"},
    "/sync/take-over": {"phone_number": "+14155550120", "agent": "1"},
    "/settings/users": {"email": "dora@example.com", "role": "member"},
    "/settings/users/1": {"email": "dora@example.com", "role": "member"},
    "/settings/users/1/password": {},
    "/settings/users/1/second-factor": {},
    "/settings/users/1/delete": {},
    "/settings/tokens": {"name": "till", "role": "member"},
    "/settings/tokens/1/revoke": {},
    "/settings/twilio": {},
    "/settings/account": {"name": "Elsewhere", "purchases_per_day": "1", "call_retention_days": "365"},
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


def test_member_assigns_and_calls(shop: Site, app: Flask) -> None:
    """Of a number that an Admin got, whose line an Admin registered."""
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

    assert number_and_lines(shop)[0]["agent"]["name"] == "Bruno"


@pytest.fixture
def busy_shop(shop: Site) -> Site:
    """The same with a number that has a line, a token, and a Member, user 1: all that somebody could act on."""
    add_number(shop.changes, shop.who, "+14155550110", "Clara", "Downtown")
    add_line(shop.changes, shop.who, 1, LINE)
    create_token(shop.changes, shop.who, "member", "Booking system")
    create_user(shop.changes, shop.who, "member@example.com", "member")
    return shop


def offers(page: Page, path: str) -> set[str]:
    """Return the whole text of each link and button in the main part of a page."""
    page.goto(path)
    return {" ".join(text.split()) for text in page.get_by_role("main").locator("a, button").all_inner_texts()}


def test_member_is_offered_nothing_that_a_member_may_not(busy_shop: Site) -> None:
    """On the same pages a Super Admin is offered all of it, so that this would be seen."""
    chief, member = busy_shop.log_in("super_admin"), busy_shop.log_in("member")

    to_a_chief = set().union(*(offers(chief, path) for path in PAGES))
    to_a_member = {path: offers(member, path) & NOT_A_MEMBERS for path in PAGES}

    assert NOT_A_MEMBERS - to_a_chief == set()
    assert to_a_member == {path: set() for path in PAGES}


def test_member_is_refused_all_that_a_member_may_not(busy_shop: Site) -> None:
    """By the server, whatever a page offers; nothing is changed."""
    page = busy_shop.log_in("member")
    before = newest_change(busy_shop)

    for path in QUESTIONS:
        answer = page.goto(path)
        assert (answer and answer.status) == 403, path
        expect(page.get_by_role("heading", name="Not allowed")).to_be_visible()
    page.goto(PAGE)
    token = page.locator("input[name=csrf_token]").first.input_value()
    for path, fields in FORMS.items():
        refused = page.request.post(
            path, form={"csrf_token": token} | fields, headers={"Referer": f"{busy_shop.url}{PAGE}"}
        )
        role = "Super Admin" if path == "/settings/account" else "Admin"
        assert f"This needs the role {role}; yours is Member." in refused.text(), path
    assert newest_change(busy_shop) == before


def newest_change(site: Site) -> int:
    with site.changes.database.reading() as session:
        newest: int = list_changes(session, site.who.account, limit=1).rows[0]["n"]
        return newest
