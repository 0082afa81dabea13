"""The start page: today's calls, what needs somebody, how what we depend on is doing, and what is still to set up."""

from flask import render_template
from sqlalchemy.orm import Session

from admin.pages.answers import reading
from admin.pages.clock import today, viewers_timezone
from admin.pages.dependencies import GOOD, Dependency, say_dependencies
from admin.pages.guard import page, settings, signed_in
from operations.call_statistics import count_calls
from operations.list_numbers import NumberFilters, read_numbers
from operations.permissions import READ
from operations.repeated_callers import repeated_callers
from operations.unmet_needs import MOST_SHOWN, idle_agents, number_to_call, set_up_steps, uncovered_locations


@page("/", READ)
def overview() -> str:
    """Show how the business's telephone is doing."""
    account_id, timezone, dependencies = signed_in().who.account, viewers_timezone(), say_dependencies()
    day = today(timezone).isoformat()
    with reading() as session:
        return render_template(
            "overview/overview.html",
            timezone=timezone,
            dependencies=dependencies,
            calls=count_calls(session, account_id, day, day, timezone),
            numbers=read_numbers(session, account_id, NumberFilters(needs_attention=True), limit=MOST_SHOWN),
            repeated=repeated_callers(session, account_id),
            agents=idle_agents(session, account_id),
            locations=uncovered_locations(session, account_id),
            number_to_call=number_to_call(session, account_id),
            steps=_steps(session, account_id, dependencies[-1]),
        )


def _steps(session: Session, account_id: int, twilio: Dependency) -> dict[str, bool]:
    return {"twilio": settings().uses_simulator or twilio.kind == GOOD, **set_up_steps(session, account_id)}
