"""`flask numbers add`."""

import click
from flask.cli import with_appcontext

from admin.commands.shell import account_option, changes, json_option, receives, tell, twilio, webhooks, who
from operations.add_number import add_number


@click.command("add")
@click.argument("phone_number")
@click.option("--agent", help="Agent (name or id) that answers it.")
@click.option("--location", help="Location (name or id) that its calls are for.")
@click.option("--label", default="", help="What people call it; without it, its friendly name at Twilio.")
@account_option
@json_option
@with_appcontext
def add(
    phone_number: str, agent: str | None, location: str | None, label: str, account: str | None, as_json: bool
) -> None:
    """Take over a number that you own at Twilio already, and point it here."""
    actor = who(account)
    number, outcome = add_number(
        changes(), actor, phone_number, agent, location, label, twilio=twilio(), webhooks=webhooks()
    )
    # What is left to do at Twilio may be that no call comes, and is said next.
    whom = "" if outcome.warnings else f" {receives(number)}"
    tell(as_json, number, f"{number['phone_number']} added.{whom}", outcome)
