"""`flask calls list`, and the group of all `flask calls …` commands."""

from itertools import islice

import click

from admin.commands.call_history import export, purge, show, stats
from admin.commands.call_options import call_filters
from admin.commands.place import place
from admin.commands.reconcile import reconcile
from admin.commands.shell import Commands, Row, account_id, account_option, changes, json_option, tell_rows
from operations.call_filters import CallFilters
from operations.list_calls import every_call_here
from operations.showing import show_call

calls = Commands("calls", help="Calls.")
for command in (show, stats, export, purge, reconcile, place):
    calls.add_command(command)


@calls.command("list")
@call_filters
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 1000))
@account_option
@json_option
def list_command(filters: CallFilters, limit: int, account: str | None, as_json: bool) -> None:
    """List the latest calls, newest first; also those to numbers that nobody has."""
    latest = every_call_here(changes().database.reading, account_id(account), filters)
    rows = [show_call(call) for call in islice(latest, limit)]
    tell_rows(
        as_json,
        rows,
        {
            "received": lambda row: row["received_at"][:19],
            "from": lambda row: row["from_number"],
            "to": lambda row: row["to_number"],
            "decision": lambda row: row["decision"],
            "agent": lambda row: row["agent_name"],
            "location": lambda row: row["location_name"],
            "status": lambda row: row["call_status"],
            "hand-off": show_handoff,
            "seconds": lambda row: row["duration_seconds"],
            "via": lambda row: row["forwarded_from"],
        },
    )


def show_handoff(row: Row) -> str | None:
    """Show how the agent's hand-off ended, and after an arrow how its fallback number's did."""
    outcome: str | None = row["handoff_outcome"]
    return f"{outcome or '–'} → {row['fallback_outcome']}" if row["fallback_outcome"] else outcome
