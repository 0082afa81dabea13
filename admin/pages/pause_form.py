"""Read the form in which people say how a number is paused (`templates/numbers/pause_fields.html`)."""

from datetime import datetime
from zoneinfo import ZoneInfo

from flask import request
from sqlalchemy.orm import Session

from admin.pages.answers import international
from admin.pages.guard import signed_in
from operations.accounts import get_account
from operations.errors import Invalid
from operations.pause import Pause


def read_pause_form(timezone: str) -> Pause:
    """Return the pause that a form asks for; its moment is on the clock of `timezone`. Raises Invalid.

    A message or number that does not belong to what was chosen was left over from another choice, and is not meant.
    """
    return Pause(
        **read_treatment(""),
        resume_at=_read_until(request.form.get("until", "").strip(), timezone),
    )


def read_treatment(prefix: str) -> dict[str, str | None]:
    """Return what callers are to meet: `treatment`, `message` and `forward_to`, from fields with a prefix."""
    treatment = request.form.get(f"{prefix}treatment")
    message, to = request.form.get(f"{prefix}message"), request.form.get(f"{prefix}forward_to", "")
    return {
        "treatment": treatment,
        "message": message if treatment == "message" else None,
        "forward_to": international(to) if treatment == "forward" else None,
    }


def usual_treatment(session: Session) -> dict[str, str]:
    """Return what callers meet when a pause does not say, as it would be typed into the form."""
    account = get_account(session, signed_in().who.account)
    return {name: account[f"paused_{name}"] or "" for name in ("treatment", "message", "forward_to")}


def _read_until(text: str, timezone: str) -> datetime | None:
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Invalid(f"“{text[:40]}” is not a moment such as 2026-12-24T09:00.") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(timezone))
