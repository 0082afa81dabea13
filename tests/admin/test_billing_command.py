"""`flask billing show`: what the numbers cost, from the shell."""

import csv
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from io import StringIO
from typing import Any

from sqlalchemy import update

from models import Number
from operations.changes import Changes
from tests.admin.conftest import NUMBER, Run


def test_the_bill_is_shown(business: Run, run_json: Callable[..., Any], changes: Changes) -> None:
    """As two tables, as JSON, and as CSV."""
    with changes.database.writing() as session:
        price = {"monthly_price": Decimal("1.15"), "price_unit": "USD"}
        session.execute(update(Number).values(purchased_at=datetime(2026, 1, 31, tzinfo=UTC), **price))

    shown = business("billing", "show", "--month", "2026-02").stdout
    printed = business("billing", "show", "--month", "2026-02", "--csv").stdout

    assert f"{NUMBER}  Downtown  2026-02-28  1.15 USD  2026-01-31" in shown
    assert "all of 2026-02  1        1.15 USD" in shown
    assert run_json("billing", "show", "--month", "2026-02")["totals"][0]["amount"] == "1.15"
    [row] = csv.DictReader(StringIO(printed))
    assert (row["phone_number"], row["amount"]) == (f"'{NUMBER}", "1.15")
    business("billing", "show", "--month", "February", status=2)


def test_an_unknown_price_is_said(business: Run) -> None:
    """It is no zero."""
    shown = business("billing", "show").stdout

    assert "unknown" in shown
    assert "Its price at purchase is not known" in shown
