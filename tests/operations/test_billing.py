"""What the numbers of an account cost in a month, each and in all, per location and per currency."""

import csv
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from sqlalchemy import update

from models import Change, Number
from operations.add_number import add_number
from operations.assign_number import assign_number, assign_numbers
from operations.billing import add_up_bill, show_bill, show_bill_page, write_bill
from operations.changes import Changes, Who
from operations.charge_dates import Month
from operations.csv_text import plain
from operations.errors import Invalid
from operations.release_number import release_number
from tests.operations.audit import last_change

SECOND, THIRD = "+14155550101", "+14155550102"
DOLLARS = {"monthly_price": Decimal("1.15"), "price_unit": "USD"}


def bill(changes: Changes, who: Who, month: str | None = "2026-03") -> dict[str, Any]:
    with changes.database.reading() as session:
        return show_bill(session, who.account, month)


def got(changes: Changes, who: Who, phone_number: str, at: str, location: str | None = None, **values: Any) -> int:
    """Add a number as if it had been got at a moment, which its change is then also of; return its id."""
    number, _ = add_number(changes, who, phone_number, location=location)
    edit(changes, number["id"], purchased_at=datetime.fromisoformat(at), **DOLLARS | values)
    backdate(changes, datetime.fromisoformat(at) + timedelta(seconds=3))
    return number["id"]


def edit(changes: Changes, number_id: int, **values: Any) -> None:
    with changes.database.writing() as session:
        session.execute(update(Number).where(Number.id == number_id).values(**values))


def backdate(changes: Changes, at: datetime) -> None:
    """Let the last change have been made at a moment."""
    with changes.database.writing() as session:
        session.execute(update(Change).where(Change.n == last_change(changes).n).values(made_at=at))


@pytest.fixture
def paid(changes: Changes, who: Who, number: dict[str, Any]) -> int:
    """The number of the small business, got long ago for 1.15 dollars a month; return its id."""
    edit(changes, number["id"], purchased_at=datetime(2025, 1, 31, 9, tzinfo=UTC), **DOLLARS)
    return number["id"]


def test_each_number_is_charged_once_with_its_price_at_purchase(changes: Changes, who: Who, paid: int) -> None:
    """On its day, since when, until when, and for its location."""
    [row] = bill(changes, who)["numbers"]

    assert row == {
        "number_id": paid,
        "phone_number": "+14155550100",
        "label": "Main line",
        "status": "active",
        "location": {"id": 1, "name": "Downtown"},
        "charged_at": "2026-03-28T09:00:00+00:00",
        "expected": False,
        "amount": "1.15",
        "currency": "USD",
        "since": "2025-01-31T09:00:00+00:00",
        "until": None,
        "note": None,
    }


def test_sums_are_exact_and_currencies_never_mix(changes: Changes, who: Who, paid: int) -> None:
    """A tenth is a tenth; what nobody knows is no zero."""
    got(changes, who, SECOND, "2026-02-10T00:00Z", "Downtown", monthly_price=Decimal("0.1"), price_unit="EUR")
    got(changes, who, THIRD, "2026-02-10T00:00Z", "Airport", monthly_price=Decimal("0.205"))
    got(changes, who, "+14155550103", "2026-02-10T00:00Z", monthly_price=None, price_unit=None)

    shown = bill(changes, who)

    assert (shown["charges"], shown["unknown_prices"]) == (4, 1)
    assert shown["totals"] == [
        {"currency": "EUR", "amount": "0.1", "expected": "0"},
        {"currency": "USD", "amount": "1.355", "expected": "0"},
    ]
    assert [(row["location"] or {}).get("name") for row in shown["locations"]] == ["Airport", "Downtown", None]
    assert [row["charges"] for row in shown["locations"]] == [1, 2, 1]
    assert shown["locations"][2]["totals"] == []
    assert shown["numbers"][3]["amount"] is None
    assert "not known" in shown["numbers"][3]["note"]


@pytest.mark.parametrize(
    ("charged_until", "months"),
    [
        ("2026-03-09T23:59Z", ["2026-02"]),
        ("2026-03-10T08:00Z", ["2026-02"]),
        ("2026-03-10T08:01Z", ["2026-02", "2026-03"]),
        ("2026-03-31T00:00Z", ["2026-02", "2026-03"]),
    ],
)
def test_a_number_is_charged_until_twilio_let_it_go(
    changes: Changes, who: Who, charged_until: str, months: list[str]
) -> None:
    """What was released before its day is not charged that month; the month of the release is paid in full."""
    number_id = got(changes, who, SECOND, "2026-02-10T08:00Z", sid="PN" + "1" * 32)
    until = datetime.fromisoformat(charged_until)
    edit(changes, number_id, status="released", released_at=until, charged_until=until)

    wanted = ("2026-01", "2026-02", "2026-03", "2026-04")
    assert [month for month in wanted if bill(changes, who, month)["charges"]] == months


def test_a_released_number_that_twilio_still_has_is_charged_and_says_so(
    changes: Changes, who: Who, number: dict[str, Any]
) -> None:
    """Under the location that it had last: to somebody it must count."""
    edit(changes, number["id"], purchased_at=datetime(2026, 1, 5, tzinfo=UTC), sid="PN" + "1" * 32, **DOLLARS)
    release_number(changes, who, "+14155550100")
    edit(changes, number["id"], released_at=datetime(2026, 2, 1, tzinfo=UTC))

    [row] = bill(changes, who)["numbers"]
    assert row["note"] == "Released, and charged until Twilio has confirmed it."
    assert (row["status"], row["until"], row["location"]["name"]) == ("released", None, "Downtown")


def test_what_twilio_never_had_is_not_charged(changes: Changes, who: Who) -> None:
    """A purchase that is still being made, and a number that was released without ever being known there."""
    got(changes, who, SECOND, "2026-03-01T00:00Z", status="pending", sid=None)
    third = got(changes, who, THIRD, "2026-02-10T00:00Z")
    edit(changes, third, status="released", released_at=datetime(2026, 3, 1, tzinfo=UTC))

    assert bill(changes, who)["charges"] == 0
    assert bill(changes, who, "2026-02")["charges"] == 1


def test_charges_of_days_to_come_are_expected(changes: Changes, who: Who) -> None:
    """This month's bill has all of them and tells them apart."""
    now = datetime.now(UTC)
    following = f"{(now.replace(day=1) + timedelta(days=32)):%Y-%m}"
    number_id = got(changes, who, SECOND, now.isoformat())

    [present] = bill(changes, who, None)["numbers"]
    coming = bill(changes, who, following)

    assert (present["number_id"], present["expected"]) == (number_id, False)
    assert coming["totals"] == [{"currency": "USD", "amount": "1.15", "expected": "1.15"}]


def test_a_number_counts_for_the_location_that_it_had_on_its_day(changes: Changes, who: Who, paid: int) -> None:
    """Moved in April, also as one of several: March is Downtown's, April the Airport's."""
    backdate(changes, datetime(2025, 1, 31, 9, 0, 3, tzinfo=UTC))
    got(changes, who, SECOND, "2026-01-05T00:00Z", "Downtown")
    assign_numbers(changes, who, ["+14155550100", SECOND], location="Airport", move=True)
    backdate(changes, datetime(2026, 4, 1, tzinfo=UTC))
    assign_number(changes, who, SECOND, location="")
    backdate(changes, datetime(2026, 5, 1, tzinfo=UTC))

    def locations(month: str) -> list[Any]:
        return [(row["location"] or {}).get("name") for row in bill(changes, who, month)["numbers"]]

    assert locations("2026-03") == ["Downtown", "Downtown"]
    assert locations("2026-04") == ["Airport", "Airport"]
    assert locations("2026-05") == ["Airport", None]


def test_the_first_charge_counts_for_the_location_given_at_purchase(changes: Changes, who: Who, paid: int) -> None:
    """Although the change is written down a moment after it."""
    got(changes, who, SECOND, "2026-03-10T00:00Z", "Airport")
    assign_number(changes, who, SECOND, location="Downtown", move=True)
    backdate(changes, datetime(2026, 4, 1, tzinfo=UTC))

    assert bill(changes, who)["numbers"][1]["location"]["name"] == "Airport"


def test_another_accounts_numbers_are_on_another_bill(changes: Changes, who: Who, paid: int, other: Who) -> None:
    """Each pays its own."""
    assert bill(changes, other)["numbers"] == []
    assert bill(changes, other)["totals"] == []


@pytest.mark.parametrize("month", ["", "2026", "2026-13", "2026-00", "2026-1", "1999-12", "２０２６-01", "2026-01-01"])
def test_another_form_of_a_month_is_refused(changes: Changes, who: Who, month: str) -> None:
    """With a sentence."""
    with pytest.raises(Invalid, match="such as 2026-11"):
        bill(changes, who, month)


def test_the_bill_leaves_as_csv(changes: Changes, who: Who, paid: int) -> None:
    """A line for each charge; labels are neutralised as phone numbers are."""
    assign_number(changes, who, "+14155550100", label="=1+1")
    got(changes, who, SECOND, "2026-02-10T00:00Z", monthly_price=None, price_unit=None)

    first, second = csv.DictReader(StringIO(write_bill(bill(changes, who)), newline=""))

    assert (first["month"], first["amount"], first["currency"], first["expected"]) == ("2026-03", "1.15", "USD", "no")
    assert (first["label"], plain(first["phone_number"])) == ("'=1+1", "+14155550100")
    assert (second["amount"], second["currency"]) == ("", "")


def test_a_bill_in_pages_has_what_the_whole_one_has(changes: Changes, who: Who, paid: int) -> None:
    """Each charge once, and the sums with the first page; a number that was moved or released counts where it was."""
    got(changes, who, SECOND, "2026-01-05T00:00Z", "Downtown", monthly_price=Decimal("0.1"), price_unit="EUR")
    got(changes, who, THIRD, "2026-01-05T00:00Z", "Airport", sid="PN" + "1" * 32)
    assign_number(changes, who, SECOND, location="Airport", move=True)
    release_number(changes, who, THIRD)
    whole = bill(changes, who)

    with changes.database.reading() as session:
        first, cursor = show_bill_page(session, who.account, "2026-03", None, 2)
        second, end = show_bill_page(session, who.account, "2026-03", cursor, 2)
        sums = add_up_bill(session, who.account, Month(2026, 3))

    assert end is None
    assert first | {"numbers": first["numbers"] + second["numbers"]} == whole
    assert sums | {"numbers": whole["numbers"]} == whole
    assert (second["month"], second["totals"], second["locations"]) == ("2026-03", None, None)
