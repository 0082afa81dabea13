"""`flask changes list|show`: the audit trail."""

from typing import Any

import click

from admin.commands.shell import Commands, Row, account_id, account_option, changes, json_option, tell, tell_rows
from operations.list_changes import ChangeFilters, get_change, list_changes
from operations.pages import LARGEST_PAGE

audit_trail = Commands("changes", help="The audit trail: who changed what, and why.")


@audit_trail.command("list")
@click.option("--number", help="Only changes that name this phone number.")
@click.option("--action", help="Only this action, such as number.paused, or kind of thing, such as agent.")
@click.option("--by", "made_by", help="Only what this person, token or program did.")
@click.option("--from", "since", help="Only changes since this day (of UTC) or moment, in ISO 8601.")
@click.option("--until", help="Only changes up to this day (included) or moment (not included).")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, LARGEST_PAGE))
@account_option
@json_option
def list_command(limit: int, account: str | None, as_json: bool, **said: Any) -> None:
    """List the latest changes, newest first."""
    with changes().database.reading() as session:
        rows = list_changes(session, account_id(account), ChangeFilters(**said), limit=limit).rows
    columns = {"n": lambda row: row["n"], "made": lambda row: row["made_at"][:19], "what": lambda row: row["sentence"]}
    tell_rows(as_json, rows, columns)


@audit_trail.command("show")
@click.argument("n", type=click.IntRange(min=1))
@account_option
@json_option
def show(n: int, account: str | None, as_json: bool) -> None:
    """Show a change: what was before, what is after, and whether it is in force on every host."""
    with changes().database.reading() as session:
        change = get_change(session, account_id(account), n)
    unconfirmed = changes().hosts_without(n)
    shown = change | {"in_force": not unconfirmed, "unconfirmed": list(unconfirmed)}
    tell(as_json, shown, f"{change['sentence']} ({change['made_at'][:19]} UTC)")
    if not as_json:
        tell_rows(False, change["changed"], COLUMNS)
        click.echo(f"Not yet in force on: {', '.join(unconfirmed)}" if unconfirmed else "In force on every host.")


def _field(row: Row) -> str:
    return f"{row['of']}: {row['field']}" if row["of"] else str(row["field"])


COLUMNS = {"field": _field, "before": lambda row: row["before"], "after": lambda row: row["after"]}
