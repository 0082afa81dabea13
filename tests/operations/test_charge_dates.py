"""On which days a number is charged: that of its purchase, or the last of a shorter month, and that from then on."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from operations.charge_dates import Month, charged_at, month_of

BEGINNING = datetime(2020, 1, 1, tzinfo=UTC)
PURCHASES = st.integers(0, 10 * 365 * 86_400).map(lambda seconds: BEGINNING + timedelta(seconds=seconds))


def days(purchased: str, months: int) -> list[str]:
    at = datetime.fromisoformat(purchased)
    month, found = month_of(at), []
    for _ in range(months):
        found.append(f"{charged_at(at, month):%m-%d}")
        month = month.next
    return found


@pytest.mark.parametrize(
    ("purchased", "charged"),
    [
        ("2026-01-15T12:00Z", ["01-15", "02-15", "03-15", "04-15"]),
        ("2026-01-31T12:00Z", ["01-31", "02-28", "03-28", "04-28"]),
        ("2026-03-31T12:00Z", ["03-31", "04-30", "05-30", "06-30"]),
        ("2027-12-30T12:00Z", ["12-30", "01-30", "02-29", "03-29"]),
        ("2028-02-29T12:00Z", ["02-29", "03-29", "04-29", "05-29"]),
        ("2026-11-28T12:00Z", ["11-28", "12-28", "01-28", "02-28"]),
    ],
)
def test_a_day_that_a_month_has_not_is_its_last_from_then_on(purchased: str, charged: list[str]) -> None:
    """As Twilio says: after a month of 28 days the bill date stays the 28th."""
    assert days(purchased, 4) == charged


def test_a_day_is_one_of_utc() -> None:
    """Got on New Year's Eve in Los Angeles, it is charged on the first of January."""
    at = datetime(2026, 12, 31, 20, tzinfo=timezone(timedelta(hours=-8)))

    assert charged_at(at, Month(2026, 12)) is None
    assert charged_at(at, Month(2027, 1)) == at


@given(PURCHASES, st.integers(0, 60))
def test_a_number_is_charged_once_in_each_month_from_its_purchase_on(purchased: datetime, later: int) -> None:
    """In order, at its time of day, and never again on a later day of the month than before."""
    months = [month_of(purchased)]
    for _ in range(later):
        months.append(months[-1].next)

    charges = [charged_at(purchased, month) for month in months]

    assert charges[0] == purchased
    assert [month_of(charge) for charge in charges if charge] == months
    assert sorted(charges) == charges
    assert {charge.time() for charge in charges if charge} == {purchased.time()}
    in_days = [charge.day for charge in charges if charge]
    assert sorted(in_days, reverse=True) == in_days
    assert all(day >= min(purchased.day, 28) for day in in_days)


@given(PURCHASES, st.integers(1, 60))
def test_nothing_is_charged_before_the_purchase(purchased: datetime, earlier: int) -> None:
    """Months before it have no charge."""
    month = month_of(purchased)
    index = month.year * 12 + month.number - 1 - earlier

    assert charged_at(purchased, Month(index // 12, index % 12 + 1)) is None
