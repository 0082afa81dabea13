"""`flask numbers`: the group; several of its commands are in files of their own."""

import click

from admin.commands.add import add
from admin.commands.get import get
from admin.commands.import_numbers import import_numbers
from admin.commands.pause_numbers import pause, resume
from admin.commands.release import release
from admin.commands.search import search
from admin.commands.shell import (
    Commands,
    Row,
    account_id,
    account_option,
    changes,
    json_option,
    receives,
    tell,
    tell_rows,
    who,
)
from admin.commands.sync import sync
from admin.commands.what_if import ask_what_if
from models import NUMBER_STATUSES
from operations.assign_number import assign_number, assign_numbers
from operations.list_numbers import list_numbers

numbers = Commands("numbers", help="Phone numbers.")
numbers.add_command(add)
numbers.add_command(get)
numbers.add_command(pause)
numbers.add_command(release)
numbers.add_command(resume)
numbers.add_command(search)
numbers.add_command(sync)
numbers.add_command(import_numbers)
numbers.add_command(ask_what_if)


@numbers.command("assign")
@click.argument("phone_numbers", nargs=-1, required=True, metavar="PHONE_NUMBER…")
@click.option("--agent", help="Agent (name or id); empty to take the number from its agent.")
@click.option("--location", help="Location (name or id); empty to take the number from its location.")
@click.option("--label", help="What people call it (one number only); empty for nothing.")
@click.option("--move", is_flag=True, help="Also if another agent or location has it.")
@account_option
@json_option
def assign(
    phone_numbers: tuple[str, ...],
    agent: str | None,
    location: str | None,
    label: str | None,
    move: bool,
    account: str | None,
    as_json: bool,
) -> None:
    """Give a number, or several in one change, to an agent, a location, or both; or label it."""
    if agent is None and location is None and label is None:
        raise click.UsageError("Say --agent, --location, --label or several of them.")
    if len(phone_numbers) > 1:
        if label is not None:
            raise click.UsageError("A label is for one number.")
        many, outcome = assign_numbers(changes(), who(account), phone_numbers, agent, location, move=move)
        tell(as_json, {"numbers": many}, f"{len(many)} numbers assigned.", outcome)
        return
    [phone_number] = phone_numbers
    number, outcome = assign_number(changes(), who(account), phone_number, agent, location, label=label, move=move)
    tell(as_json, number, f"{number['phone_number']} assigned. {receives(number)}", outcome)


@numbers.command("list")
@click.option("--status", type=click.Choice(NUMBER_STATUSES))
@account_option
@json_option
def list_command(status: str | None, account: str | None, as_json: bool) -> None:
    """List the numbers, released ones too."""
    with changes().database.reading() as session:
        rows = list_numbers(session, account_id(account), status)
    tell_rows(
        as_json,
        rows,
        {
            "number": lambda row: row["phone_number"],
            "status": status_of,
            "receiving calls": lambda row: "yes" if row["receiving_calls"] else "no",
            "agent": lambda row: (row["agent"] or {}).get("name"),
            "location": lambda row: (row["location"] or {}).get("name"),
            "label": lambda row: row["label"],
        },
    )


def status_of(number: Row) -> str:
    """Say a number's status, and of a released one whether Twilio has it back."""
    is_waiting = number["status"] == "released" and number["charged_until"] is None
    return "released, not yet given back" if is_waiting else str(number["status"])
