"""The list of the account's numbers: filtered, page by page, with a little chart of each number's calls."""

from typing import Any

from flask import render_template, request

from admin.pages.answers import reading
from admin.pages.clock import last_days, viewers_timezone
from admin.pages.guard import page, signed_in
from admin.pages.holder_choices import asked_holder, holder_choices
from admin.pages.kept_form import searched
from operations.calls_per_number import count_calls_of_numbers
from operations.list_numbers import NumberFilters, read_numbers
from operations.permissions import READ

DAYS_OF_CHART = 7
STATUSES = ("active", "paused", "pending", "released")
HOLDERS = ("agent", "location")
FILTERS = ("search", "status", *HOLDERS, "attention")
# What no agent and no location has as its id.
NOBODYS_ID = 0


@page("/numbers", READ)
def list_numbers() -> str:
    """Show a page of the numbers that are asked for; released ones only when they are."""
    timezone = viewers_timezone()
    with reading() as session:
        account_id = signed_in().who.account
        holders = {word: asked_holder(session, account_id, word) for word in HOLDERS}
        numbers = read_numbers(session, account_id, _filters(holders), request.args.get("cursor"))
        days = last_days(DAYS_OF_CHART, timezone)
        calls = count_calls_of_numbers(session, [number["id"] for number in numbers.rows], days)
        parts = {f"asked_{word}": holder for word, holder in holders.items()} | holder_choices(session, account_id)
    asked = {name: request.args[name] for name in FILTERS if request.args.get(name)}
    return render_template(
        "numbers/list.html", numbers=numbers, calls=calls, days=days, timezone=timezone, asked=asked, **parts
    )


def _filters(holders: dict[str, dict[str, Any] | None]) -> NumberFilters:
    """Read the filters of the address; what nobody can have meant does not filter."""
    status = request.args.get("status")
    needs_attention = request.args.get("attention") == "yes" or None
    is_every_live_one = status not in STATUSES and not needs_attention
    return NumberFilters(
        status=status if status in STATUSES else None,
        agent_id=_id(holders["agent"]),
        location_id=_id(holders["location"]),
        needs_attention=needs_attention,
        search=searched(),
        is_live=True if is_every_live_one else None,
    )


def _id(holder: dict[str, Any] | None) -> int | None:
    """Return the id to filter by; who is not there any more, and never was, has no numbers."""
    if holder is None:
        return None
    return holder["id"] if isinstance(holder["id"], int) else NOBODYS_ID
