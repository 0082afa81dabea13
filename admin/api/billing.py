"""/billing: what the numbers cost in a month."""

from typing import Annotated, Literal

from pydantic import Field

from admin.api.answers import One, Row, Table
from admin.api.asked import Asked
from admin.api.endpoint import Resource
from admin.api.schema import LEFT_OUT, Id, Moment, Money, Reference, Shown, Taken
from operations.billing import show_bill, write_bill
from operations.permissions import READ

Currency = Annotated[str, Field(description="ISO 4217.")]
billing = Resource("Billing")


class BillQuery(Taken):
    """Which month; this one if nothing is said."""

    month: Annotated[str, Field(max_length=7, description="Of UTC, such as 2026-11.")] = LEFT_OUT


class ShownTotal(Shown):
    """A sum in one currency, and how much of it is of days to come."""

    currency: Currency
    amount: Money
    expected: Money


class SummedUp(Shown):
    """Charges, added up for each currency; those whose price nobody knows are in no total."""

    charges: int
    unknown_prices: int
    totals: list[ShownTotal]


class LocationsCharges(SummedUp):
    """What the numbers of a location cost; null is that of numbers which had none on their day."""

    location: Reference | None


class ShownCharge(Shown):
    """A number's price for the month that begins at `charged_at`, and the location that it had then."""

    number_id: Id
    phone_number: str
    label: str
    status: Literal["active", "paused", "pending", "released"]
    location: Reference | None
    charged_at: Moment
    expected: bool
    amount: Money | None
    currency: Currency | None
    since: Moment
    until: Moment | None
    note: str | None


class ShownBill(SummedUp):
    """What the numbers cost in a month: each, per location, and in all."""

    month: str
    locations: list[LocationsCharges]
    numbers: list[ShownCharge]


@billing.get("/billing", READ, One(ShownBill))
def show(asked: Asked, query: BillQuery) -> Row:
    """Show what the numbers cost in a month, charged or expected."""
    with asked.reading() as session:
        return show_bill(session, asked.account, query.month)


@billing.get("/billing.csv", READ, Table("billing.csv"))
def show_table(asked: Asked, query: BillQuery) -> str:
    """Write the charges of a month as CSV."""
    with asked.reading() as session:
        return write_bill(show_bill(session, asked.account, query.month))
