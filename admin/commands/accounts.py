"""`flask accounts create|list|edit`."""

import click

from admin.commands.shell import Commands, account_option, changes, columns_of, json_option, tell, tell_rows, who
from operations.accounts import create_account, edit_account, list_accounts
from operations.changes import Who
from operations.permissions import SYSTEM

accounts = Commands("accounts", help="Accounts: the businesses.")


@accounts.command("create")
@click.argument("name")
@json_option
def create(name: str, as_json: bool) -> None:
    """Create an account."""
    account = create_account(changes(), Who(None, "shell", SYSTEM), name)
    tell(as_json, account, f"Account {account['id']} “{account['name']}” created.")


@accounts.command("list")
@json_option
def list_command(as_json: bool) -> None:
    """List the accounts."""
    with changes().database.reading() as session:
        rows = list_accounts(session)
    tell_rows(as_json, rows, columns_of("id", "name", "purchases_per_day", "call_retention_days"))


@accounts.command("edit")
@click.option("--name")
@click.option("--purchases-per-day", type=int, help="How many numbers it may get in 24 hours.")
@click.option("--call-retention-days", type=int, help="For how long its calls are kept.")
@account_option
@json_option
def edit(
    name: str | None,
    purchases_per_day: int | None,
    call_retention_days: int | None,
    account: str | None,
    as_json: bool,
) -> None:
    """Rename an account or change its limits."""
    edited, outcome = edit_account(
        changes(),
        who(account),
        name=name,
        purchases_per_day=purchases_per_day,
        call_retention_days=call_retention_days,
    )
    tell(as_json, edited, f"Account “{edited['name']}” edited.", outcome)
