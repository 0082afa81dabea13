"""`flask numbers get`."""

import sys
import time

import click
from flask.cli import with_appcontext

from admin.commands.shell import account_option, changes, json_option, receives, tell, twilio, webhooks, who
from operations.changes import Who
from operations.errors import DatabaseUnavailable
from operations.get_number import Getting, get_number, look_again, quote_price, read_wish
from operations.twilio_errors import TwilioUnavailable

WAIT_SECONDS = 5.0
LOOK_EVERY_SECONDS = 1.0


@click.command("get")
@click.argument("phone_number")
@click.option("--agent", help="Agent (name or id) that answers it.")
@click.option("--location", help="Location (name or id) that its calls are for.")
@click.option("--label", default="", help="What people call it.")
@click.option("--idempotency-key", help="Say the same again to repeat this command without buying twice.")
@click.option("--wait", is_flag=True, help=f"Wait until it is active, not only {WAIT_SECONDS:.0f} seconds.")
@click.option("--yes", is_flag=True, help="Neither show the price nor ask.")
@account_option
@json_option
@with_appcontext
def get(
    phone_number: str,
    agent: str | None,
    location: str | None,
    label: str,
    idempotency_key: str | None,
    wait: bool,
    yes: bool,
    account: str | None,
    as_json: bool,
) -> None:
    """Buy a number that `flask numbers search` found. It is charged for every month until it is released."""
    actor = who(account)
    if not yes:
        ask_whether_to_pay(phone_number)
    getting = get_number(
        changes(),
        twilio(),
        webhooks(),
        actor,
        phone_number,
        agent=agent,
        location=location,
        label=label,
        idempotency_key=idempotency_key,
    )
    getting = wait_until_active(actor, getting, None if wait else WAIT_SECONDS)
    tell(as_json, getting.number, sentence_of(getting), getting.outcome)
    if not getting.is_certain:
        sys.exit(1)


def ask_whether_to_pay(phone_number: str) -> None:
    """Show what the number costs a month; anything but yes ends the command."""
    wish = read_wish(phone_number)
    price = quote_price(changes().database, twilio(), wish)
    costs = f"{price.amount} {price.unit} a month" if price else "a monthly price that Twilio does not tell"
    click.confirm(f"Get {wish.phone_number} for {costs}?", abort=True, err=True)


def wait_until_active(actor: Who, getting: Getting, seconds: float | None) -> Getting:
    """Look every second until the number is active or the time is up; to stop waiting stops nothing else."""
    give_up_at = None if seconds is None else time.monotonic() + seconds
    said = None
    while getting.number["status"] == "pending" and (give_up_at is None or time.monotonic() < give_up_at):
        doing = "is Pending" if getting.is_certain else "is ordered; Twilio has not said yet whether it is bought"
        if said != doing:
            click.echo(f"{getting.number['phone_number']} {doing}. Waiting …", err=True)
            said = doing
        time.sleep(LOOK_EVERY_SECONDS)
        try:
            getting = look_again(changes(), twilio(), webhooks(), actor, getting)
        except (TwilioUnavailable, DatabaseUnavailable) as problem:
            click.echo(problem.message, err=True)
    return getting


def sentence_of(getting: Getting) -> str:
    """Say how far it got."""
    number = getting.number
    if not getting.is_certain:
        return f"{number['phone_number']} is ordered, and Pending."
    price = f" for {number['monthly_price']} {number['price_unit']} a month" if number["monthly_price"] else ""
    if number["status"] == "pending":
        return f"{number['phone_number']} is yours{price}, and Pending until Twilio puts calls through."
    return f"{number['phone_number']} is yours{price}. {receives(number)}"
