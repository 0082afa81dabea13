"""`flask numbers what-if`."""

import click
from flask import current_app
from flask.cli import with_appcontext

from admin.commands.shell import account_id, account_option, changes, json_option, tell
from operations.what_if import Supposed, what_if


@click.command("what-if")
@click.argument("phone_number")
@click.option("--from", "caller", help="The caller's number, or the word that a carrier sends for a withheld one.")
@click.option("--via", "forwarded_from", help="The forwarded line that it comes through.")
@click.option("--at", help="A moment to come, in ISO 8601: a pause may be over by then.  [default: now]")
@account_option
@json_option
@with_appcontext
def ask_what_if(
    phone_number: str,
    caller: str | None,
    forwarded_from: str | None,
    at: str | None,
    account: str | None,
    as_json: bool,
) -> None:
    """Say what a call would meet, without a call and without a record."""
    supposed = Supposed(caller, forwarded_from, at)
    owner, path = account_id(account), current_app.extensions["call_path"]
    with changes().database.reading() as session:
        found = what_if(session, changes(), path, owner, phone_number, supposed)
    tell(as_json, found, found["sentence"])
    if not as_json:
        click.echo(found["twiml"])
        if found["unconfirmed"]:
            click.echo(f"Not yet in force on: {', '.join(found['unconfirmed'])}", err=True)
