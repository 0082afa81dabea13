"""A shell in which one business exists already."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import Result
from flask.testing import FlaskCliRunner

NUMBER = "+14155550100"
Run = Callable[..., Result]


@pytest.fixture
def run(cli: FlaskCliRunner) -> Run:
    """Run a command as typed, and insist on its exit status: `run("numbers", "list", status=0)`."""

    def run_one(*arguments: str, status: int = 0, typed: str | None = None) -> Result:
        result = cli.invoke(args=arguments, input=typed)
        assert result.exit_code == status, result.output
        return result

    return run_one


@pytest.fixture
def run_json(run: Run) -> Callable[..., Any]:
    """Run a command with --json and return what it printed."""
    return lambda *arguments, status=0: json.loads(run(*arguments, "--json", status=status).stdout)


@pytest.fixture
def business(run: Run) -> Run:
    """A shell with an account, two agents, two locations and one number."""
    run("accounts", "create", "Example Business")
    run("agents", "create", "Clara", "--handoff", "phone", "--to", "+14155550182")
    run("agents", "create", "Bruno", "--handoff", "client", "--to", "front-desk")
    run("locations", "create", "Downtown", "--timezone", "America/Los_Angeles")
    run("locations", "create", "Airport")
    run("numbers", "add", NUMBER, "--agent", "Clara", "--location", "Downtown", "--label", "Main line")
    return run
