"""`flask numbers sync`."""

import sys
from collections.abc import Sequence

import click
from flask.cli import with_appcontext

from admin.commands.progress import showing_progress, stopping_between_steps
from admin.commands.shell import (
    account_id,
    account_option,
    changes,
    columns_of,
    json_option,
    say_how_many,
    tell_rows,
    twilio,
    webhooks,
)
from operations.changes import Who
from operations.checking import read_phone_number
from operations.errors import OperationError
from operations.finish_at_twilio import adopt_orphans, finish_at_twilio
from operations.permissions import SYSTEM
from operations.repair_numbers import REPAIRED_ALONE, repair_number
from operations.sync_numbers import GONE_AT_TWILIO, REPAIRS, Compared, Difference, compare_numbers, show_difference


@click.command("sync")
@click.option("--repair", is_flag=True, help="Repair what can be repaired. A number is released only with --only.")
@click.option("--only", metavar="KIND|+1…", help=f"Only one number, or one kind: {', '.join(REPAIRS)}.")
@account_option
@json_option
@with_appcontext
def sync(repair: bool, only: str | None, account: str | None, as_json: bool) -> None:
    """Finish what was cut off at Twilio, then compare its numbers with ours; exit status 1 if any differ."""
    wanted = only if only is None or only in REPAIRS else read_phone_number(only)
    whose = account_id(account) if account else None
    problems = finish_at_twilio(changes(), twilio(), webhooks())
    compared = compare(whose, problems)
    if adopted := adopt_orphans(changes(), compared.unknown):
        click.echo(f"Bought before, and now in its account: {', '.join(adopted)}", err=True)
        compared = compare(whose, problems)
    chosen = choose(compared.differences, wanted)
    if repair and chosen:
        repair_all(chosen, wanted, compared.on_both_sides)
        chosen = choose(compare(whose, problems).differences, wanted)
    shown = [show_difference(one) for one in chosen]
    tell_rows(as_json, shown, columns_of("phone_number", "kind", "repair", "sentence"))
    if not as_json:
        click.echo(say_how_many(len(chosen)), err=True)
    sys.exit(1 if chosen else 0)


def compare(whose: int | None, problems: dict[str, str]) -> Compared:
    """Compare while showing how many of Twilio's numbers were read."""
    with showing_progress("Numbers read from Twilio") as advance:
        return compare_numbers(
            changes().database, twilio(), webhooks(), account_id=whose, problems=problems, advance=advance
        )


def choose(differences: Sequence[Difference], wanted: str | None) -> list[Difference]:
    """Return the differences of the kind or number that --only names."""
    return [one for one in differences if wanted in (None, one.kind, one.phone_number)]


def repair_all(differences: Sequence[Difference], wanted: str | None, on_both_sides: int) -> None:
    """Repair one after another, each as a whole also on Ctrl-C; say of each how it went."""
    mine = [one for one in differences if may_be_repaired(one, wanted, on_both_sides)]
    with stopping_between_steps() as stop_if_asked, showing_progress("Differences repaired", len(mine)) as advance:
        for difference in mine:
            stop_if_asked()
            repair_one(difference)
            advance(1)


def may_be_repaired(difference: Difference, wanted: str | None, on_both_sides: int) -> bool:
    """Leave out what a person has to decide.

    A number that is gone at Twilio is released here only when that was said; and not many of them at once if Twilio has
    none of our numbers at all, because then the credentials are another account's.
    """
    if difference.kind != GONE_AT_TWILIO:
        return difference.kind in REPAIRED_ALONE
    if wanted == difference.phone_number or (wanted == GONE_AT_TWILIO and on_both_sides):
        return True
    if wanted == GONE_AT_TWILIO:
        click.echo(f"{difference.phone_number}: Twilio has none of our numbers. Is this the right account?", err=True)
    return False


def repair_one(difference: Difference) -> None:
    """Repair a difference in its number's account, and say how it went."""
    actor = Who(difference.account_id, "shell", SYSTEM)
    ways = (twilio(), webhooks())
    try:
        _, outcome = repair_number(changes(), actor, *ways, difference.kind, difference.phone_number)
    except OperationError as error:
        click.echo(f"{difference.phone_number}: {error.message}", err=True)
    else:
        said = "repaired" if outcome.in_force else "repaired, but not yet in force on every host"
        click.echo(f"{difference.phone_number}: {difference.kind} {said}.", err=True)
        for warning in outcome.warnings:
            click.echo(warning, err=True)
