"""`flask billing show`."""

import click

from admin.commands.shell import Commands, Row, account_id, account_option, changes, json_option, tell, tell_rows
from operations.billing import show_bill, write_bill

billing = Commands("billing", help="What the numbers cost.")


@billing.command("show")
@click.option("--month", help="A month of UTC such as 2026-11 [default: this one]")
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV, a line for each charge.")
@account_option
@json_option
def show(month: str | None, as_csv: bool, account: str | None, as_json: bool) -> None:
    """Show what each number costs in a month, charged or expected, and the sums per location and currency."""
    with changes().database.reading() as session:
        bill = show_bill(session, account_id(account), month)
    if as_csv:
        click.echo(write_bill(bill), nl=False)
        return
    if as_json:
        tell(True, bill, "")
        return
    tell_rows(False, bill["numbers"], NUMBERS)
    click.echo()
    tell_rows(False, [*bill["locations"], {"location": {"name": f"all of {bill['month']}"}} | bill], LOCATIONS)


def _name_of_location(row: Row) -> str:
    return str(row["location"]["name"]) if row["location"] else "(no location)"


def _amounts(row: Row) -> str:
    return ", ".join(f"{total['amount']} {total['currency']}" for total in row["totals"])


NUMBERS = {
    "number": lambda row: row["phone_number"],
    "location": _name_of_location,
    "charged": lambda row: row["charged_at"][:10] + (" (expected)" if row["expected"] else ""),
    "amount": lambda row: f"{row['amount']} {row['currency']}" if row["amount"] else "unknown",
    "since": lambda row: row["since"][:10],
    "until": lambda row: (row["until"] or "")[:10],
    "note": lambda row: row["note"],
}
LOCATIONS = {
    "location": _name_of_location,
    "charges": lambda row: row["charges"],
    "amount": _amounts,
    "unknown prices": lambda row: row["unknown_prices"],
}
