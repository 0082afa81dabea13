"""What callers of a paused number meet, and until when: the value that a pause is made of."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from models import PAUSED_TREATMENTS
from operations.checking import read_phone_number
from operations.errors import Invalid

BUSY = "busy"
LONGEST_MESSAGE = 500
LONGEST_PAUSE = timedelta(days=3660)


@dataclass(frozen=True, slots=True)
class Pause:
    """How a number is paused.

    `treatment` is one of PAUSED_TREATMENTS, or None, as the account's pauses usually are; `message` (spoken) belongs to
    `message`, `forward_to` (E.164) to `forward`.
    At `resume_at`, which has a timezone, it resumes by itself; None is until somebody resumes it.
    """

    treatment: str | None = None
    message: str | None = None
    forward_to: str | None = None
    resume_at: datetime | None = None


def read_pause(pause: Pause) -> Pause:
    """Return a pause as it is stored, its moment in UTC; raise Invalid with what is wrong with it."""
    if pause.treatment not in (None, *PAUSED_TREATMENTS):
        raise Invalid(f"What callers meet is one of: {', '.join(PAUSED_TREATMENTS)}.")
    _check_belongs("message", pause.message, pause.treatment == "message", "A message to speak")
    _check_belongs("forward_to", pause.forward_to, pause.treatment == "forward", "A number to forward to")
    message = _read_message(pause.message) if pause.message is not None else None
    forward_to = read_phone_number(pause.forward_to) if pause.forward_to is not None else None
    return Pause(pause.treatment, message, forward_to, _read_resume_at(pause.resume_at))


def pause_columns(pause: Pause | None) -> dict[str, Any]:
    """Return what is written into a number for a pause that says what callers meet, and for none when it is resumed."""
    status = "active" if pause is None else "paused"
    pause = pause or Pause(BUSY)
    return {
        "status": status,
        "paused_treatment": None if pause.treatment == BUSY else pause.treatment,
        "paused_message": pause.message,
        "paused_forward_to": pause.forward_to,
        "resume_at": pause.resume_at,
    }


def _check_belongs(field: str, value: str | None, is_wanted: bool, what: str) -> None:
    if is_wanted and value is None:
        raise Invalid(f"{what} is missing ({field}).")
    if value is not None and not is_wanted:
        raise Invalid(f"{what} ({field}) does not go with another treatment.")


def _read_message(text: str) -> str:
    message = text.strip()
    if not 1 <= len(message) <= LONGEST_MESSAGE or not message.isprintable():
        raise Invalid(f"A message has 1 to {LONGEST_MESSAGE} printable characters, on one line.")
    return message


def _read_resume_at(moment: datetime | None) -> datetime | None:
    if moment is None:
        return None
    if moment.tzinfo is None:
        raise Invalid("The moment to resume at needs a timezone, such as 2026-12-24T09:00:00-08:00.")
    now = datetime.now(UTC)
    if not now < moment <= now + LONGEST_PAUSE:
        raise Invalid("The moment to resume at is in the future, and within ten years.")
    return moment.astimezone(UTC)
