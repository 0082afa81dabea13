"""The start page: today's calls, what needs somebody, how what we depend on is doing, and what is still to set up."""

from typing import Any

from flask import render_template
from sqlalchemy.orm import Session

from admin.pages.answers import reading
from admin.pages.clock import today, viewers_timezone
from admin.pages.dependencies import say_dependencies
from admin.pages.guard import page, signed_in
from admin.pages.set_up import read_steps
from operations.call_statistics import count_calls
from operations.list_numbers import NumberFilters, read_numbers
from operations.permissions import READ
from operations.repeated_callers import repeated_callers
from operations.unmet_needs import MOST_SHOWN, idle_agents, uncovered_locations


@page("/", READ)
def overview() -> str:
    """Show how the business's telephone is doing."""
    account_id, timezone, dependencies = signed_in().who.account, viewers_timezone(), say_dependencies()
    with reading() as session:
        return render_template(
            "overview/overview.html",
            timezone=timezone,
            dependencies=dependencies,
            calls=_calls_of_today(session, account_id, timezone),
            numbers=read_numbers(session, account_id, NumberFilters(needs_attention=True), limit=MOST_SHOWN),
            repeated=repeated_callers(session, account_id),
            agents=idle_agents(session, account_id),
            locations=uncovered_locations(session, account_id),
            steps=read_steps(session, account_id, dependencies[-1]),
        )


def _calls_of_today(session: Session, account_id: int, timezone: str) -> dict[str, Any]:
    """Return how many calls there are today, in all and at each `place`, a location in words."""
    day = today(timezone).isoformat()
    counted = count_calls(session, account_id, day, day, timezone)
    return counted | {"locations": [{"place": _place(row["location"]), **row} for row in counted["locations"]]}


def _place(location: dict[str, Any] | None) -> str:
    if location is None:
        return "Without a location"
    return location["name"] or "A location that is deleted"
