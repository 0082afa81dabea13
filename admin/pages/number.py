"""The page of one number: what it is, who answers it, what a call meets, and what happened to it."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import current_app, render_template, request
from sqlalchemy.orm import Session

from admin.pages.answers import international, reading
from admin.pages.calls import DECISION_WORDS, STATUS_WORDS
from admin.pages.clock import viewers_timezone
from admin.pages.guard import changes, page, settings, signed_in
from admin.pages.holder_choices import holder_choices
from admin.test_calls import Story, read_story
from operations.call_filters import CallFilters
from operations.errors import Invalid
from operations.finding import find_number
from operations.forwarded_lines import list_lines
from operations.list_calls import list_calls
from operations.list_changes import ChangeFilters, list_changes
from operations.locations import get_location
from operations.pages import LARGEST_ID, Page
from operations.permissions import READ
from operations.showing import show_number
from operations.what_if import Supposed, what_if

NUMBER = f"/numbers/<int(max={LARGEST_ID}):number_id>"
CALLS_SHOWN = 10
CHANGES_SHOWN = 5


@page(NUMBER, READ)
def show_one_number(number_id: int) -> str:
    """Show a number with all that belongs to it; of a released one its history only."""
    return show_number_page(number_id)


def show_number_page(number_id: int, fields: dict[str, str] | None = None, **more: Any) -> str:
    """Return the page of a number; with what was typed into one of its forms that was refused, and why (`more`)."""
    account_id = signed_in().who.account
    with reading() as session:
        number, timezone = read_number(session, number_id)
        lines = list_lines(session, account_id, number_id)
        parts = {
            "lines": lines,
            "ways": [("", "Called directly"), *((line["phone_number"], line["phone_number"]) for line in lines)],
            "calls": list_calls(session, account_id, CallFilters(number=number_id), limit=CALLS_SHOWN),
            "history": _history(session, number["phone_number"], timezone),
            "supposed": _suppose(session, number_id, timezone),
            "decisions": DECISION_WORDS,
            "statuses": STATUS_WORDS,
            **holder_choices(session, account_id),
        }
    parts |= {"story": _story(number_id), "fields": fields or {}} | more
    return render_template("number/number.html", number=number, timezone=timezone, **parts)


def read_number(session: Session, number_id: int) -> tuple[dict[str, Any], str]:
    """Return a number of the account and the timezone of its page: its location's, else the viewer's choice."""
    account_id = signed_in().who.account
    number = show_number(find_number(session, account_id, number_id))
    if number["location"] is None:
        return number, viewers_timezone()
    return number, get_location(session, account_id, number["location"]["id"])["timezone"]


def _history(session: Session, phone_number: str, timezone: str) -> Page:
    """Return a page of what happened to the number; of a change of many numbers only what this one had of it."""
    filters, cursor = ChangeFilters(number=phone_number), request.args.get("before") or None
    found = list_changes(session, signed_in().who.account, filters, cursor, limit=CHANGES_SHOWN, timezone=timezone)
    for change in found.rows:
        change["changed"] = [row for row in change["changed"] if row["of"] in (None, phone_number)]
    return found


def _suppose(session: Session, number_id: int, timezone: str) -> dict[str, Any]:
    """Return what a call would meet, or why that cannot be said, and what was asked for."""
    asked = {name: request.args.get(name, "").strip() for name in ("from", "via", "at")}
    try:
        caller, line, at = international(asked["from"]), asked["via"], _read_moment(asked["at"], timezone)
        call = Supposed(caller or None, line or None, at, timezone)
        path = current_app.extensions["call_path"]
        found = what_if(session, changes(), path, signed_in().who.account, number_id, call)
    except Invalid as problem:
        return {"asked": asked, "problem": problem.message}
    return {"asked": asked, "problem": None, "found": found}


def _read_moment(text: str, timezone: str) -> str | None:
    """Return a moment on the clock of a timezone as ISO 8601; what is no moment is left to be refused."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text or None
    return (moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(timezone))).isoformat()


def _story(number_id: int) -> Story | None:
    """Return the story of the test call that the address names."""
    call_sid = request.args.get("test_call")
    return read_story(settings(), signed_in().who.account, number_id, call_sid) if call_sid else None
