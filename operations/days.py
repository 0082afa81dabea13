"""Days of a timezone as spans of UTC: exact also where the clocks change, and where a day has 23 or 25 hours."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from operations.errors import Invalid

MOST_DAYS = 92
USUAL_DAYS = 30


@dataclass(frozen=True, slots=True)
class Day:
    """A calendar day, from the moment `begins` (UTC) up to the moment `ends`, which belongs to the next one."""

    date: date
    begins: datetime
    ends: datetime


def read_days(first: str | None, last: str | None, timezone: str = "UTC") -> list[Day]:
    """Return the days from `first` to `last` (ISO dates, both included) of an IANA timezone such as Europe/Rome.

    Without a last one it is today there, without a first one they are the USUAL_DAYS up to the last.
    Raises Invalid for a date or timezone that there is not, for an end before the beginning, and for more than
    MOST_DAYS days.
    """
    zone = _read_zone(timezone)
    end = read_date(last) if last is not None else datetime.now(zone).date()
    begin = read_date(first) if first is not None else end - timedelta(days=USUAL_DAYS - 1)
    if end < begin:
        raise Invalid("The last day is before the first one.")
    if (end - begin).days >= MOST_DAYS:
        raise Invalid(f"Days are counted for at most {MOST_DAYS} days at once.")
    return list(_days(begin, end, zone))


def read_date(text: str) -> date:
    """Read a day such as 2026-11-25; raises Invalid."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        found = None
    # At the ends of the calendar a day of another timezone has no beginning in UTC.
    if found is None or not 1970 <= found.year < 9999:
        raise Invalid(f"“{text[:40]}” is not a day such as 2026-11-25.")
    return found


def _days(begin: date, end: date, zone: ZoneInfo) -> Iterator[Day]:
    for index in range((end - begin).days + 1):
        day = begin + timedelta(days=index)
        yield Day(day, _beginning(day, zone), _beginning(day + timedelta(days=1), zone))


def _beginning(day: date, zone: ZoneInfo) -> datetime:
    """Return the first moment of a day. Where the clocks skip midnight, that is the moment at which they do."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _read_zone(text: str) -> ZoneInfo:
    try:
        return ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Invalid(f"“{text[:40]}” is not a timezone such as America/Los_Angeles.") from None
