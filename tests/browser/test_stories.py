"""The life of a number as each role lives it in a browser, from getting it to releasing it, with the keyboard alone."""

from collections.abc import Callable

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from operations.agents import create_agent
from operations.locations import create_location
from simulator.rest import RunningSimulator
from tests.browser.conftest import Site, make_simulated

NUMBER = "(415) 555-0110"


@pytest.fixture
def app(make_app: Callable[..., Flask], twilio_server: RunningSimulator, port: int) -> Flask:
    """The router as it is without Twilio's credentials: its calls are simulated."""
    return make_simulated(make_app, twilio_server, port)


@pytest.fixture
def shop(site: Site) -> Site:
    """A site whose account has an agent and a location, and no number."""
    create_agent(site.changes, site.who, "Clara", "phone", "+14155550182")
    create_location(site.changes, site.who, "Downtown", "America/Los_Angeles")
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


def place_test_call(page: Page) -> None:
    press(page, "Place a test call")
    expect(page.locator("#story")).to_contain_text("That was the whole call.")


@pytest.mark.parametrize("role", ["admin", "super_admin"])
def test_number_is_got_assigned_paused_resumed_and_released(shop: Site, role: str) -> None:
    """A call goes through, is refused while the number is paused, and goes through again."""
    page = shop.log_in(role)
    get_number(page)
    for label, choice, said in (
        ("Assign to Agent", "Clara", "“Clara” answers its calls now. In force on every server."),
        ("Location", "Downtown", "It belongs to “Downtown” now. In force on every server."),
    ):
        page.get_by_label(label).focus()
        page.get_by_label(label).select_option(label=choice)
        expect(page.get_by_text(said)).to_be_visible()
        expect(page.get_by_label(label).locator("option:checked")).to_have_text(choice)
        expect(page.get_by_label(label)).to_be_focused()
    page.goto("/")
    press(page, "Place a test call", "link")
    place_test_call(page)
    expect(page.locator("#story")).to_contain_text("it answers; the two talk")

    press(page, "Pause…", "link")
    press(page, "Pause the number")
    expect(page.get_by_text("It is paused: no call reaches an agent. In force on every server.")).to_be_visible()
    place_test_call(page)
    expect(page.locator("#story")).to_contain_text("Twilio refuses the call")
    press(page, "Resume")
    expect(page.get_by_text("It receives calls again. In force on every server.")).to_be_visible()
    place_test_call(page)
    expect(page.locator("#story")).to_contain_text("it answers; the two talk")

    press(page, "Release this number…", "link")
    page.get_by_label("Type the number to release it").fill(NUMBER)
    press(page, "Release for good")
    expect(page.get_by_text("It is released: its calls are refused as not in service.")).to_be_visible()


def test_member_assigns_and_is_offered_nothing_else(shop: Site) -> None:
    """Neither the start page, the list, the number nor an agent offers what the server would refuse, and it refuses."""
    get_number(shop.log_in("admin"))
    page = shop.log_in("member")
    offered = page.get_by_role("main").locator("a, button")
    for path in ("/", "/numbers", "/numbers/1", "/agents", "/agents/1", "/locations/1"):
        page.goto(path)
        said = " · ".join(offered.all_inner_texts())
        for word in ("Get a number", "Purchase", "Pause", "Resume", "Release", "Register", "New ", "Delete", "Save\n"):
            assert word not in said, path
    page.goto("/numbers/1")
    page.get_by_label("Assign to Agent").select_option(label="Clara")
    expect(page.get_by_text("“Clara” answers its calls now. In force on every server.")).to_be_visible()

    for path in ("/numbers/get", "/numbers/1/pause", "/numbers/1/release", "/agents/new"):
        answer = page.goto(path)
        assert (answer and answer.status) == 403, path
        expect(page.get_by_role("heading", name="Not allowed")).to_be_visible()
