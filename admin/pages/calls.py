"""The calls: a log that keeps itself up to date, counted per day, as a table, and one by one with their receipts."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import Response, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session

from admin.pages.answers import international, reading
from admin.pages.charts import MOST_LOCATIONS, draw_locations, draw_lost_calls
from admin.pages.clock import last_days, viewers_timezone
from admin.pages.guard import changes, page, signed_in
from admin.pages.holder_choices import asked_holder, holder_choices
from models import Location
from operations.call_charts import count_days as count_calls_on
from operations.call_filters import CALL_STATUSES, CallFilters
from operations.days import read_days
from operations.errors import Invalid
from operations.export_calls import export_calls
from operations.list_calls import list_calls as read_calls
from operations.pages import Page
from operations.permissions import READ
from operations.show_call import show_call_with_receipt
from routing.call_route import DECISIONS

FILTERS = ("number", "agent", "location", "decision", "status", "caller", "from", "until")
SPANS = (7, 14, 30, 90)
DECISION_WORDS = {
    "routed": "Put through",
    "paused": "Number paused",
    "pending": "Number pending",
    "unassigned": "No agent",
    "released": "Number released",
    "unknown": "Unknown number",
    "unavailable": "Last resort",
}
STATUS_WORDS = {status: status.replace("-", " ").capitalize() for status in CALL_STATUSES}


@page("/calls", READ)
def list_calls() -> str | tuple[str, int]:
    """Show a page of the calls that are asked for, newest first; a filter that cannot be read is said above it."""
    timezone, problem, calls = viewers_timezone(), None, Page([])
    with reading() as session:
        account_id = signed_in().who.account
        choices = holder_choices(session, account_id)
        asked = {f"asked_{word}": asked_holder(session, account_id, word) for word in ("agent", "location")}
        try:
            calls = read_calls(session, account_id, _filters(timezone), request.args.get("cursor"))
        except Invalid as error:
            problem = error.message
    words = choices | asked | _words()
    shown = render_template("calls/list.html", calls=calls, problem=problem, timezone=timezone, asked=_asked(), **words)
    return shown if problem is None else (shown, Invalid.status)


@page("/calls.csv", READ)
def table_of_calls() -> Response:
    """Send the calls that are asked for as CSV, a batch at a time."""
    chunks = export_calls(changes().database.reading, signed_in().who.account, _filters(viewers_timezone()))
    named = {"Content-Disposition": "attachment; filename=calls.csv"}
    return Response(chunks, content_type="text/csv; charset=utf-8", headers=named)


@page("/calls/days", READ)
def count_days() -> str:
    """Show how many calls there were on each of the last days: by location, and lost because of a pause."""
    timezone, asked = viewers_timezone(), request.args.get("days", type=int)
    span = asked if asked in SPANS else SPANS[0]
    days = last_days(span, timezone)
    with reading() as session:
        counted = count_calls_on(session, signed_in().who.account, days, MOST_LOCATIONS)
    charts = {"by_location": draw_locations(counted), "lost": draw_lost_calls(counted)}
    return render_template("calls/days.html", span=span, spans=SPANS, timezone=timezone, **charts)


@page("/calls/<call_sid>", READ)
def show_call(call_sid: str) -> str:
    """Show one call: what happened as a paragraph, its receipt, and its events in order."""
    timezone = viewers_timezone()
    with reading() as session:
        call = show_call_with_receipt(session, signed_in().who.account, call_sid, timezone=timezone)
        there = _timezone_of(session, call["location_id"])
    return render_template("calls/call.html", call=call, timezone=timezone, there=there, **_words())


def _timezone_of(session: Session, location_id: int | None) -> str | None:
    """Return the timezone of the account's location; None for one that is deleted."""
    if location_id is None:
        return None
    mine = Location.account_id == signed_in().who.account
    return session.scalar(select(Location.timezone).where(Location.id == location_id, mine))


def _asked() -> dict[str, str]:
    """Return the filters of the address, which links to other pages of the list take along."""
    return {name: text for name in FILTERS if (text := request.args.get(name, "").strip())}


def _filters(timezone: str) -> CallFilters:
    """Read the filters of the address; days are those of the viewer's clock. Raises Invalid."""
    asked = _asked()
    number, caller, since, until = (asked.get(name) for name in ("number", "caller", "from", "until"))
    return CallFilters(
        number=international(number) if number else None,
        agent=asked.get("agent"),
        location=asked.get("location"),
        decision=asked.get("decision"),
        status=asked.get("status"),
        caller=international(caller) if caller else None,
        since=read_days(since, since, timezone)[0].begins.isoformat() if since else None,
        until=read_days(until, until, timezone)[0].ends.isoformat() if until else None,
    )


def _words() -> dict[str, Any]:
    """Give the templates the words for what the record holds as codes."""
    return {
        "decisions": DECISION_WORDS,
        "statuses": STATUS_WORDS,
        "decision_choices": [(decision, DECISION_WORDS[decision]) for decision in DECISIONS],
        "status_choices": list(STATUS_WORDS.items()),
        "seconds_of": _seconds_of,
        "address": url_for("pages.list_calls"),
    }


def _seconds_of(moment: str, timezone: str) -> str:
    """Write the time of day of a moment (ISO 8601) to the second."""
    return f"{datetime.fromisoformat(moment).astimezone(ZoneInfo(timezone)):%H:%M:%S}"
