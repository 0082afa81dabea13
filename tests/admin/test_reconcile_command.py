"""`flask calls reconcile`, from the shell to the database."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from models import Call
from operations.changes import Changes
from simulator.rest import RunningSimulator, internal_error
from tests.admin.conftest import Run
from tests.operations.past_calls import count_rows
from tests.operations.twilios_calls import HOUR, at_twilio, let_pass, now


@pytest.fixture
def folder(twilio_server: RunningSimulator, business: Run, changes: Changes) -> Path:
    """The simulated Twilio's folder; the business has had its number for a day."""
    let_pass(changes, 24 * HOUR)
    return twilio_server.simulator.folder


def test_what_is_missing_is_written_down(run: Run, run_json: Callable[..., Any], folder: Path) -> None:
    """Once; how far it is shows on standard error, so that what is printed stays JSON."""
    call_sid = at_twilio(folder, now() - HOUR)

    done = run_json("calls", "reconcile")

    counted = {name: done[name] for name in ("read", "compared", "found", "filled", "unexplained", "dry_run")}
    assert counted == {"read": 1, "compared": 1, "found": 1, "filled": 0, "unexplained": 0, "dry_run": False}
    said = run("calls", "reconcile")
    assert "1 calls compared, 0 without a record found, 0 records filled, 0 of these unexplained." in said.stdout
    assert "Calls read from Twilio: 1" in said.stderr
    [listed] = run_json("calls", "list")
    assert (listed["call_sid"], listed["agent_name"], listed["location_name"]) == (call_sid, "Clara", "Downtown")
    assert "How it was answered was not noted" in run("calls", "show", call_sid).stdout


def test_a_dry_run_ends_with_1_while_something_is_missing(run: Run, folder: Path, changes: Changes) -> None:
    """And writes nothing."""
    at_twilio(folder, now() - HOUR)

    assert "1 without a record would be found" in run("calls", "reconcile", "--dry-run", status=1).stdout
    assert count_rows(changes, Call) == 0
    run("calls", "reconcile")
    run("calls", "reconcile", "--dry-run")


def test_the_window_is_what_is_said(run_json: Callable[..., Any], folder: Path) -> None:
    """A day as an end counts as a whole, and the time to come is cut off."""
    at_twilio(folder, now() - 2 * HOUR)
    hour_ago = (now() - HOUR).isoformat()

    assert run_json("calls", "reconcile", "--since", hour_ago)["read"] == 0
    today = run_json("calls", "reconcile", "--until", now().date().isoformat())
    assert today["read"] == 1
    assert datetime.fromisoformat(today["until"]) <= datetime.now(UTC)
    assert datetime.fromisoformat(today["until"]) - datetime.fromisoformat(today["since"]) == timedelta(hours=24)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--since", "yesterday"), "is not a day"),
        (("--since", "2999-01-01"), "not before its end"),
        (("--since", "2020-01-01"), "Twilio's list of calls goes back 400 days"),
    ],
)
def test_a_window_that_cannot_be_is_wrong_usage(run: Run, options: tuple[str, ...], sentence: str) -> None:
    """Exit status 2, with the sentence; Twilio is not asked."""
    assert sentence in run("calls", "reconcile", *options, status=2).stderr


def test_twilios_failure_is_said(run: Run, folder: Path, twilio_server: RunningSimulator) -> None:
    """Exit status 1, and a sentence instead of a traceback."""
    twilio_server.faults.next("GET", "Calls", internal_error())

    assert "Twilio" in run("calls", "reconcile", status=1).stderr
