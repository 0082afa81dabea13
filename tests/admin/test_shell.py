"""What all commands share: exit status, JSON and tables, the account, and sentences instead of tracebacks."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskCliRunner

from admin.commands.shell import Commands
from app import create_app
from models import Host
from operations import in_force
from tests.admin.conftest import NUMBER, Run
from tests.conftest import Stack, settings_for
from tests.servers.free_port import find_free_port

# How a command line is understood does not depend on where the facts live.
on_one_stack = pytest.mark.parametrize("stack", ["sqlite"], indirect=True)
RESOURCES = ("accounts", "users", "tokens", "agents", "locations", "numbers", "calls", "routes", "hosts")


@on_one_stack
@pytest.mark.parametrize("resource", RESOURCES)
def test_every_command_explains_itself(run: Run, app: Flask, resource: str) -> None:
    """A group lists its commands, and each has a sentence."""
    group = app.cli.commands[resource]

    assert isinstance(group, Commands)
    assert group.help
    for name, command in group.commands.items():
        assert command.help, name
        assert name in run(resource, "--help").output
        assert "Usage:" in run(resource, name, "--help").output


@on_one_stack
@pytest.mark.parametrize(
    "arguments",
    [
        ("numbers", "pause"),
        ("numbers", "pause", "12345"),
        ("numbers", "assign", NUMBER),
        ("numbers", "list", "--status", "lost"),
        ("agents", "create", "Ada", "--handoff", "fax", "--to", "x"),
        ("agents", "create", "Ada", "--handoff", "stream", "--to", "https://agent.example.com"),
        ("locations", "create", "Attic", "--timezone", "Mars/Base"),
        ("users", "create", "ada@example.com", "--role", "root"),
        ("users", "create", "ada", "--role", "member"),
        ("tokens", "create"),
        ("calls", "list", "--limit", "0"),
        ("hosts", "remove", "abc"),
    ],
)
def test_wrong_usage_ends_with_status_2_and_a_sentence(business: Run, arguments: tuple[str, ...]) -> None:
    """Nothing was tried."""
    result = business(*arguments, status=2)

    assert result.stdout == ""
    assert "Error: " in result.stderr
    assert "Traceback" not in result.stderr


@on_one_stack
@pytest.mark.parametrize(
    "arguments",
    [
        ("accounts", "create", "Example Business"),
        ("agents", "create", "Clara", "--handoff", "client", "--to", "x"),
        ("agents", "edit", "Nobody", "--name", "Somebody"),
        ("agents", "delete", "Clara"),
        ("locations", "create", "Airport"),
        ("locations", "delete", "Downtown"),
        ("numbers", "add", NUMBER),
        ("numbers", "pause", "+14155550149"),
        ("numbers", "assign", NUMBER, "--agent", "Nobody"),
        ("hosts", "remove", "beefbeef"),
        ("numbers", "list", "--account", "Other Business"),
    ],
)
def test_refusal_ends_with_status_1_and_a_sentence(business: Run, arguments: tuple[str, ...]) -> None:
    """What was asked for cannot be done."""
    result = business(*arguments, status=1)

    assert result.stdout == ""
    assert result.stderr.startswith("Error: ")
    assert result.stderr.count("\n") == 1


def test_account_is_created_before_anything_else(run: Run) -> None:
    """The sentence says how."""
    assert "flask accounts create" in run("agents", "list", status=1).stderr


def test_account_must_be_named_once_there_are_two(business: Run, run_json: Callable[..., Any]) -> None:
    """By its name or its id; each shows its own."""
    other = run_json("accounts", "create", "Other Business")

    assert "--account" in business("numbers", "list", status=2).stderr
    assert "--account" in business("numbers", "pause", NUMBER, status=2).stderr
    assert len(run_json("numbers", "list", "--account", "Example Business")) == 1
    assert run_json("numbers", "list", "--account", str(other["id"])) == []
    business("numbers", "pause", NUMBER, "--account", "Other Business", status=1)
    business("numbers", "pause", NUMBER, "--account", "Example Business")


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_change_that_is_not_in_force_ends_with_status_1_and_names_who_is_missing(
    app: Flask, business: Run, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...]
) -> None:
    """A script that goes by the exit status does not believe in a pause that is not everywhere yet."""
    monkeypatch.setattr(in_force, "CONFIRM_WITHIN_SECONDS", 0.1)
    with app.extensions["changes"].database.writing() as session:
        session.add(Host(id="dead" * 8, name="lost", known=-1, seen_at=datetime.now(UTC)))

    result = business("numbers", "pause", NUMBER, *options, status=1)

    assert "not yet in force on: lost (deaddead)" in result.stderr
    business("hosts", "remove", "deaddead")
    business("numbers", "pause", NUMBER)


def test_table_shows_a_dash_for_what_is_not_there(business: Run) -> None:
    """Columns stand under their names."""
    heading, bruno, clara = business("agents", "list").stdout.splitlines()

    assert heading.split() == [
        "id",
        "name",
        "handoff_kind",
        "handoff_target",
        "fallback_number",
        "numbers",
        "locations",
    ]
    assert bruno.endswith("–")
    assert heading.index("name") == bruno.index("Bruno") == clara.index("Clara")


@pytest.mark.parametrize("arguments", [("numbers", "list"), ("numbers", "pause", NUMBER), ("routes", "check")])
def test_database_that_does_not_answer_is_said_without_a_traceback(tmp_path: Any, arguments: tuple[str, ...]) -> None:
    """Status 1: it may be tried again."""
    refusing = Stack(f"postgresql://postgres@127.0.0.1:{find_free_port()}/clara", "")
    app = create_app(settings_for(refusing, tmp_path / "host"))
    result = FlaskCliRunner(app).invoke(args=arguments)

    assert result.exit_code == 1
    assert "Error: The database failed (OperationalError)" in result.stderr
    app.extensions["close"]()


def test_database_that_was_never_migrated_is_said_without_a_traceback(tmp_path: Any) -> None:
    """The likeliest first mistake."""
    app = create_app(settings_for(Stack(f"sqlite:///{tmp_path / 'empty.db'}", ""), tmp_path / "host"))
    result = FlaskCliRunner(app).invoke(args=["numbers", "list"])

    assert result.exit_code == 1
    assert "Is it migrated and running?" in result.stderr
    app.extensions["close"]()
