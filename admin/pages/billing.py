"""What the numbers cost in a month, by location and each."""

from datetime import UTC, datetime

from flask import Response, render_template, request

from admin.pages.answers import reading
from admin.pages.guard import page, signed_in
from operations.billing import MONTH, add_up_bill, begin_bill, read_month, show_bill, write_bill
from operations.charge_dates import Month, month_of
from operations.charges import count_charged
from operations.permissions import READ

MOST_SHOWN = 200
# The bill of more numbers is added up while its first ones are shown already.
MOST_AT_ONCE = 2_000


@page("/settings/billing", READ)
def bill_page() -> str:
    """Show a month's bill; of many numbers the first ones, and the table to download has all.

    The sums of very many are asked for by the page itself, or with `sum` by whoever has no JavaScript.
    """
    month, account_id = _month(), signed_in().who.account
    with reading() as session:
        bill, _ = begin_bill(session, account_id, month, MOST_SHOWN)
        is_large = count_charged(session, account_id, month, MOST_AT_ONCE + 1) > MOST_AT_ONCE
        if not is_large or request.args.get("sum"):
            bill |= add_up_bill(session, account_id, month)
    before = Month(month.year, month.number - 1) if month.number > 1 else Month(month.year - 1, 12)
    beside = {name: each for name, each in (("before", before), ("after", month.next)) if MONTH.fullmatch(str(each))}
    return render_template("settings/billing.html", bill=bill, month=month, **beside)


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
