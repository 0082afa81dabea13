"""A pause with an end is over when its moment has come, once, whoever looks first."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

import pytest
from flask import Flask

from operations.add_number import add_number
from operations.changes import Changes, Who
from operations.pause import Pause
from operations.pause_number import pause_number
from operations.resume_due_numbers import resume_due_numbers
from tests.conftest import Answer
from tests.operations.audit import change_counter, every_change, last_change
from tests.operations.conftest import NUMBER

NOW = datetime.now(UTC).replace(microsecond=0)
SOON = NOW + timedelta(hours=1)
LATER = NOW + timedelta(hours=2)


class Clock:
    """A clock that stands still."""

    def __init__(self, moment: datetime) -> None:
        self._moment = moment

    def now(self, zone: tzinfo) -> datetime:
        return self._moment.astimezone(zone)


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime], None]:
    """Let the clocks of the host and of the database show a moment."""

    def show(moment: datetime) -> None:
        monkeypatch.setattr("operations.resume_due_numbers.datetime", Clock(moment))
        monkeypatch.setattr("operations.resume_due_numbers.database_now", lambda _session: moment)

    return show


def test_host_whose_clock_is_fast_resumes_nothing_too_early(
    changes: Changes, who: Who, number: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The admin was told "until then", and callers go by the database's clock, which all hosts share."""
    pause_number(changes, who, NUMBER, "lunch", Pause(resume_at=SOON))
    before = change_counter(changes)

    monkeypatch.setattr("operations.resume_due_numbers.datetime", Clock(LATER))

    assert (resume_due_numbers(changes), change_counter(changes)) == (0, before)


def test_number_resumes_when_its_moment_has_come(
    app: Flask,
    changes: Changes,
    who: Who,
    number: dict[str, Any],
    twilio_post: Callable[..., Answer],
    at: Callable[[datetime], None],
) -> None:
    """By the housekeeper, as a change of its own that says who made it."""
    pause_number(changes, who, NUMBER, "lunch", Pause(resume_at=SOON))
    app.extensions["housekeeper"].work()
    assert twilio_post().verbs == ["Reject"]

    at(SOON)
    resume_due_numbers(changes)

    change = last_change(changes)
    assert (change.action, change.made_by, change.after) == ("number.resumed", "schedule", number)
    assert twilio_post().verbs == ["Dial"]


def test_housekeeper_does_it_every_second(
    app: Flask, changes: Changes, who: Who, number: dict[str, Any], at: Callable[[datetime], None]
) -> None:
    """Nobody has to ask."""
    pause_number(changes, who, NUMBER, None, Pause(resume_at=SOON))

    at(LATER)
    app.extensions["housekeeper"].work()

    assert last_change(changes).action == "number.resumed"


def test_pause_without_an_end_and_one_that_lasts_stay(
    changes: Changes, who: Who, number: dict[str, Any], at: Callable[[datetime], None]
) -> None:
    """Nothing is recorded when nothing is due."""
    add_number(changes, who, "+14155550101", "Clara")
    pause_number(changes, who, NUMBER)
    pause_number(changes, who, "+14155550101", None, Pause(resume_at=LATER))
    before = change_counter(changes)

    at(SOON)
    assert resume_due_numbers(changes) == 0

    assert change_counter(changes) == before


def test_pause_renewed_meanwhile_wins(
    changes: Changes, who: Who, number: dict[str, Any], monkeypatch: pytest.MonkeyPatch, at: Callable[[datetime], None]
) -> None:
    """What was due when the housekeeper looked is looked at again inside the change."""
    pause_number(changes, who, NUMBER, None, Pause(resume_at=SOON))
    making = Changes.making

    def renewed_before(self: Changes, who_asks: Who, action: str) -> Any:
        monkeypatch.undo()
        pause_number(changes, who, NUMBER, None, Pause(resume_at=LATER + timedelta(days=1)))
        return making(self, who_asks, action)

    monkeypatch.setattr(Changes, "making", renewed_before)
    at(SOON)
    assert resume_due_numbers(changes) == 0

    assert last_change(changes).action == "number.paused"


def test_second_host_finds_nothing_left_to_do(
    make_app: Callable[..., Flask], who: Who, number: dict[str, Any], changes: Changes, at: Callable[[datetime], None]
) -> None:
    """Two hosts that look at the same time record one change."""
    other = make_app(data_dir="other").extensions["changes"]
    pause_number(changes, who, NUMBER, None, Pause(resume_at=SOON))

    at(SOON)
    resumed = resume_due_numbers(changes) + resume_due_numbers(other)

    assert resumed == 1
    assert [change.action for change in every_change(changes)].count("number.resumed") == 1
