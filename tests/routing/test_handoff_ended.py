"""A hand-off that failed is followed by the agent's fallback number; any other end is the end of the call."""

from collections.abc import Callable
from dataclasses import replace
from threading import Timer

import pytest

from models import Call
from operations.add_number import add_number
from operations.agents import create_agent
from operations.changes import Changes, Who
from operations.pause_number import pause_number
from routing.call_route import DECISIONS, ROUTED, UNAVAILABLE, CallRoute
from tests.conftest import PUBLIC_URL, Answer
from tests.routing.door import NUMBER, Door

FALLBACK = "+14155550182"
ROUTE = CallRoute(NUMBER, ROUTED, 1, 2, 3, "Clara", "stream", "wss://agent.example.com", FALLBACK, 4, "Main St")
FAILURES = [
    {"DialCallStatus": "busy"},
    {"DialCallStatus": "no-answer"},
    {"DialCallStatus": "failed"},
    {"SessionStatus": "failed"},
    {"SessionStatus": "failed", "ErrorCode": "64102"},
    {"ErrorCode": "31920"},
    {"DialCallStatus": "completed", "ErrorCode": "13227"},
]
ENDS = [
    {"DialCallStatus": "completed"},
    {"DialCallStatus": "answered"},
    {"DialCallStatus": "canceled"},
    {"SessionStatus": "completed"},
    {"SessionStatus": "ended"},
    {"CallStatus": "completed"},
]
APOLOGY, HANGUP = ["Say", "Hangup"], ["Hangup"]


@pytest.fixture
def routed_door(make_door: Callable[..., Door], monkeypatch: pytest.MonkeyPatch) -> Door:
    """A door to NUMBER, whose agent has a fallback number; a stream's callback is waited for half a second only."""
    monkeypatch.setattr("routing.stream_events.WAIT_SECONDS", 0.5)
    monkeypatch.setattr("routing.stream_events.ASK_EVERY_SECONDS", 0.01)
    return make_door(ROUTE)


@pytest.mark.parametrize("outcome", FAILURES)
def test_failed_handoff_dials_the_fallback_number(routed_door: Door, outcome: dict[str, str]) -> None:
    """Busy, no answer, failed, or an error: the agent's fallback number is dialled, and its end is told apart."""
    answer = routed_door.post("/handoff-ended", **outcome)

    assert answer.find("Dial/Number").text == FALLBACK
    assert answer.find("Dial").attrib["action"] == f"{PUBLIC_URL}/twilio/voice/handoff-ended?fallback=1"
    assert "callerId" not in answer.find("Dial").attrib


def test_withheld_caller_is_put_through_as_the_dialled_number(routed_door: Door) -> None:
    """The fallback number, too, is dialled with a caller ID that Twilio accepts."""
    answer = routed_door.post("/handoff-ended", DialCallStatus="busy", From="anonymous")

    assert answer.find("Dial").attrib["callerId"] == NUMBER


@pytest.mark.parametrize("outcome", FAILURES)
def test_second_failure_apologises(routed_door: Door, outcome: dict[str, str]) -> None:
    """When the fallback number fails as well, the caller is told, and nobody is dialled a third time."""
    assert routed_door.post("/handoff-ended", "?fallback=1", **outcome).verbs == APOLOGY


@pytest.mark.parametrize("query", ["", "?fallback=1"])
@pytest.mark.parametrize("outcome", ENDS)
def test_ended_handoff_ends_the_call(routed_door: Door, outcome: dict[str, str], query: str) -> None:
    """A hand-off that was answered, or a caller who hung up, needs nobody else."""
    assert routed_door.post("/handoff-ended", query, **outcome).verbs == HANGUP


def test_details_in_the_action_url_change_nothing(routed_door: Door) -> None:
    """What a telephone's action URL carries along is told again, and is no sign of a second failure."""
    query = "?called=%2B14155550100&agent_name=fallback%3D1"

    assert routed_door.post("/handoff-ended", query, DialCallStatus="busy").verbs == ["Dial"]


@pytest.mark.parametrize("decision", [decision for decision in DECISIONS if decision != ROUTED])
def test_number_refused_meanwhile_dials_nobody(routed_door: Door, decision: str) -> None:
    """A number that was paused, released or unassigned during the call hands it to nobody any more."""
    routed_door.routes.routes[NUMBER] = replace(ROUTE, decision=decision)

    assert routed_door.post("/handoff-ended", DialCallStatus="busy").verbs == APOLOGY


def test_agent_without_a_fallback_number_apologises(routed_door: Door) -> None:
    """Where there is nobody else the caller is told so."""
    routed_door.routes.routes[NUMBER] = replace(ROUTE, fallback_number=None)

    assert routed_door.post("/handoff-ended", DialCallStatus="no-answer").verbs == APOLOGY


def test_last_resort_is_dialled_when_nothing_is_known(make_door: Callable[..., Door]) -> None:
    """When nobody knows the number any more FALLBACK_NUMBER is dialled, once."""
    door = make_door(CallRoute(NUMBER, UNAVAILABLE), fallback_number="+14155550180")

    assert door.post("/handoff-ended", DialCallStatus="busy").find("Dial/Number").text == "+14155550180"
    assert door.post("/handoff-ended", "?fallback=1", DialCallStatus="busy").verbs == APOLOGY


@pytest.mark.parametrize("outcome", [*FAILURES, *ENDS])
def test_outcome_is_noted(routed_door: Door, outcome: dict[str, str]) -> None:
    """What became of a hand-off is noted, with Twilio's error."""
    routed_door.post("/handoff-ended", **outcome)

    [event] = routed_door.noted()
    expected = outcome.get("DialCallStatus") or outcome.get("SessionStatus")
    expected = expected or ("failed" if "ErrorCode" in outcome else "completed")
    assert event.kind == "handoff_ended"
    assert event.details["outcome"] == expected
    assert event.details["error_code"] == outcome.get("ErrorCode")
    assert event.details["is_fallback"] is False


def stream_event(door: Door, event: str) -> Answer:
    return door.post("/status", StreamEvent=event, StreamSid="MZ1", To=None, From=None, Direction=None)


def action(door: Door, status: str = "in-progress") -> Answer:
    return door.post("/handoff-ended", CallStatus=status)


def test_failed_stream_dials_the_fallback_number(routed_door: Door) -> None:
    """A stream that could not be opened leaves a caller, who is put through to somebody."""
    stream_event(routed_door, "stream-error")

    assert action(routed_door).find("Dial/Number").text == FALLBACK
    assert routed_door.noted()[-1].details["outcome"] == "failed"


@pytest.mark.parametrize("events", [["stream-started"], ["stream-started", "stream-stopped"], ["stream-stopped"]])
def test_stream_that_the_agent_ended_ends_the_call(routed_door: Door, events: list[str]) -> None:
    """An agent that closes its stream has ended the call."""
    for event in events:
        stream_event(routed_door, event)

    assert action(routed_door).verbs == HANGUP


@pytest.mark.parametrize(
    "events",
    [["stream-started", "stream-error"], ["stream-error", "stream-stopped"], ["stream-error", "stream-started"]],
)
def test_stream_error_outweighs_what_comes_with_it(routed_door: Door, events: list[str]) -> None:
    """Callbacks come in any order: once an error was reported the stream has failed."""
    for event in events:
        stream_event(routed_door, event)

    assert action(routed_door).verbs == ["Dial"]


@pytest.mark.parametrize(("event", "verbs"), [("stream-error", ["Dial"]), ("stream-started", HANGUP)])
def test_late_callback_is_waited_for(routed_door: Door, event: str, verbs: list[str]) -> None:
    """Twilio may ask what next before it says how the stream went; that is known only a moment later."""
    late = Timer(0.2, stream_event, (routed_door, event))
    late.start()
    answer = action(routed_door)
    late.join()

    assert answer.verbs == verbs


def test_silent_stream_counts_as_failed(routed_door: Door) -> None:
    """When no callback comes the caller is put through to somebody, rather than hung up on."""
    assert action(routed_door).verbs == ["Dial"]


def test_caller_who_hung_up_is_not_waited_for(routed_door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stream's end with the call completed needs no question."""
    monkeypatch.setattr(routed_door.streams, "has_failed", lambda *_: pytest.fail("asked"))

    assert action(routed_door, "completed").verbs == HANGUP


def test_handoff_is_followed_up_and_recorded(
    changes: Changes, who: Who, twilio_post: Callable[..., Answer], stored_calls: Callable[[], list[Call]]
) -> None:
    """From the call to its failed hand-off and the end of its fallback: one record, with both outcomes."""
    create_agent(changes, who, "Clara", "phone", "+14155550181", FALLBACK)
    add_number(changes, who, NUMBER, "Clara")
    twilio_post()
    assert twilio_post("/handoff-ended", DialCallStatus="busy").find("Dial/Number").text == FALLBACK
    assert twilio_post("/handoff-ended", "?fallback=1", DialCallStatus="completed").verbs == HANGUP
    twilio_post("/status", CallStatus="completed", CallDuration="61")

    [call] = stored_calls()
    assert (call.decision, call.handoff_outcome, call.fallback_outcome) == ("routed", "busy", "completed")
    assert (call.call_status, call.duration_seconds) == ("completed", 61)


@pytest.mark.usefixtures("patient")
def test_number_paused_during_the_handoff_dials_nobody(
    changes: Changes, who: Who, twilio_post: Callable[..., Answer]
) -> None:
    """A pause that is in force holds for the fallback number of a call that came in before it."""
    create_agent(changes, who, "Clara", "phone", "+14155550181", FALLBACK)
    add_number(changes, who, NUMBER, "Clara")
    twilio_post()
    assert pause_number(changes, who, NUMBER)[1].in_force

    assert twilio_post("/handoff-ended", DialCallStatus="busy").verbs == APOLOGY
