"""On which days Twilio charges a number: pure.

The whole monthly price is charged in advance when the number is got, and then each month on the same day; nothing is
charged by parts. A month that has not that day is charged on its last one, and that day is the number's from then on:
got on the 31st of January, it is charged on the 28th of February, of March and of every later month
(https://support.twilio.com/hc/en-us/articles/223182908-How-much-does-a-phone-number-cost). Twilio counts days in UTC;
of a number got near midnight it may take the next day. That each charge comes at the time of day of the purchase is
inferred. So a number is charged once in each calendar month, from that of its purchase on.
"""

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """A calendar month of UTC."""

    year: int
    number: int

    @property
    def begins(self) -> datetime:
        return datetime(self.year, self.number, 1, tzinfo=UTC)

    @property
    def days(self) -> int:
        return monthrange(self.year, self.number)[1]

    @property
    def next(self) -> "Month":
        return Month(self.year, self.number + 1) if self.number < 12 else Month(self.year + 1, 1)

    def __str__(self) -> str:
        return f"{self.year:04}-{self.number:02}"


def month_of(moment: datetime) -> Month:
    """Return the month that a moment is in, in UTC."""
    in_utc = moment.astimezone(UTC)
    return Month(in_utc.year, in_utc.month)


def charged_at(purchased_at: datetime, month: Month) -> datetime | None:
    """Return when a number got at `purchased_at` is charged in a month if it is still had; None before it was got."""
    purchased = purchased_at.astimezone(UTC)
    day = _day_in(month.year, month.number, purchased.year, purchased.month, purchased.day)
    return None if day is None else purchased.replace(year=month.year, month=month.number, day=day)


@lru_cache(maxsize=16_384)
def _day_in(year: int, number: int, since_year: int, since_number: int, day: int) -> int | None:
    """Return the day of a month on which a number is charged that was got on this day of another one."""
    month, since = Month(year, number), Month(since_year, since_number)
    if month < since:
        return None
    while since < month:
        since = since.next
        day = min(day, since.days)
    return day
