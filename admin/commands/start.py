"""`flask start`: what `make run` does after setting up: migrate, begin with a sample if there is nothing, serve."""

import os
import subprocess
import sys
from pathlib import Path

import click
from alembic import command
from alembic.config import Config
from flask.cli import with_appcontext

from admin.commands.shell import changes, saying_errors, settings
from config.settings import Settings
from operations.sample import SUPER_ADMIN, create_first_super_admin, create_sample

PROJECT = Path(__file__).parents[2]
EXAMPLE_AGENT_PORT = "8765"
EXAMPLE_TWIML_PORT = "8766"
WHAT_TO_TRY = """
Try, in another terminal:
  .venv/bin/flask numbers list
  .venv/bin/flask calls place +14155550199 +14155550100
  .venv/bin/flask numbers pause +14155550100
  .venv/bin/flask calls place +14155550199 +14155550100
  .venv/bin/flask calls list
"""


@click.command("start")
@with_appcontext
def start() -> None:
    """Migrate the database, begin with a sample when there is nothing yet, and serve with gunicorn."""
    with saying_errors():
        command.upgrade(Config(toml_file=PROJECT / "pyproject.toml"), "head")
        if settings().uses_simulator:
            _welcome(create_first_super_admin(changes()))
            create_sample(changes())
            _start_example_agent(settings())
    click.echo(f"Listening on http://{settings().host}:{settings().port} with {settings().workers} workers.\n")
    sys.stdout.flush()
    os.chdir(PROJECT)
    os.execv(sys.executable, [sys.executable, "-m", "gunicorn", "-c", "config/gunicorn.py", "wsgi"])  # noqa: S606


def _welcome(password: str | None) -> None:
    """Say that no real telephone is involved, who may log in, and what to try."""
    click.echo("No TWILIO_ACCOUNT_SID is set: calls come from the built-in simulator's own Twilio account.")
    if password:
        click.echo(f"A sample business was created. Super Admin {SUPER_ADMIN}, password (shown only now): {password}")
    else:
        click.echo("If nobody can log in: .venv/bin/flask users create EMAIL --role super_admin")
    click.echo(WHAT_TO_TRY)
    sys.stdout.flush()  # before anything can go wrong that would keep the password from being seen


def _start_example_agent(settings: Settings) -> None:
    """Start the agent that the sample's WebSocket numbers reach; it ends with this process."""
    ports = ["--port", EXAMPLE_AGENT_PORT, "--http-port", EXAMPLE_TWIML_PORT]
    folder = ["--folder", str((settings.data_dir / "simulator").absolute())]
    subprocess.Popen(
        [sys.executable, "-m", "simulator.example_agent", *folder, *ports, "--until-parent-exits"], cwd=PROJECT
    )
