"""A worker that ends drains the call notes once more, and is not held up by it."""

import time
from collections.abc import Callable
from threading import Event

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from models import Call
from operations.changes import Changes
from routing.last_drain import drain_before_the_end
from tests.conftest import Answer


def test_what_was_noted_is_in_the_database_after_the_end(
    app: Flask, changes: Changes, twilio_post: Callable[..., Answer]
) -> None:
    """The keeper is stopped, in the middle of its work or not, and the last calls follow."""
    app.extensions["keeper"].start()
    for number in range(20):
        twilio_post(CallSid=f"CA{number:032x}")

    app.extensions["before_end"]()

    with changes.database.reading() as session:
        assert len(session.scalars(select(Call)).all()) == 20


def test_frozen_database_does_not_hold_up_the_end(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stop that took longer would be ended by a kill, in the middle of anything."""
    keeper, thawed = app.extensions["keeper"], Event()
    monkeypatch.setattr(keeper, "drain", lambda: thawed.wait(10))
    started = time.monotonic()

    drain_before_the_end(keeper, 0.2)

    assert time.monotonic() - started < 2
    thawed.set()


def test_failing_database_does_not_hold_up_the_end(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """The notes stay on the disk for the next start."""
    asked: list[bool] = []

    def refuse() -> None:
        asked.append(True)
        raise OperationalError("INSERT", {}, ConnectionRefusedError())

    monkeypatch.setattr(app.extensions["keeper"], "drain", refuse)

    drain_before_the_end(app.extensions["keeper"])

    assert asked == [True]
