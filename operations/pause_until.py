"""Read the moment that a pause ends at, as people write it: a wall clock somewhere, or a moment with its offset."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from operations.errors import Invalid
from operations.finding import find_numbers
from operations.locations import read_timezone


def read_until(
    session: Session, account_id: int, numbers: Sequence[str | int], text: str, timezone: str | None = None
) -> datetime:
    """Read `2026-12-24T09:00` on the clock of `timezone`, else of the numbers' location, else UTC; keep an offset.

    Raises Invalid for what is no moment, an unknown timezone, and numbers whose locations have different clocks. A
    clock time that is skipped when summer time begins is read as if it had not begun.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Invalid(f"“{text[:40]}” is not a moment such as 2026-12-24T09:00.") from None
    if moment.tzinfo is not None:
        return moment
    return moment.replace(
        tzinfo=ZoneInfo(read_timezone(timezone) if timezone else _clock(session, account_id, numbers))
    )


def _clock(session: Session, account_id: int, numbers: Sequence[str | int]) -> str:
    found = find_numbers(session, account_id, numbers)
    clocks = {number.location.timezone if number.location else "UTC" for number in found}
    if len(clocks) > 1:
        raise Invalid(f"These numbers are on different clocks ({', '.join(sorted(clocks))}). Say which one is meant.")
    return clocks.pop()
