"""Say what an account's numbers cost in a month, each and in all, per location and per currency; currencies never mix.

Only the monthly prices of numbers: what calls cost is Twilio's to say.
"""

import re
from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from operations.charge_dates import Month, month_of
from operations.charges import Charge, Kind, find_charges, find_charges_of_page, kinds_of_charges
from operations.csv_text import write_csv
from operations.errors import Invalid
from operations.pages import LARGEST_PAGE

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
SUMS = ("charges", "unknown_prices", "totals", "locations")
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
    return _add_up(of, Counter(charge.kind(now) for charge in charges)) | {
        "numbers": [_show(charge, now) for charge in charges]
    }


def show_bill_page(
    session: Session, account_id: int, month: str | None = None, cursor: str | None = None, limit: int = LARGEST_PAGE
) -> tuple[dict[str, Any], str | None]:
    """Return a bill with a page of its `numbers`, and the cursor of the next one.

    The first page has the sums, which are None on the others. Raises Invalid for a month or cursor that there is not.
    """
    of = read_month(month) if month is not None else month_of(datetime.now(UTC))
    page, next_cursor = begin_bill(session, account_id, of, limit, cursor)
    sums = add_up_bill(session, account_id, of) if not cursor else {"month": str(of)} | dict.fromkeys(SUMS)
    return sums | page, next_cursor


def add_up_bill(session: Session, account_id: int, month: Month) -> dict[str, Any]:
    """Return a month's bill without its `numbers`. Of 100,000 numbers that takes about a second."""
    return _add_up(month, Counter(kinds_of_charges(session, account_id, month, datetime.now(UTC))))


def begin_bill(
    session: Session, account_id: int, month: Month, limit: int, cursor: str | None = None
) -> tuple[dict[str, Any], str | None]:
    """Return of a month's bill only the `numbers`, of so many of the account's, and the cursor of those after them.

    That takes no time. Not every number is charged, so there may be fewer. Raises Invalid for a strange cursor.
    """
    now = datetime.now(UTC)
    charges, next_cursor = find_charges_of_page(session, account_id, month, cursor, limit)
    return {"month": str(month), "numbers": [_show(charge, now) for charge in charges]}, next_cursor


def _add_up(month: Month, kinds: Counter[Kind]) -> dict[str, Any]:
    by_location: dict[int | None, Counter[Kind]] = {}
    names: dict[int | None, str] = {}
    for kind, count in kinds.items():
        location_id, name = kind.location or (None, "")
        names[location_id] = name
        by_location.setdefault(location_id, Counter())[kind] = count
    locations = [
        {
            "location": location_id and {"id": location_id, "name": names[location_id]},
            **_sum_up(by_location[location_id]),
        }
        for location_id in sorted(by_location, key=lambda location_id: (location_id is None, names[location_id]))
    ]
    return {"month": str(month), **_sum_up(kinds), "locations": locations}


def write_bill(bill: dict[str, Any]) -> str:
    """Return a bill as CSV: a line for each charge, without totals, which a spreadsheet would add up again."""
    rows = ([_cell(bill, row, name) for name in COLUMNS] for row in bill["numbers"])
    return "".join(write_csv(COLUMNS, rows))


def read_month(text: str) -> Month:
    """Read a month such as 2026-11; raises Invalid."""
    if not (found := MONTH.fullmatch(text)):
        raise Invalid(f"“{text[:40]}” is not a month such as 2026-11.")
    return Month(int(found[1]), int(found[2]))


def _sum_up(kinds: Counter[Kind]) -> dict[str, Any]:
    """Add up what is known, for each currency: all of it, and of that what is expected."""
    currencies = sorted({kind.currency for kind in kinds if kind.currency})
    return {
        "charges": kinds.total(),
        "unknown_prices": sum(count for kind, count in kinds.items() if kind.amount is None),
        "totals": [
            {
                "currency": currency,
                "amount": _add(kinds, currency),
                "expected": _add(Counter({kind: count for kind, count in kinds.items() if kind.is_expected}), currency),
            }
            for currency in currencies
        ],
    }


def _add(kinds: Counter[Kind], currency: str) -> str:
    amounts = ((kind.amount or Decimal()) * count for kind, count in kinds.items() if kind.currency == currency)
    return format(sum(amounts, Decimal()), "f")


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
