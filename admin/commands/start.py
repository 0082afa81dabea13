"""`flask start`: what `make run` does after setting up: migrate, begin with a sample if there is nothing, serve."""

import os
import sys
from pathlib import Path

import click
from alembic import command
from alembic.config import Config
from flask.cli import with_appcontext

from admin.commands.shell import changes, saying_errors, settings
from admin.commands.simulated_twilio import create_simulated_sample, start_example_agent, start_simulated_twilio
from operations.sample import SUPER_ADMIN, create_first_super_admin

PROJECT = Path(__file__).parents[2]
WHAT_TO_TRY = """
While it runs, try in another terminal, or on the pages:
  .venv/bin/flask numbers list
  .venv/bin/flask calls place +14155550199 +14155550100
  .venv/bin/flask numbers pause +14155550100
  .venv/bin/flask calls place +14155550199 +14155550100
  .venv/bin/flask calls list
  .venv/bin/flask numbers search --area-code 415
"""


@click.command("start")
@with_appcontext
def start() -> None:
    """Migrate the database, begin with a sample when there is nothing yet, and serve with gunicorn."""
    with saying_errors():
        command.upgrade(Config(toml_file=PROJECT / "pyproject.toml"), "head")
        if settings().uses_simulator:
            _welcome(create_first_super_admin(changes()))
            create_simulated_sample(changes(), settings())
            start_simulated_twilio(settings())
            start_example_agent(settings())
    click.echo(
        f"Open http://{settings().host}:{settings().port} and log in (served by {settings().workers} workers).\n"
    )
    sys.stdout.flush()
    os.chdir(PROJECT)
    os.execv(sys.executable, [sys.executable, "-m", "gunicorn", "-c", "config/gunicorn.py", "wsgi"])  # noqa: S606


def _welcome(password: str | None) -> None:
    """Say that no real telephone is involved, what to try and, last of all, who may log in."""
    click.echo("No TWILIO_ACCOUNT_SID is set: calls and numbers come from a simulated Twilio.")
    click.echo(WHAT_TO_TRY)
    if password:
        click.echo(f"A sample business was created. Super Admin {SUPER_ADMIN}, password (shown only now): {password}")
    else:
        click.echo("If nobody can log in: .venv/bin/flask users create EMAIL --role super_admin")
    sys.stdout.flush()  # before anything can go wrong that would keep the password from being seen
