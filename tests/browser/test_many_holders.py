"""Of many agents one is chosen by a name that is completed while somebody types it, in a browser."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from admin.pages import holder_choices
from operations.changes import Changes, Who
from tests.admin.pages.number_page import make_number
from tests.browser.conftest import Site

Axe = Callable[[Page], list[str]]


def test_name_is_completed_and_saved(
    site: Site, changes: Changes, who: Who, axe: Axe, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the field, from the keyboard, and asked about before it is taken from somebody."""
    monkeypatch.setattr(holder_choices, "MOST_IN_A_DROP_DOWN", 1)
    number = make_number(changes, who)
    page = site.log_in("member")
    page.goto(f"/numbers/{number['id']}")
    agent = page.get_by_label("Assign to Agent")

    agent.fill("")
    agent.press_sequentially("run")
    expect(page.locator("#agent-names option")).to_have_attribute("value", "Bruno")
    agent.fill("Bruno")
    agent.press("Enter")
    page.get_by_role("button", name="Move it to “Bruno”").press("Enter")

    expect(page.get_by_text("“Bruno” answers its calls now. In force on every server.")).to_be_visible()
    assert axe(page) == []
