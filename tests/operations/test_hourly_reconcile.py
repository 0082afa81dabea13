"""Calls are reconciled every hour by themselves: a little at a time, and only as long as Twilio answers."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from operations import hourly_reconcile
from operations.changes import Changes
from operations.hourly_reconcile import EVERY_SECONDS, FIRST_AFTER_SECONDS, OVERLAP, HourlyReconcile
from operations.twilio_account import TwilioAccount
from simulator.rest import RunningSimulator, internal_error
from tests.operations.past_calls import count_rows
from tests.operations.twilios_calls import A_DAY, HOUR, at_twilio, let_pass, now


class Clock:
    """A monotonic clock that goes on when it is told to."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def monotonic(self) -> float:
        return self.seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The chore's clock."""
    made = Clock()
    monkeypatch.setattr(hourly_reconcile, "time", made)
    return made


@pytest.fixture
def folder(twilio_server: RunningSimulator) -> Path:
    """Where the simulated Twilio keeps its list of calls."""
    return twilio_server.simulator.folder


@pytest.fixture
def asked(twilio: TwilioAccount, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Since when Twilio was asked for its list, each time it was."""
    windows: list[Any] = []
    calls = TwilioAccount.calls

    def note(account: TwilioAccount, since: datetime, until: datetime) -> Any:
        windows.append(since)
        return calls(account, since, until)

    monkeypatch.setattr(TwilioAccount, "calls", note)
    return windows


def test_a_first_pass_covers_a_day_and_later_ones_what_is_new(
    changes: Changes, twilio: TwilioAccount, number: dict[str, Any], folder: Path, clock: Clock, asked: list[Any]
) -> None:
    """Not at once after a start, then once an hour, overlapping for calls that had not ended."""
    let_pass(changes, 2 * A_DAY)
    at_twilio(folder, now() - 23 * HOUR)
    chore = HourlyReconcile(changes.database, twilio)
    chore.work()
    assert asked == []

    clock.seconds += FIRST_AFTER_SECONDS
    chore.work()
    assert (count_rows(changes), len(asked)) == (1, 1)
    at_twilio(folder, now() - HOUR)
    chore.work()
    assert (count_rows(changes), len(asked)) == (1, 1)
    clock.seconds += EVERY_SECONDS
    chore.work()
    assert (count_rows(changes), len(asked)) == (2, 2)
    assert asked[1] - asked[0] > A_DAY - OVERLAP - HOUR


def test_a_long_pass_goes_on_in_the_next_round(
    changes: Changes,
    twilio: TwilioAccount,
    number: dict[str, Any],
    folder: Path,
    clock: Clock,
    asked: list[Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Other chores are not kept waiting, and Twilio is not asked from the beginning."""
    monkeypatch.setattr(hourly_reconcile, "ROUND_SECONDS", 0.0)
    monkeypatch.setattr("operations.reconcile_calls.CALLS_A_BATCH", 1)
    let_pass(changes)
    for _ in range(3):
        at_twilio(folder, now() - HOUR / 2)
    chore = HourlyReconcile(changes.database, twilio)
    clock.seconds += FIRST_AFTER_SECONDS

    stored = []
    for _ in range(4):
        chore.work()
        stored.append(count_rows(changes))

    assert (stored, len(asked)) == ([1, 2, 3, 3], 1)


def test_what_twilio_does_not_answer_is_made_up_for(
    changes: Changes,
    twilio: TwilioAccount,
    twilio_server: RunningSimulator,
    number: dict[str, Any],
    folder: Path,
    clock: Clock,
    asked: list[Any],
) -> None:
    """The next pass, an hour later, begins where the failed one did."""
    let_pass(changes)
    at_twilio(folder, now() - HOUR / 2)
    twilio_server.faults.next("GET", "Calls", internal_error())
    chore = HourlyReconcile(changes.database, twilio)
    clock.seconds += FIRST_AFTER_SECONDS

    chore.work()
    chore.work()
    assert (count_rows(changes), len(asked)) == (0, 1)
    clock.seconds += EVERY_SECONDS
    chore.work()
    assert (count_rows(changes), len(asked)) == (1, 2)
    assert asked[1] < datetime.now(UTC) - 23 * HOUR


def test_nobody_is_asked_while_there_is_no_number(
    changes: Changes, twilio: TwilioAccount, clock: Clock, asked: list[Any]
) -> None:
    """A router that is set up but not used costs Twilio nothing."""
    chore = HourlyReconcile(changes.database, twilio)
    clock.seconds += FIRST_AFTER_SECONDS

    chore.work()

    assert asked == []


def test_the_housekeeper_does_it(
    app: Flask,
    make_app: Callable[..., Flask],
    number: dict[str, Any],
    asked: list[Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """But not in its first round, which every restart has."""
    app.extensions["housekeeper"].work()
    assert asked == []

    monkeypatch.setattr(hourly_reconcile, "FIRST_AFTER_SECONDS", 0.0)
    make_app().extensions["housekeeper"].work()
    assert len(asked) == 1
