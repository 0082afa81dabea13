"""`flask agents numbers` and `flask locations numbers`: which numbers one has, and the whole set anew."""

import click

from admin.commands.shell import (
    Commands,
    Row,
    account_id,
    account_option,
    changes,
    columns_of,
    json_option,
    tell,
    tell_rows,
    who,
)
from operations.holders import HolderKind
from operations.numbers_of import every_number_of, set_numbers_of


def add_numbers_command(group: Commands, kind: HolderKind) -> None:
    """Give the commands of agents or of locations the one for their numbers."""

    @group.command(
        "numbers", help=f"List the numbers of {kind.phrase} (by name or id), or give it exactly those named."
    )
    @click.argument("holder", metavar=kind.word.upper())
    @click.argument("phone_numbers", nargs=-1, metavar="[PHONE_NUMBER…]")
    @click.option("--none", is_flag=True, help="Take all its numbers away.")
    @click.option("--move", is_flag=True, help=f"Also numbers that another {kind.word} has.")
    @account_option
    @json_option
    def numbers(
        holder: str, phone_numbers: tuple[str, ...], none: bool, move: bool, account: str | None, as_json: bool
    ) -> None:
        if none and phone_numbers:
            raise click.UsageError("Name numbers, or say --none.")
        if none or phone_numbers:
            rows, outcome = set_numbers_of(changes(), who(account), kind, holder, phone_numbers, move=move)
            tell(as_json, {"numbers": rows}, f"“{holder}” has {_these(rows)}.", outcome)
            return
        with changes().database.reading() as session:
            rows = every_number_of(session, account_id(account), kind, holder)
        tell_rows(as_json, rows, columns_of("phone_number", "status", "label"))


def _these(rows: list[Row]) -> str:
    return ", ".join(row["phone_number"] for row in rows) or "no number"
