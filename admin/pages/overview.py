"""The start page: today's calls, what needs somebody, how what we depend on is doing, and what is still to set up."""

from flask import render_template

from admin.pages.answers import reading
from admin.pages.clock import last_days, viewers_timezone
from admin.pages.dependencies import say_dependencies
from admin.pages.guard import page, signed_in
from admin.pages.set_up import read_steps
from operations.calls_today import count_one_day
from operations.list_numbers import NumberFilters, read_numbers
from operations.permissions import READ
from operations.repeated_callers import repeated_callers
from operations.unmet_needs import MOST_SHOWN, idle_agents, uncovered_locations


@page("/", READ)
def overview() -> str:
    """Show how the business's telephone is doing."""
    account_id, timezone, dependencies = signed_in().who.account, viewers_timezone(), say_dependencies()
    day = last_days(1, timezone)[0]
    with reading() as session:
        return render_template(
            "overview/overview.html",
            timezone=timezone,
            dependencies=dependencies,
            day=day.date.isoformat(),
            calls=count_one_day(session, account_id, day),
            numbers=read_numbers(session, account_id, NumberFilters(needs_attention=True), limit=MOST_SHOWN),
            repeated=repeated_callers(session, account_id),
            agents=idle_agents(session, account_id),
            locations=uncovered_locations(session, account_id),
            most_shown=MOST_SHOWN,
            steps=read_steps(session, account_id, dependencies[-1]),
        )
