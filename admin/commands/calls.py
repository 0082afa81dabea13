"""`flask calls list|place`."""

import click

from admin.commands.place import place
from admin.commands.shell import Commands, Row, account_id, account_option, changes, json_option, tell_rows
from operations.checking import read_phone_number
from operations.list_calls import list_calls

calls = Commands("calls", help="Calls.")
calls.add_command(place)


@calls.command("list")
@click.option("--to", "to_number", help="Only calls to this number.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 1000))
@account_option
@json_option
def list_command(to_number: str | None, limit: int, account: str | None, as_json: bool) -> None:
    """List the latest calls, newest first."""
    wanted = read_phone_number(to_number) if to_number else None
    with changes().database.reading() as session:
        rows = list_calls(session, account_id(account), limit, wanted)
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
