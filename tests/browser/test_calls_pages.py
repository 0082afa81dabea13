"""The log of calls, in a browser: it keeps itself up to date, can be paused, and is read with the keyboard alone."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Site
from tests.operations.past_calls import store_call

Axe = Callable[[Page], list[str]]
NOW = datetime.now(UTC)


@pytest.fixture
def busy(site: Site) -> Site:
    """A site whose account has had calls on several days, for several locations."""
    for index in range(12):
        place = {"location_id": index % 3 + 1, "location_name": ("Downtown", "Airport", "Harbour")[index % 3]}
        decision = ("routed", "routed", "paused", "unassigned", "unavailable")[index % 5]
        status = ("completed", "ringing", "busy")[index % 3]
        at = NOW - timedelta(hours=9 * index + 1)
        store_call(
            site.changes, site.who.account, at, decision=decision, call_status=status, agent_name="Clara", **place
        )
    return site


def test_new_call_appears_by_itself_unless_that_is_paused(busy: Site) -> None:
    """Without losing the focus; nothing moves while it is paused."""
    page = busy.log_in("member")
    page.goto("/calls")
    expect(page.locator("#calls tbody tr")).to_have_count(12)
    page.get_by_role("link", name="Download CSV").focus()

    store_call(busy.changes, busy.who.account, NOW)
    expect(page.locator("#calls tbody tr")).to_have_count(13)
    expect(page.get_by_role("link", name="Download CSV")).to_be_focused()

    page.get_by_role("button", name="Pause updates").press("Enter")
    store_call(busy.changes, busy.who.account, NOW)
    with pytest.raises(AssertionError):
        expect(page.locator("#calls tbody tr")).to_have_count(14, timeout=4000)
    page.get_by_role("button", name="Go on updating").press("Enter")
    expect(page.locator("#calls tbody tr")).to_have_count(14)


def test_filter_of_calls_stays_in_the_address_and_in_what_comes_by_itself(busy: Site) -> None:
    """A call that the filter leaves out does not appear later either."""
    page = busy.log_in("member")
    page.goto("/calls")

    page.get_by_label("Decision").select_option("paused")
    expect(page.locator("#calls tbody tr")).to_have_count(2)
    assert "decision=paused" in page.url
    store_call(busy.changes, busy.who.account, NOW)
    store_call(busy.changes, busy.who.account, NOW, decision="paused")

    expect(page.locator("#calls tbody tr")).to_have_count(3)
    page.reload()
    expect(page.locator("#calls tbody tr")).to_have_count(3)


def test_calls_are_filtered_and_read_without_javascript(busy: Site) -> None:
    """The chart is a page of its own then."""
    page = busy.log_in("member", java_script_enabled=False)
    page.goto("/calls")
    expect(page.get_by_role("button", name="Pause updates")).to_be_hidden()
    page.get_by_label("Status").select_option("busy")
    page.get_by_role("button", name="Filter").click()
    expect(page.locator("#calls tbody tr")).to_have_count(4)
    page.locator("#calls tbody a").first.click()
    expect(page.get_by_role("heading", name="What happened when")).to_be_visible()
    page.goto("/calls")
    page.get_by_role("link", name="Calls per day").click()

    expect(page.get_by_role("heading", name="Calls per day by location")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_pages_of_calls_have_no_barriers(busy: Site, axe: Axe, scheme: str, width: int) -> None:
    """The chart and its table included; and nothing is wider than the window."""
    page = busy.log_in("member", color_scheme=scheme, viewport={"width": width, "height": 800})
    page.goto("/calls")
    one = page.locator("#calls tbody a").first.get_attribute("href")
    for path in ("/calls", "/calls?decision=strange", "/calls/days?days=30", str(one), "/timezone"):
        page.goto(path)
        if path == "/calls":
            expect(page.get_by_role("heading", name="Calls per day by location")).to_be_visible()
        for table in page.locator("summary", has_text="As a table").all():
            table.press("Enter")
        assert axe(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path


def test_a_server_that_fails_for_a_while_takes_nothing_from_the_page(busy: Site) -> None:
    """The list stays, the page says that it may be old, and goes on as soon as there is an answer."""
    page = busy.log_in("member")
    page.goto("/calls")
    expect(page.locator("#calls tbody tr")).to_have_count(12)
    page.route("**/calls?*", lambda route: route.fulfill(status=503, body="<p>Not now.</p>"))
    page.route("**/calls", lambda route: route.fulfill(status=503, body="<p>Not now.</p>"))

    expect(page.get_by_role("alert")).to_contain_text("does not answer")
    expect(page.locator("#calls tbody tr")).to_have_count(12)
    page.unroute_all()
    store_call(busy.changes, busy.who.account, NOW)

    expect(page.locator("#calls tbody tr")).to_have_count(13)
    expect(page.get_by_role("alert")).to_be_hidden()
