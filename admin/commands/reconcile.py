"""`flask calls reconcile`."""

import sys
from dataclasses import asdict

import click
from flask.cli import with_appcontext

from admin.commands.progress import showing_progress
from admin.commands.shell import changes, json_option, tell, twilio
from operations.call_filters import read_moment
from operations.reconcile_calls import Reconciled, read_window, reconcile_calls


@click.command("reconcile")
@click.option("--since", help="From this day (of UTC) or moment on, in ISO 8601 [default: 24 hours before the end]")
@click.option("--until", help="Up to this day (included) or moment (not included) [default: now]")
@click.option("--dry-run", is_flag=True, help="Only say what is missing; exit status 1 if anything is.")
@json_option
@with_appcontext
def reconcile(since: str | None, until: str | None, dry_run: bool, as_json: bool) -> None:
    """Compare Twilio's list of calls with the records of all accounts, and write down what is missing."""
    begin, end = read_window(
        read_moment(since) if since is not None else None,
        read_moment(until, is_end=True) if until is not None else None,
    )
    with showing_progress("Calls read from Twilio") as advance:
        done = reconcile_calls(changes().database, twilio(), begin, end, dry_run=dry_run, advance=advance)
    window = {"since": begin.isoformat(), "until": end.isoformat(), "dry_run": dry_run}
    tell(as_json, window | asdict(done), f"{begin:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M} UTC: {say(done, dry_run)}")
    sys.exit(1 if dry_run and done.found + done.filled else 0)


def say(done: Reconciled, dry_run: bool) -> str:
    """Say how many calls were compared, and what was missing."""
    would = "would be " if dry_run else ""
    return (
        f"{done.compared:,} calls compared, {done.found:,} without a record {would}found,"
        f" {done.filled:,} records {would}filled, {done.unexplained:,} of these unexplained."
    )
