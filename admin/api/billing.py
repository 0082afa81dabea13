"""/billing: what the numbers cost in a month."""

from typing import Annotated, Literal

from pydantic import Field

from admin.api.answers import OneWithPage, Row, Table
from admin.api.asked import Asked
from admin.api.endpoint import Resource
from admin.api.schema import LEFT_OUT, Id, Moment, Money, PageQuery, Reference, Shown, Taken
from operations.billing import show_bill, show_bill_page, write_bill
from operations.pages import LARGEST_PAGE
from operations.permissions import READ

Currency = Annotated[str, Field(description="ISO 4217.")]
billing = Resource("Billing")


class BillQuery(Taken):
    """Which month; this one if nothing is said."""

    month: Annotated[str, Field(max_length=7, description="Of UTC, such as 2026-11.")] = LEFT_OUT


class BillPageQuery(BillQuery, PageQuery):
    """Which month, and which part of its charges."""

    limit: Annotated[int, Field(ge=1, le=LARGEST_PAGE, description="Charges of how many numbers at most.")] = (
        LARGEST_PAGE
    )


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


class ShownBill(Shown):
    """What the numbers cost in a month: each, per location, and in all. Sums are on the first page, and else null."""

    month: str
    charges: int | None
    unknown_prices: int | None
    totals: list[ShownTotal] | None
    locations: list[LocationsCharges] | None
    numbers: list[ShownCharge]


@billing.get("/billing", READ, OneWithPage(ShownBill))
def show(asked: Asked, query: BillPageQuery) -> tuple[Row, str | None]:
    """Show what the numbers cost in a month, charged or expected: the sums, and the charges page by page."""
    with asked.reading() as session:
        return show_bill_page(session, asked.account, query.month, query.cursor, query.limit)


@billing.get("/billing.csv", READ, Table("billing.csv"))
def show_table(asked: Asked, query: BillQuery) -> str:
    """Write the charges of a month as CSV."""
    with asked.reading() as session:
        return write_bill(show_bill(session, asked.account, query.month))
