"""What the numbers cost in a month, by location and each."""

from datetime import UTC, datetime

from flask import Response, render_template, request

from admin.pages.answers import reading
from admin.pages.guard import page, signed_in
from operations.billing import read_month, show_bill, write_bill
from operations.charge_dates import Month, month_of
from operations.permissions import READ

MOST_SHOWN = 200


@page("/settings/billing", READ)
def bill_page() -> str:
    """Show a month's bill; of many numbers the first ones, and the table to download has all."""
    month = _month()
    with reading() as session:
        bill = show_bill(session, signed_in().who.account, str(month))
    before = Month(month.year, month.number - 1) if month.number > 1 else Month(month.year - 1, 12)
    return render_template("settings/billing.html", bill=bill, before=before, after=month.next, most_shown=MOST_SHOWN)


@page("/settings/billing.csv", READ)
def bill_table() -> Response:
    """Send a month's charges as CSV."""
    month = _month()
    with reading() as session:
        table = write_bill(show_bill(session, signed_in().who.account, str(month)))
    named = {"Content-Disposition": f"attachment; filename=billing-{month}.csv"}
    return Response(table, content_type="text/csv; charset=utf-8", headers=named)


def _month() -> Month:
    """Read the month of the address, the present one (of UTC) by default; raises Invalid."""
    asked = request.args.get("month")
    return read_month(asked) if asked else month_of(datetime.now(UTC))
