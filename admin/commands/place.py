"""`flask calls place`: a simulated call, sent where Twilio would send it now."""

import sys

import click
from flask.cli import with_appcontext

from admin.commands.shell import changes, settings
from admin.simulated_calls import NobodyToCall, follow, simulated_call
from simulator.story import DIAL_OUTCOMES, PROBLEM


@click.command("place")
@click.argument("from_number")
@click.argument("to_number")
@click.option("--forwarded-from", help="The business line that forwarded the call.")
@click.option("--dial-outcome", type=click.Choice(DIAL_OUTCOMES), default="answered", show_default=True)
@with_appcontext
def place(from_number: str, to_number: str, forwarded_from: str | None, dial_outcome: str) -> None:
    """Place a simulated call, signed as Twilio signs, to the running router, and tell its story.

    Without Twilio credentials it goes where the simulated Twilio sends it. Exit status 1 means that something went
    wrong, or that nobody has the number.
    """
    try:
        call = simulated_call(
            settings(), changes(), from_number, to_number, forwarded_from, dial_outcome, warn=_say_beside
        )
    except NobodyToCall as why:
        click.echo(str(why))
        sys.exit(1)
    has_problem = False
    for step in follow(settings(), call):
        click.echo(step.text)
        has_problem = has_problem or step.kind == PROBLEM
    sys.exit(1 if has_problem else 0)


def _say_beside(sentence: str) -> None:
    click.echo(sentence, err=True)
