"""Status callbacks bring a call's record forward, in whatever order they come, and are always answered in TwiML."""

from collections.abc import Callable
from datetime import UTC, datetime
from itertools import permutations

import pytest

from models import Call
from tests.conftest import Answer
from tests.routing.door import Door

SAT = "Sat, 07 May 2022 12:00:00 +0000"
CHILD = {"CallSid": "CA" + "2" * 32, "ParentCallSid": "CA" + "1" * 32, "Direction": "outbound-dial"}


@pytest.mark.parametrize(
    "changed",
    [
        {"CallStatus": "completed", "CallDuration": "61", "Timestamp": SAT},
        {"CallStatus": "something-new"},
        {"StreamEvent": "stream-started"},
        CHILD,
    ],
)
def test_callback_is_answered_with_an_empty_document(door: Door, changed: dict[str, str]) -> None:
    """Twilio warns (15003) unless a callback gets TwiML; nothing in it is carried out."""
    answer = door.post("/status", **changed)

    assert (answer.status_code, answer.content_type, answer.verbs) == (200, "text/xml; charset=utf-8", [])


def test_callback_is_noted(door: Door) -> None:
    """Status, duration and Twilio's own time are kept."""
    door.post("/status", CallStatus="busy", CallDuration="0", Timestamp=SAT)

    [event] = door.noted()
    assert event.kind == "status_changed"
    assert (event.details["call_status"], event.details["duration_seconds"]) == ("busy", 0)
    assert event.details["happened_at"] == "2022-05-07T12:00:00+00:00"


@pytest.mark.parametrize("status", ["initiated", "ringing", "busy", "completed"])
def test_leg_that_we_dialled_says_nothing_of_the_call(door: Door, status: str) -> None:
    """A busy agent's leg does not make the caller's call busy: it is not noted at all."""
    door.post("/status", **CHILD | {"CallStatus": status})

    assert door.noted() == []


def test_leg_leaves_no_record(twilio_post: Callable[..., Answer], stored_calls: Callable[[], list[Call]]) -> None:
    """The call's record is the caller's alone."""
    twilio_post()
    twilio_post("/status", **CHILD | {"CallStatus": "completed"})

    [call] = stored_calls()
    assert (call.call_sid, call.call_status) == ("CA" + "1" * 32, "ringing")


@pytest.mark.parametrize("order", list(permutations(["", "in-progress", "completed"])))
def test_any_order_of_callbacks_makes_the_same_record(
    order: tuple[str, ...], twilio_post: Callable[..., Answer], stored_calls: Callable[[], list[Call]]
) -> None:
    """Call and callbacks in any order, each drained for itself and one repeated: completed, and decided."""
    for status in (*order, order[0]):
        if status:
            twilio_post("/status", CallStatus=status, CallDuration="61", Timestamp=SAT)
        else:
            twilio_post()
        stored_calls()

    [call] = stored_calls()
    assert (call.call_status, call.decision, call.duration_seconds) == ("completed", "unknown", 61)
    assert call.ended_at == datetime(2022, 5, 7, 12, tzinfo=UTC)


def test_callback_before_its_call_leaves_a_stub(
    twilio_post: Callable[..., Answer], stored_calls: Callable[[], list[Call]]
) -> None:
    """A callback whose call another host has noted, but not drained yet, leaves a record without a decision."""
    twilio_post("/status", CallStatus="completed")

    [stub] = stored_calls()
    assert (stub.decision, stub.call_status, stub.to_number) == (None, "completed", "+14155550100")
    twilio_post()
    [call] = stored_calls()
    assert (call.id, call.decision, call.call_status) == (stub.id, "unknown", "completed")
