"""Days begin and end where people's clocks say, also when those are changed."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from operations.days import MOST_DAYS, read_days
from operations.errors import Invalid

ZONES = ("UTC", "America/Los_Angeles", "Europe/Rome", "Asia/Kathmandu", "Australia/Lord_Howe", "Africa/Cairo")


@pytest.mark.parametrize(
    ("day", "timezone", "begins", "hours"),
    [
        ("2026-03-08", "America/Los_Angeles", "2026-03-08T08:00Z", 23),
        ("2026-11-01", "America/Los_Angeles", "2026-11-01T07:00Z", 25),
        ("2026-11-02", "America/Los_Angeles", "2026-11-02T08:00Z", 24),
        ("2026-04-05", "Australia/Lord_Howe", "2026-04-04T13:00Z", 24.5),
        ("2026-01-01", "Asia/Kathmandu", "2025-12-31T18:15Z", 24),
        ("2026-04-24", "Africa/Cairo", "2026-04-23T22:00Z", 23),  # 00:00 does not exist: clocks go from 23:59 to 01:00
        ("2026-10-29", "Africa/Cairo", "2026-10-28T21:00Z", 25),  # at 24:00 it is 23:00 again
        ("2011-12-30", "Pacific/Apia", "2011-12-30T10:00Z", 0),  # a day that Samoa skipped
    ],
)
def test_a_day_is_as_long_as_it_is_there(day: str, timezone: str, begins: str, hours: float) -> None:
    """23, 25 or even 24.5 hours."""
    [found] = read_days(day, day, timezone)

    assert found.begins == datetime.fromisoformat(begins)
    assert found.ends - found.begins == timedelta(hours=hours)


@given(st.dates(date(1980, 1, 1), date(2030, 1, 1)), st.integers(0, MOST_DAYS - 1), st.sampled_from(ZONES))
def test_days_follow_one_another_without_gap_or_overlap(first: date, more: int, timezone: str) -> None:
    """Every moment belongs to exactly one of them."""
    days = read_days(first.isoformat(), (first + timedelta(days=more)).isoformat(), timezone)

    assert len(days) == more + 1
    assert all(day.begins.tzinfo is UTC for day in days)
    assert [day.ends for day in days[:-1]] == [day.begins for day in days[1:]]


@pytest.mark.parametrize(
    ("first", "last", "timezone"),
    [
        ("2026-01-02", "2026-01-01", "UTC"),
        ("2026-01-01", "2026-04-03", "UTC"),
        ("2026-02-30", "2026-03-01", "UTC"),
        ("today", "2026-03-01", "UTC"),
        ("0001-01-01", "0001-01-02", "Asia/Kathmandu"),
        ("9999-12-31", "9999-12-31", "America/Los_Angeles"),
        ("2026-01-01", "2026-01-02", "Mars/Olympus"),
        ("2026-01-01", "2026-01-02", "../../etc/passwd"),
        ("2026-01-01", "2026-01-02", ""),
    ],
)
def test_days_that_there_are_not_are_refused(first: str, last: str, timezone: str) -> None:
    """With a sentence, and so are more than can be counted at once."""
    with pytest.raises(Invalid):
        read_days(first, last, timezone)
