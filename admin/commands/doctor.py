"""`flask doctor`."""

import json
import shutil
import sys
import textwrap
import time
from collections.abc import Sequence
from dataclasses import asdict

import click
from flask import current_app
from flask.cli import with_appcontext

from admin.commands.shell import json_option, saying_errors
from operations.doctor.examine import examine
from operations.doctor.finding import ERROR, OK, WARNING, Examined, Finding

LOOK_EVERY_SECONDS = 5.0
COLOURS = {OK: "green", WARNING: "yellow", ERROR: "red"}
NARROWEST = 60


@click.command("doctor")
@click.option("--watch", is_flag=True, help="Look again every 5 seconds, until Ctrl-C.")
@json_option
@with_appcontext
def doctor(watch: bool, as_json: bool) -> None:
    """Look over this host and what it depends on: what is wrong, and the fix. Exit status 1 if anything is.

    Nothing is changed. A signed webhook that says nothing is sent through PUBLIC_URL. Wrong settings stop this command,
    as any other, with a line each.
    """
    with saying_errors():
        found = look(as_json)
        try:
            while watch:
                time.sleep(LOOK_EVERY_SECONDS)
                found = look(as_json, clear=True)
        except KeyboardInterrupt:
            click.echo(err=True)
    sys.exit(1 if any(finding.severity != OK for finding in found) else 0)


def look(as_json: bool, clear: bool = False) -> list[Finding]:
    """Examine once and print what was found."""
    found = examine(examined())
    if clear and not as_json:
        click.clear()
    if as_json:
        click.echo(json.dumps([asdict(finding) for finding in found]))
    else:
        tell(found)
    return found


def examined() -> Examined:
    """Return the parts of the running application that are looked at."""
    parts = current_app.extensions
    return Examined(
        settings=parts["settings"],
        secrets=parts["call_path"].secrets,
        database=parts["changes"].database,
        deadlined=parts["deadlined_health"],
        local_store=parts["local_store"],
        cache=parts["cache"],
        twilio=parts["twilio"],
        webhooks=parts["webhooks"],
    )


def tell(found: Sequence[Finding]) -> None:
    """Print a table: what was looked at, how it is, what was found, and under it the fix."""
    width = max(NARROWEST, shutil.get_terminal_size((120, 24)).columns)
    column = max(len(finding.check) for finding in found) + 2
    for finding in found:
        severity = click.style(finding.severity.ljust(9), fg=COLOURS[finding.severity])
        lines = textwrap.wrap(finding.finding, width - column - 9)
        lines += textwrap.wrap(finding.fix, width - column - 9, initial_indent="→ ", subsequent_indent="  ")
        click.echo(finding.check.ljust(column) + severity + lines[0])
        for line in lines[1:]:
            click.echo(" " * (column + 9) + line)
    wrong = sum(finding.severity != OK for finding in found)
    click.echo(f"{len(found) - wrong} in order, {wrong} to be mended", err=True)
