"""A host looks at a change as soon as it is committed, where the database tells; else a moment later."""

import time
from collections.abc import Callable, Iterator
from itertools import count
from threading import Event

import pytest
from flask import Flask
from sqlalchemy import insert, text

from models import Account, Database
from operations.add_number import add_number
from operations.changes import Changes, Who
from operations.locations import create_location
from operations.pause_number import pause_number
from routing.announcement import LOOK
from routing.change_signal import ChangeSignal, announcing
from tests.routing.conftest import wait_until_listening
from tests.waiting import wait_for

LONG, SHORT = 30.0, 0.2
TERMINATE = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND pid <> pg_backend_pid()"
)

on_postgresql = pytest.mark.parametrize("stack", ["postgresql+redis"], indirect=True)


@pytest.fixture
def signal(changes: Changes) -> Iterator[ChangeSignal]:
    """Somebody who listens already."""
    signal = ChangeSignal(changes.database)
    signal.wait(0.0, Event())
    yield signal
    signal.close()


def seconds_waited(signal: ChangeSignal, seconds: float, stopping: Event | None = None) -> float:
    started = time.monotonic()
    signal.wait(seconds, stopping or Event())
    return time.monotonic() - started


@on_postgresql
def test_a_committed_change_ends_the_wait(signal: ChangeSignal, changes: Changes, who: Who) -> None:
    """Whoever made it, and also if it was committed just before the wait began."""
    create_location(changes, who, "Downtown")

    assert seconds_waited(signal, LONG) < LONG


@on_postgresql
def test_a_change_that_is_rolled_back_is_not_announced(signal: ChangeSignal, changes: Changes) -> None:
    """There is nothing to look at."""
    with changes.database.writing() as session:
        session.execute(announcing(insert(Account)), {"name": "Example Business", "announcement": LOOK})
        session.rollback()

    assert seconds_waited(signal, SHORT) >= SHORT


@on_postgresql
def test_a_lost_connection_is_opened_again(signal: ChangeSignal, changes: Changes, who: Who) -> None:
    """The wait that notices is a short sleep, and the next one listens."""
    with changes.database.writing() as session:
        session.execute(text(TERMINATE))
        session.commit()
    names = (f"Location {number}" for number in count())

    def is_announced() -> bool:
        create_location(changes, who, next(names))
        return seconds_waited(signal, SHORT) < SHORT

    wait_for(lambda: seconds_waited(signal, SHORT) >= SHORT)
    wait_for(is_announced)


def test_without_a_database_the_wait_is_a_sleep() -> None:
    """It is not asked again at once either."""
    signal = ChangeSignal(Database("postgresql+psycopg://nobody@127.0.0.1:1/nothing"))

    assert seconds_waited(signal, SHORT) >= SHORT
    assert seconds_waited(signal, SHORT) >= SHORT


@pytest.mark.parametrize("stack", ["sqlite"], indirect=True)
def test_sqlite_tells_nobody(signal: ChangeSignal, changes: Changes, who: Who) -> None:
    """Then hosts look ten times a second, as ever."""
    create_location(changes, who, "Downtown")

    assert seconds_waited(signal, SHORT) >= SHORT


def test_whoever_is_to_stop_does_not_wait(signal: ChangeSignal) -> None:
    """Nor listens any more."""
    stopping = Event()
    stopping.set()

    assert seconds_waited(signal, LONG, stopping) < LONG
    assert seconds_waited(signal, 0.0, stopping) < LONG


@on_postgresql
def test_another_host_follows_without_looking(
    make_app: Callable[..., Flask], changes: Changes, who: Who, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its next look would be too late for the admin who waits."""
    monkeypatch.setattr("routing.keeper.FOLLOW_EVERY_SECONDS", LONG)
    add_number(changes, who, "+14155550100")
    other = make_app(data_dir="other")
    other.extensions["keeper"].start()
    wait_until_listening(changes)

    outcomes = [pause_number(changes, who, "+14155550100")[1] for _ in range(2)]

    other.extensions["keeper"].stop(1)
    assert outcomes[-1].in_force
