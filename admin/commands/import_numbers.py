"""`flask numbers import`."""

import json
import sys
from collections.abc import Sequence
from typing import BinaryIO

import click
from flask.cli import with_appcontext

from admin.commands.progress import showing_progress, stopping_between_steps
from admin.commands.shell import (
    Row,
    WrongUsage,
    account_option,
    changes,
    columns_of,
    json_option,
    say_unconfirmed,
    tell_rows,
    twilio,
    webhooks,
    who,
)
from operations.changes import Who
from operations.errors import OperationError
from operations.import_numbers import ADD, ImportPlan, PlannedRow, import_row, plan_import
from operations.in_force import Outcome
from operations.read_numbers_csv import LARGEST_FILE_BYTES, WrongLine, read_numbers_csv

SHOWN = ("line", "phone_number", "agent", "location", "label", "action", "voice_url_now", "voice_url_then")


@click.command("import")
@click.argument("file", type=click.File("rb"), metavar="FILE.csv")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--dry-run", is_flag=True, help="Only show what would be done.")
@account_option
@json_option
@with_appcontext
def import_numbers(file: BinaryIO, yes: bool, dry_run: bool, account: str | None, as_json: bool) -> None:
    """Take over many numbers from a CSV file with the columns phone_number, agent, location and label.

    What would be done is shown first; nothing is done if any line is wrong. Ctrl-C stops between two numbers, and the
    same file can be imported again to go on.
    """
    actor = who(account)
    plan = make_plan(actor, file.read(LARGEST_FILE_BYTES + 1))
    to_add = [planned for planned in plan.rows if planned.action == ADD]
    if plan.problem:
        click.echo(f"Twilio could not be asked, so nothing is changed there. {plan.problem}", err=True)
    if dry_run or not as_json:
        tell_rows(as_json, [planned.show() for planned in plan.rows], columns_of(*SHOWN))
    if dry_run:
        return
    if to_add and not yes:
        click.confirm(f"Take over {len(to_add):,} numbers?", abort=True, err=True)
    taken_over = import_all(actor, to_add)
    if as_json:
        click.echo(json.dumps([number for number, _ in taken_over]))
    click.echo(f"{len(taken_over):,} of {len(to_add):,} numbers taken over.", err=True)
    is_done = len(taken_over) == len(to_add) and all(outcome.in_force for _, outcome in taken_over)
    sys.exit(0 if is_done else 1)


def make_plan(actor: Who, content: bytes) -> ImportPlan:
    """Read the file and find out what it would do; end with all that is wrong with it."""
    rows, wrong = read_numbers_csv(content)
    with showing_progress("Numbers read from Twilio") as advance:
        plan = plan_import(changes().database, twilio(), webhooks(), actor.account, rows, advance)
    refuse([*wrong, *plan.wrong])
    return plan


def refuse(wrong: Sequence[WrongLine]) -> None:
    """End the command if any line is wrong, and tell of every one."""
    for each in sorted(wrong, key=lambda each: each.line):
        click.echo(f"Line {each.line}: {each.problem}", err=True)
    if wrong:
        raise WrongUsage(f"{len(wrong):,} lines are wrong. Nothing was done.")


def import_all(actor: Who, to_add: Sequence[PlannedRow]) -> list[tuple[Row, Outcome]]:
    """Take one number over after another, each as a whole also on Ctrl-C; return those that were."""
    taken_over = []
    with (
        stopping_between_steps() as stop_if_asked,
        showing_progress("Numbers taken over", len(to_add)) as advance,
    ):
        for planned in to_add:
            stop_if_asked()
            try:
                number, outcome = import_row(changes(), actor, twilio(), webhooks(), planned)
            except OperationError as error:
                click.echo(f"Line {planned.row.line}: {error.message}", err=True)
            else:
                taken_over.append((number, outcome))
                waiting = () if outcome.in_force else (say_unconfirmed(outcome),)
                for warning in (*outcome.warnings, *waiting):
                    click.echo(f"Line {planned.row.line}: {warning}", err=True)
            advance(1)
    return taken_over
