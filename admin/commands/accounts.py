"""`flask accounts create|list|edit`."""

import click

from admin.commands.pause_numbers import chosen_treatment
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
@click.option("--paused-busy", is_flag=True, help="Callers of paused numbers usually hear the busy tone.")
@click.option("--paused-not-in-service", is_flag=True, help="They usually hear that the number is not in service.")
@click.option("--paused-message", help="This is usually spoken to them.")
@click.option("--paused-forward-to", help="They are usually forwarded to this phone number.")
@account_option
@json_option
def edit(
    name: str | None,
    purchases_per_day: int | None,
    call_retention_days: int | None,
    paused_busy: bool,
    paused_not_in_service: bool,
    paused_message: str | None,
    paused_forward_to: str | None,
    account: str | None,
    as_json: bool,
) -> None:
    """Rename an account, change its limits, or what callers meet whose pause does not say."""
    edited, outcome = edit_account(
        changes(),
        who(account),
        name=name,
        purchases_per_day=purchases_per_day,
        call_retention_days=call_retention_days,
        paused_treatment=chosen_treatment(paused_busy, paused_not_in_service, paused_message, paused_forward_to),
        paused_message=paused_message,
        paused_forward_to=paused_forward_to,
    )
    tell(as_json, edited, f"Account “{edited['name']}” edited.", outcome)
