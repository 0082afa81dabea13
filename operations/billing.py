"""Say what an account's numbers cost in a month, each and in all, per location and per currency; currencies never mix.

Only the monthly prices of numbers: what calls cost is Twilio's to say.
"""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from operations.charge_dates import Month, month_of
from operations.charges import Charge, find_charges
from operations.csv_text import write_csv
from operations.errors import Invalid

MONTH = re.compile(r"(20[0-9]{2})-(0[1-9]|1[0-2])", re.ASCII)
COLUMNS = (
    "month",
    "phone_number",
    "label",
    "location",
    "charged_at",
    "expected",
    "amount",
    "currency",
    "since",
    "until",
    "note",
)
UNKNOWN_PRICE = "Its price at purchase is not known, so it is in no total."
STILL_CHARGED = "Released, and charged until Twilio has confirmed it."


def show_bill(session: Session, account_id: int, month: str | None = None) -> dict[str, Any]:
    """Return the bill of a month such as 2026-11 (UTC), the present one by default; raises Invalid for another form.

    `numbers` has an entry for each charge; `expected` are those of days to come. `totals` has the sum of each currency,
    in the account and for each of `locations`, the last of which may be None: numbers that have none.
    """
    now = datetime.now(UTC)
    of = read_month(month) if month is not None else month_of(now)
    charges = find_charges(session, account_id, of)
    return _add_up(of, charges, now) | {"numbers": [_show(charge, now) for charge in charges]}


def add_up_bill(session: Session, account_id: int, month: Month) -> dict[str, Any]:
    """Return a month's bill without its `numbers`. Of 100,000 numbers that takes a second or two."""
    return _add_up(month, find_charges(session, account_id, month), datetime.now(UTC))


def begin_bill(session: Session, account_id: int, month: Month, limit: int) -> dict[str, Any]:
    """Return of a month's bill only the `numbers`, of so many of the account's, which takes no time."""
    now = datetime.now(UTC)
    charges = find_charges(session, account_id, month, limit)
    return {"month": str(month), "numbers": [_show(charge, now) for charge in charges]}


def _add_up(month: Month, charges: list[Charge], now: datetime) -> dict[str, Any]:
    by_location: dict[int | None, list[Charge]] = {}
    for charge in charges:
        by_location.setdefault(charge.location["id"] if charge.location else None, []).append(charge)
    in_order = sorted(by_location.values(), key=_place)
    return {
        "month": str(month),
        **_sum_up(charges, now),
        "locations": [{"location": some[-1].location, **_sum_up(some, now)} for some in in_order],
    }


def write_bill(bill: dict[str, Any]) -> str:
    """Return a bill as CSV: a line for each charge, without totals, which a spreadsheet would add up again."""
    rows = ([_cell(bill, row, name) for name in COLUMNS] for row in bill["numbers"])
    return "".join(write_csv(COLUMNS, rows))


def read_month(text: str) -> Month:
    """Read a month such as 2026-11; raises Invalid."""
    if not (found := MONTH.fullmatch(text)):
        raise Invalid(f"“{text[:40]}” is not a month such as 2026-11.")
    return Month(int(found[1]), int(found[2]))


def _place(charges: list[Charge]) -> tuple[bool, str]:
    location = charges[-1].location
    return (location is None, location["name"] if location else "")


def _sum_up(charges: Iterable[Charge], now: datetime) -> dict[str, Any]:
    """Add up what is known, for each currency: all of it, and of that what is expected."""
    all_of_them = list(charges)
    known = [charge for charge in all_of_them if charge.amount is not None]
    currencies = sorted({charge.currency for charge in known if charge.currency})
    return {
        "charges": len(all_of_them),
        "unknown_prices": len(all_of_them) - len(known),
        "totals": [
            {
                "currency": currency,
                "amount": _add(charge for charge in known if charge.currency == currency),
                "expected": _add(charge for charge in known if charge.currency == currency and charge.at > now),
            }
            for currency in currencies
        ],
    }


def _add(charges: Iterable[Charge]) -> str:
    return format(sum((charge.amount or Decimal() for charge in charges), Decimal()), "f")


def _show(charge: Charge, now: datetime) -> dict[str, Any]:
    number = charge.number
    notes = (UNKNOWN_PRICE if charge.amount is None else "", STILL_CHARGED if charge.is_still_at_twilio else "")
    return {
        "number_id": number.id,
        "phone_number": number.phone_number,
        "label": number.label,
        "status": number.status,
        "location": charge.location,
        "charged_at": charge.at.isoformat(),
        "expected": charge.at > now,
        "amount": format(charge.amount, "f") if charge.amount is not None else None,
        "currency": charge.currency,
        "since": number.purchased_at.isoformat(),
        "until": number.charged_until.isoformat() if number.charged_until else None,
        "note": " ".join(filter(None, notes)) or None,
    }


def _cell(bill: dict[str, Any], row: dict[str, Any], name: str) -> Any:
    if name == "month":
        return bill["month"]
    if name == "location":
        return row["location"]["name"] if row["location"] else None
    return ("yes" if row["expected"] else "no") if name == "expected" else row[name]
