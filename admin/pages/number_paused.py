"""The switch of a number: pause it, change its pause, resume it."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from admin.pages.answers import done, reading
from admin.pages.guard import Shown, changes, form, page, signed_in
from admin.pages.number import NUMBER, read_number
from admin.pages.number_refusal import tell_refusal
from admin.pages.pause_form import read_pause_form, usual_treatment
from operations.errors import NotFound, OperationError
from operations.pause_number import pause_number, resume_number


@page(f"{NUMBER}/pause", "number.paused")
def pause_one_form(number_id: int) -> str:
    """Ask why, until when, and what callers shall meet; of a paused number, show how it is now."""
    return _ask(number_id)


@form(f"{NUMBER}/pause", "number.paused")
def pause_one(number_id: int) -> Shown:
    """Pause the number; a refusal is said above what was typed."""
    with reading() as session:
        _, timezone = read_number(session, number_id)
    reason, seen = request.form.get("reason"), request.form.get("if_match")
    try:
        pause = read_pause_form(timezone)
        _, outcome = pause_number(changes(), signed_in().who, number_id, reason, pause, if_match=seen)
    except NotFound:
        raise
    except OperationError as error:
        return _ask(number_id, request.form.to_dict(), error), error.status
    return done("It is paused: no call reaches an agent.", outcome, _url(number_id))


@form(f"{NUMBER}/resume", "number.resumed")
def resume_one(number_id: int) -> AnyResponse:
    """Let the number receive calls again."""
    reason, seen = request.form.get("reason"), request.form.get("if_match")
    number, outcome = resume_number(changes(), signed_in().who, number_id, reason, if_match=seen)
    said = "It receives calls again." if number["receiving_calls"] else "It is resumed, but nobody answers its calls."
    return done(said, outcome, _url(number_id))


def _ask(number_id: int, typed: dict[str, str] | None = None, error: OperationError | None = None) -> str:
    with reading() as session:
        number, timezone = read_number(session, number_id)
        usual = usual_treatment(session)
        refusal = tell_refusal(session, error, [number], "if_match", timezone)
    typed = typed if typed is not None else usual | _as_typed(number, timezone)
    return render_template("number/pause.html", number=number, timezone=timezone, typed=typed, **refusal)


def _as_typed(number: dict[str, Any], timezone: str) -> dict[str, str]:
    """Return the pause of a number as it would be typed into the form."""
    pause = number["paused"] or {}
    until = _write_until(pause["resume_at"], timezone) if pause.get("resume_at") else ""
    return {**{name: value or "" for name, value in pause.items()}, "until": until}


def _write_until(moment: str, timezone: str) -> str:
    return f"{datetime.fromisoformat(moment).astimezone(ZoneInfo(timezone)):%Y-%m-%dT%H:%M}"


def _url(number_id: int) -> str:
    return url_for("pages.show_one_number", number_id=number_id)
