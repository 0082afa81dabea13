"""A clock that jumps by an hour changes no answer, and loses no record."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo

import pytest
from flask import Flask
from sqlalchemy import select

import routing.call_notes
import routing.repeated_calls
from models import Call
from operations.add_number import add_number
from operations.agents import create_agent
from operations.changes import Changes, Who
from operations.pause_number import pause_number
from tests.conftest import Answer

NUMBER, OTHER = "+14155550100", "+14155550101"


class Clock(datetime):
    """The wall clock of the call path, which a test may move."""

    jump = timedelta(0)

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> "Clock":
        return super().now(tz) + cls.jump


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> type[Clock]:
    """The clock of notes and of repeated calls; nothing else on the call path looks at one that may jump."""
    monkeypatch.setattr(Clock, "jump", timedelta(0))
    monkeypatch.setattr(routing.call_notes, "datetime", Clock)
    monkeypatch.setattr(routing.repeated_calls, "time", lambda: Clock.now(UTC).timestamp())
    return Clock


@pytest.mark.parametrize("hours", [1, -1])
def test_jump_of_the_clock_changes_no_answer(
    app: Flask,
    changes: Changes,
    who: Who,
    twilio_post: Callable[..., Answer],
    clock: type[Clock],
    hours: int,
) -> None:
    """Calls before and after it, a pause on either side, and a call that ends before it began."""
    create_agent(changes, who, "Clara", "phone", "+12125550182")
    for number in (NUMBER, OTHER):
        add_number(changes, who, number, "Clara")

    def call(index: int, number: str) -> list[str]:
        return twilio_post(To=number, CallSid=f"CA{index:032}").verbs

    before = [call(0, NUMBER), call(1, OTHER)]
    first = pause_number(changes, who, NUMBER)[1]
    clock.jump = timedelta(hours=hours)
    after = [call(2, NUMBER), call(3, OTHER)]
    second = pause_number(changes, who, OTHER)[1]
    last = call(4, OTHER)
    twilio_post("/status", CallSid=f"CA{0:032}", CallStatus="completed", CallDuration="7")
    app.extensions["keeper"].drain()

    assert (before, after, last) == ([["Dial"], ["Dial"]], [["Reject"], ["Dial"]], ["Reject"])
    assert first.in_force
    assert second.in_force
    with changes.database.reading() as session:
        calls = {call.call_sid: call for call in session.scalars(select(Call))}
    assert set(calls) == {f"CA{index:032}" for index in range(5)}
    assert calls[f"CA{0:032}"].call_status == "completed"
