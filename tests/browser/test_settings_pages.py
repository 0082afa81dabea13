"""The settings, in a browser: let somebody in, revoke a token, with the keyboard alone and without JavaScript."""

from collections.abc import Callable

import pyotp
import pytest
from playwright.sync_api import Page, expect

from operations.add_number import add_number
from operations.agents import create_agent
from operations.tokens import create_token
from operations.users import create_user
from tests.browser.conftest import Site

Axe = Callable[[Page], list[str]]
NEW = "new@example.com"


@pytest.fixture
def office(site: Site) -> Site:
    """A site whose account has a number, an agent, a Member and a token."""
    create_agent(site.changes, site.who, "Clara", "phone", "+14155550182")
    add_number(site.changes, site.who, "+14155550100", "Clara", label="Main line")
    create_user(site.changes, site.who, NEW, "member")
    create_token(site.changes, site.who, "member", "booking system")
    return site


def test_somebody_is_let_in_and_chooses_a_password(site: Site) -> None:
    """The password is shown once, and asks to be replaced at the first log-in."""
    admin = site.log_in("admin")
    admin.goto("/settings/users")
    admin.get_by_label("E-mail").fill(NEW)
    admin.get_by_label("E-mail").press("Enter")
    password = admin.locator("#secret").inner_text()

    visitor = site.visitor()
    visitor.goto("/log-in")
    visitor.get_by_label("E-mail").fill(NEW)
    visitor.get_by_label("Password").fill(password)
    visitor.get_by_role("button", name="Log in").press("Enter")
    visitor.get_by_label("Present password").fill(password)
    visitor.get_by_label("New password").fill("correct horse battery")
    visitor.get_by_role("button", name="Change password").press("Enter")

    expect(visitor.get_by_text("Your password is changed.")).to_be_visible()


def test_token_is_revoked_after_a_question(office: Site) -> None:
    """Escape says no and gives the focus back."""
    page = office.log_in("admin")
    page.goto("/settings/tokens")
    page.get_by_role("link", name="Revoke booking system").press("Enter")
    expect(page.get_by_role("dialog", name="Revoke the token “booking system”?")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="Revoke booking system")).to_be_focused()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Revoke token").press("Enter")

    expect(page.get_by_text("lets nobody in any more. In force on every server.")).to_be_visible()


def test_user_is_deleted_without_javascript(office: Site) -> None:
    """The question is a page of its own."""
    page = office.log_in("admin", java_script_enabled=False)
    page.goto("/settings/users")
    page.get_by_role("link", name=f"Edit {NEW}").click()
    page.get_by_role("link", name="Delete").click()
    page.get_by_role("button", name="Delete user").click()

    expect(page.get_by_text(f"{NEW} is deleted and logged out everywhere.")).to_be_visible()


def test_second_factor_is_turned_on_and_asked_for(site: Site, axe: Axe) -> None:
    """With the keyboard alone; the picture is there to be scanned, and the recovery codes are shown once."""
    user = create_user(site.changes, site.who, NEW, "member", must_change_password=False)
    page = site.visitor()
    page.goto("/log-in?next=/settings/you/second-factor")
    page.get_by_label("E-mail").fill(NEW)
    page.get_by_label("Password").fill(user["password"])
    page.get_by_label("Password").press("Enter")
    assert page.get_by_alt_text("QR code").evaluate("picture => picture.naturalWidth") > 100
    secret = page.locator("#secret").inner_text()
    page.get_by_label("Code that the app shows").fill(pyotp.TOTP(secret).now())
    page.get_by_label("Your password").fill(user["password"])
    page.get_by_label("Your password").press("Enter")
    codes = page.locator("#secret").inner_text().split()
    assert axe(page) == []
    page.reload()
    expect(page.get_by_role("heading", name="No longer here")).to_be_visible()

    page = site.visitor(viewport={"width": 360, "height": 800})
    page.goto("/log-in")
    page.get_by_label("E-mail").fill(NEW)
    page.get_by_label("Password").fill(user["password"])
    page.get_by_label("Password").press("Enter")
    expect(page.get_by_label("Code")).to_be_focused()
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.keyboard.type(codes[0])
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", name="Overview")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_settings_have_no_barriers(office: Site, axe: Axe, scheme: str, width: int) -> None:
    """As an Admin and a Super Admin see them; and nothing is wider than the window."""
    page = office.log_in("super_admin", color_scheme=scheme, viewport={"width": width, "height": 800})
    names = ("account", "users", "users/1", "users/1/delete", "tokens", "tokens/1/revoke", "twilio", "billing")
    for name in (*names, "changes", "changes/3", "you", "you/second-factor", "users/1/second-factor"):
        page.goto(f"/settings/{name}")
        assert axe(page) == [], name
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name
    for name, button in (("twilio", "Check the connection"), ("tokens", "Create token")):
        page.goto(f"/settings/{name}")
        if name == "tokens":
            page.get_by_label("Name").fill("another")
        page.get_by_role("button", name=button).click()
        page.wait_for_load_state()
        assert axe(page) == [], button
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), button
