"""Write moments as people read them, on the clock of a timezone, which is said."""

from datetime import datetime
from zoneinfo import ZoneInfo

TO_THE_MINUTE = "%Y-%m-%d %H:%M"


def write_moment(moment: datetime | str, timezone: str = "UTC", form: str = TO_THE_MINUTE) -> str:
    """Return a moment (ISO 8601 if it is text) such as 2026-12-01 08:00 UTC, 2026-12-01 00:00 (America/Los Angeles)."""
    read = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    place = timezone if timezone == "UTC" else f"({timezone.replace('_', ' ')})"
    return f"{read.astimezone(ZoneInfo(timezone)):{form}} {place}"
