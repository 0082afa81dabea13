"""The list of the account's numbers: filtered, page by page, with a little chart of each number's calls."""

from typing import Any

from flask import render_template, request
from sqlalchemy.orm import Session

from admin.pages.answers import reading
from admin.pages.clock import last_days, viewers_timezone
from admin.pages.guard import page, signed_in
from models import Agent, Location
from operations.calls_per_number import count_calls_of_numbers
from operations.list_numbers import NumberFilters, read_numbers
from operations.named import find_all
from operations.pages import LARGEST_ID
from operations.permissions import READ

DAYS_OF_CHART = 7
LONGEST_SEARCH = 100
STATUSES = ("active", "paused", "pending", "released")
FILTERS = ("search", "status", "agent", "location", "attention")


@page("/numbers", READ)
def list_numbers() -> str:
    """Show a page of the numbers that are asked for; released ones only when they are."""
    timezone = viewers_timezone()
    with reading() as session:
        account_id = signed_in().who.account
        numbers = read_numbers(session, account_id, _filters(), request.args.get("cursor"))
        days = last_days(DAYS_OF_CHART, timezone)
        calls = count_calls_of_numbers(session, [number["id"] for number in numbers.rows], days)
        choices = holder_choices(session, account_id)
    asked = {name: request.args[name] for name in FILTERS if request.args.get(name)}
    return render_template(
        "numbers/list.html", numbers=numbers, calls=calls, days=days, timezone=timezone, asked=asked, **choices
    )


def holder_choices(session: Session, account_id: int) -> dict[str, list[tuple[int, str]]]:
    """Return the account's agents and locations by name, as the choices of drop-downs."""
    kinds: dict[str, type[Agent] | type[Location]] = {"agents": Agent, "locations": Location}
    found: dict[str, Any] = {name: find_all(session, kind, account_id) for name, kind in kinds.items()}
    return {name: [(one.id, one.name) for one in all_of_kind] for name, all_of_kind in found.items()}


def _filters() -> NumberFilters:
    """Read the filters of the address; what nobody can have meant does not filter."""
    status, search = request.args.get("status"), request.args.get("search", "").strip()
    needs_attention = request.args.get("attention") == "yes" or None
    is_every_live_one = status not in STATUSES and not needs_attention
    return NumberFilters(
        status=status if status in STATUSES else None,
        agent_id=_id("agent"),
        location_id=_id("location"),
        needs_attention=needs_attention,
        search=search[:LONGEST_SEARCH] if search and search.isprintable() else None,
        is_live=True if is_every_live_one else None,
    )


def _id(name: str) -> int | None:
    found = request.args.get(name, type=int)
    return found if found is not None and 0 <= found <= LARGEST_ID else None
