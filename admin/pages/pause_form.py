"""Read the form in which people say how a number is paused (`templates/numbers/pause_fields.html`)."""

from datetime import datetime
from zoneinfo import ZoneInfo

from flask import request

from admin.pages.answers import international
from operations.errors import Invalid
from operations.pause import Pause


def read_pause_form(timezone: str) -> Pause:
    """Return the pause that a form asks for; its moment is on the clock of `timezone`. Raises Invalid.

    A message or number that does not belong to what was chosen was left over from another choice, and is not meant.
    """
    treatment = request.form.get("treatment", "busy")
    return Pause(
        treatment,
        message=request.form.get("message") if treatment == "message" else None,
        forward_to=international(request.form.get("forward_to", "")) if treatment == "forward" else None,
        resume_at=_read_until(request.form.get("until", "").strip(), timezone),
    )


def _read_until(text: str, timezone: str) -> datetime | None:
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Invalid(f"“{text[:40]}” is not a moment such as 2026-12-24T09:00.") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(timezone))
