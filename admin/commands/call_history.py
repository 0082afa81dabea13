"""`flask calls show|stats|export|purge`: what became of calls, and for how long that is remembered."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import click
from flask.cli import with_appcontext

from admin.commands.call_options import call_filters
from admin.commands.progress import showing_progress
from admin.commands.shell import Row, account_id, account_option, changes, json_option, tell, tell_rows, who
from operations.call_filters import CallFilters
from operations.call_statistics import count_calls
from operations.changes import Who
from operations.days import USUAL_DAYS
from operations.export_calls import export_calls
from operations.permissions import SYSTEM
from operations.purge_calls import find_due_purge, purge_calls
from operations.show_call import show_call_with_receipt

NOBODYS = Who(None, "shell", SYSTEM)


@click.command("show")
@click.argument("call_sid")
@account_option
@json_option
@with_appcontext
def show(call_sid: str, account: str | None, as_json: bool) -> None:
    """Tell the story of one call, with its receipt: who decided, as of which change, and how fast."""
    with changes().database.reading() as session:
        call = show_call_with_receipt(session, account_id(account), call_sid, with_nobodys=True)
    tell(as_json, call, call["story"])
    if not as_json:
        click.echo()
        columns = {"at": lambda event: event["at"][:23], "what happened": lambda event: event["sentence"]}
        tell_rows(False, call["events"], columns)


@click.command("stats")
@click.option("--from", "first", help=f"First day [default: the {USUAL_DAYS} days up to the last one]")
@click.option("--until", "last", help="Last day [default: today]")
@click.option("--timezone", default="UTC", show_default=True, help="Whose days: an IANA name such as Europe/Rome.")
@account_option
@json_option
@with_appcontext
def stats(first: str | None, last: str | None, timezone: str, account: str | None, as_json: bool) -> None:
    """Count calls per location and per day; the refused ones count too."""
    with changes().database.reading() as session:
        counted = count_calls(session, account_id(account), first, last, timezone)
    if as_json:
        tell(True, counted, "")
        return
    tell_rows(False, counted["locations"], {"location": _name_of_location} | COUNTS)
    click.echo()
    tell_rows(False, counted["days"], {"day": lambda row: row["date"]} | COUNTS)


def _name_of_location(row: Row) -> str:
    return str(row["location"]["name"]) if row["location"] else "(no location)"


COUNTS = {
    "calls": lambda row: row["calls"],
    "routed": lambda row: row["decisions"]["routed"],
    "lost while paused": lambda row: row["lost_while_paused"],
    "unassigned": lambda row: row["decisions"]["unassigned"],
    "pending": lambda row: row["decisions"]["pending"],
    "released": lambda row: row["decisions"]["released"],
    "unavailable": lambda row: row["decisions"]["unavailable"],
}


@click.command("export")
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="Into this file, once it is complete.")
@call_filters
@account_option
@with_appcontext
def export(filters: CallFilters, output: Path | None, account: str | None) -> None:
    """Write calls as CSV, newest first. Cells that a spreadsheet would execute, also +1…, get an apostrophe."""
    chunks = export_calls(changes().database.reading, account_id(account), filters)
    with _complete_file(output) as file, showing_progress("Calls exported") as advance:
        for index, chunk in enumerate(chunks):
            click.echo(chunk, file, nl=False)
            advance(chunk.count("\r\n") - (index == 0))


@contextmanager
def _complete_file(path: Path | None) -> Iterator[IO[str] | None]:
    """Open a file that only has its name once it is complete; None is standard output."""
    if path is None:
        yield None
        return
    unfinished = path.with_name(f"{path.name}.unfinished")
    try:
        with unfinished.open("w", encoding="utf-8", newline="") as file:
            yield file
        os.replace(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)


@click.command("purge")
@click.option("--older-than", type=int, metavar="DAYS", help="[default: the days that the account keeps its calls]")
@click.option("--nobodys", is_flag=True, help="Instead of the account's calls those to numbers that nobody has.")
@click.option("--dry-run", is_flag=True, help="Only say how many there are.")
@account_option
@json_option
@with_appcontext
def purge(older_than: int | None, nobodys: bool, dry_run: bool, account: str | None, as_json: bool) -> None:
    """Delete old calls for good, with their events. Cut off, it leaves whole calls, and goes on the next time."""
    asking = NOBODYS if nobodys else who(account)
    with changes().database.reading() as session:
        due = find_due_purge(session, asking, older_than)
    if not dry_run:
        with showing_progress("Calls purged", due.calls) as advance:
            purge_calls(changes(), asking, due, advance)
    done = "would be purged" if dry_run else "purged"
    calls = "1 call" if due.calls == 1 else f"{due.calls:,} calls"
    sentence = f"{calls} from before {due.before:%Y-%m-%d %H:%M} UTC {done}."
    tell(as_json, due.show() | {"dry_run": dry_run}, sentence)
