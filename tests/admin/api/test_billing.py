"""/billing: what the numbers cost, and to whom that is shown."""

import csv
from datetime import UTC, datetime
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from sqlalchemy import update

from models import Number
from operations.add_number import add_number
from operations.changes import Changes, Who
from tests.admin.api.conftest import NUMBER, Api


@pytest.fixture
def priced(changes: Changes, number: dict[str, Any]) -> None:
    """The number was got on a 31st, for 1.15 dollars a month."""
    with changes.database.writing() as session:
        price = {"monthly_price": Decimal("1.15"), "price_unit": "USD"}
        session.execute(update(Number).values(purchased_at=datetime(2026, 1, 31, tzinfo=UTC), **price))


def test_bill_of_a_month(api: Api, priced: None) -> None:
    """Each number, each location, each currency; money is text."""
    bill = api.get("/billing?month=2026-02").json

    assert bill["totals"] == [{"currency": "USD", "amount": "1.15", "expected": "0"}]
    assert bill["locations"][0]["location"]["name"] == "Downtown"
    assert (bill["numbers"][0]["amount"], bill["numbers"][0]["charged_at"][:10]) == ("1.15", "2026-02-28")
    [row] = csv.DictReader(StringIO(api.get("/billing.csv?month=2026-02").text, newline=""))
    assert (row["phone_number"], row["amount"]) == (f"'{NUMBER}", "1.15")


def test_bill_of_this_month_is_the_usual_one(api: Api, priced: None) -> None:
    """Without a month; another form of one is refused."""
    assert api.get("/billing").json["month"] == f"{datetime.now(UTC):%Y-%m}"
    assert api.get("/billing?month=2026-13").status_code == 422


def test_stranger_has_a_bill_of_his_own(stranger: Api, priced: None) -> None:
    """An empty one."""
    assert stranger.get("/billing?month=2026-02").json["numbers"] == []
    assert len(stranger.get("/billing.csv?month=2026-02").text.splitlines()) == 1


def test_bill_of_many_numbers_comes_in_pages(api: Api, priced: None, changes: Changes, who: Who) -> None:
    """The header Link leads to the next charges; the sums are of all of them, on the first page."""
    add_number(changes, who, "+14155550101")

    first = api.get("/billing?limit=1")
    second = api.get("/billing" + first.headers["Link"].split(">")[0].lstrip("<"))

    assert (first.json["charges"], [row["phone_number"] for row in first.json["numbers"]]) == (2, [NUMBER])
    assert (second.json["charges"], second.json["numbers"][0]["phone_number"]) == (None, "+14155550101")
    assert "Link" not in second.headers
    assert api.get("/billing?cursor=WzFd").status_code == 422
