"""`flask numbers release`."""

import click
from flask.cli import with_appcontext

from admin.commands.shell import account_option, changes, json_option, tell, twilio, who
from operations.changes import Who
from operations.checking import read_phone_number
from operations.release_impact import release_impact, tell_impact
from operations.release_number import is_confirmed, release_number


@click.command("release")
@click.argument("phone_number")
@click.option("--reason", help="Why, for the audit trail.")
@click.option("--yes", is_flag=True, help="Neither show what it costs nor ask.")
@account_option
@json_option
@with_appcontext
def release(phone_number: str, reason: str | None, yes: bool, account: str | None, as_json: bool) -> None:
    """Release a number for good: stop its calls, then give it back to Twilio. This cannot be undone."""
    actor = who(account)
    confirm = None if yes else ask_for_the_number(actor, read_phone_number(phone_number))
    number, outcome = release_number(changes(), actor, phone_number, reason, twilio=twilio(), confirm=confirm)
    freed = (
        "given back to Twilio and not charged any more" if number["charged_until"] else "not yet given back to Twilio"
    )
    tell(as_json, number, f"{number['phone_number']} is released: it takes no calls, and is {freed}.", outcome)


def ask_for_the_number(actor: Who, phone_number: str) -> str:
    """Show what the release costs, and return what was typed; anything but the number ends the command."""
    with changes().database.reading() as session:
        impact = release_impact(session, actor.account, phone_number)
    for sentence in tell_impact(impact):
        click.echo(sentence, err=True)
    question = f"Release {phone_number}? This cannot be undone. Type the number to do it"
    typed: str = click.prompt(question, default="", show_default=False, err=True)
    if not is_confirmed(phone_number, typed):
        raise click.ClickException(f"That is not {phone_number}. Nothing was done.")
    return typed
