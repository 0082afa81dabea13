"""A call's record is folded from its events, the same in every order and with every repetition."""

from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.call_notes import NotedEvent
from routing.call_record import (
    FIRST_TERMINAL,
    HANDOFF_ENDED,
    INBOUND_CALL,
    STATUS_CHANGED,
    STATUS_ORDER,
    STREAM_CHANGED,
    fold,
)

NOON = datetime(2026, 5, 7, 12, tzinfo=UTC)
ACCOUNT_SID, CALL_SID = "AC" + "0" * 32, "CA" + "1" * 32
PARTIES = {"from_number": "+14155550199", "to_number": "+14155550100", "direction": "inbound"}
TERMINAL = STATUS_ORDER[FIRST_TERMINAL:]

seconds = st.integers(0, 5)
parties = st.fixed_dictionaries({name: st.sampled_from([None, value, "other"]) for name, value in PARTIES.items()})
statuses = st.sampled_from([*STATUS_ORDER, "invented"])
calls = st.fixed_dictionaries(
    {
        "call_status": statuses,
        "decision": st.sampled_from(["routed", "paused"]),
        "agent_name": st.sampled_from([None, "Clara"]),
        "reason": st.sampled_from([None, "fallback URL, error 11200"]),
    }
)
changes = st.fixed_dictionaries(
    {
        "call_status": statuses,
        "duration_seconds": st.sampled_from([None, 0, 61]),
        "happened_at": st.sampled_from([None, "2026-05-07T12:00:01+00:00", "2026-05-07T05:00:02-07:00"]),
    }
)
ends = st.fixed_dictionaries(
    {
        "outcome": st.sampled_from(["busy", "completed"]),
        "error_code": st.none(),
        "is_fallback": st.booleans(),
    }
)
streams = st.fixed_dictionaries({"event": st.just("stream-started"), "problem": st.none()})
kinds = [(INBOUND_CALL, calls), (STATUS_CHANGED, changes), (HANDOFF_ENDED, ends), (STREAM_CHANGED, streams)]


def event(kind: str, after: float = 0, event_id: str = "", **details: Any) -> NotedEvent:
    noted_at = NOON + timedelta(seconds=after)
    return NotedEvent(event_id or f"{kind}{after}", ACCOUNT_SID, CALL_SID, kind, noted_at, details)


def one_event(kind: str, details: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.tuples(st.just(kind), seconds, parties, details)


events_of_a_call = st.lists(st.one_of(*(one_event(*kind) for kind in kinds)), min_size=1, max_size=8).map(
    lambda rows: [
        event(kind, after, f"id{number}", **party | details)
        for number, (kind, after, party, details) in enumerate(rows)
    ]
)


@given(events_of_a_call, st.data())
def test_any_order_and_repetition_makes_the_same_record(events: list[NotedEvent], data: st.DataObject) -> None:
    """Hosts drain in any order and may drain twice: the record is the same."""
    shuffled = data.draw(st.permutations(events)) + data.draw(st.lists(st.sampled_from(events)))

    assert fold(shuffled) == fold(events)


def test_every_order_of_a_usual_call_makes_the_same_record() -> None:
    """All 120 orders of a call, its hand-off, its stream and two callbacks."""
    events = [
        event(INBOUND_CALL, 0, call_status="ringing", decision="routed", agent_name="Clara", **PARTIES),
        event(STREAM_CHANGED, 1, event="stream-error"),
        event(HANDOFF_ENDED, 2, outcome="failed"),
        event(STATUS_CHANGED, 3, call_status="in-progress"),
        event(STATUS_CHANGED, 9, call_status="completed", duration_seconds=61),
    ]
    records = [fold(order) for order in permutations(events)]

    assert all(record == records[0] for record in records)
    assert (records[0]["call_status"], records[0]["handoff_outcome"]) == ("completed", "failed")
    assert (records[0]["received_at"], records[0]["ended_at"]) == (NOON, NOON + timedelta(seconds=9))


@given(events_of_a_call)
def test_status_never_goes_backwards(events: list[NotedEvent]) -> None:
    """Each further event leaves the status where it is or moves it forward, and an end stays an end."""
    found = [fold(events[: count + 1])["call_status"] for count in range(len(events))]

    ranks = [STATUS_ORDER.index(status or "") if status != "invented" else FIRST_TERMINAL - 1 for status in found]
    assert ranks == sorted(ranks)


@pytest.mark.parametrize("terminal", TERMINAL)
@pytest.mark.parametrize("late", ["", "queued", "initiated", "ringing", "in-progress", "invented"])
def test_terminal_status_stays(terminal: str, late: str) -> None:
    """A callback that was overtaken by the call's end does not bring the call back to life."""
    record = fold([event(STATUS_CHANGED, 1, call_status=terminal), event(STATUS_CHANGED, 2, call_status=late)])

    assert record["call_status"] == terminal
    assert record["ended_at"] == NOON + timedelta(seconds=1)


@given(events_of_a_call)
def test_record_is_that_of_the_first_inbound_call(events: list[NotedEvent]) -> None:
    """What was decided first is what the record says; a replayed webhook changes nothing of it."""
    webhooks = [one for one in events if one.kind == INBOUND_CALL]
    first = min(webhooks, key=lambda one: (one.noted_at, one.id), default=None)

    record = fold(events)
    for name in ("decision", "agent_name", "reason"):
        assert record[name] == (first.details[name] if first else None)
    assert first is None or record["received_at"] == first.noted_at


def test_callback_before_its_call_makes_a_stub() -> None:
    """Of a callback alone parties, status and end are known, and nothing was decided."""
    record = fold([event(STATUS_CHANGED, 5, call_status="completed", duration_seconds=61, **PARTIES)])

    assert (record["decision"], record["agent_id"], record["account_id"]) == (None, None, None)
    assert (record["to_number"], record["call_status"], record["duration_seconds"]) == ("+14155550100", "completed", 61)
    assert record["received_at"] == record["ended_at"] == NOON + timedelta(seconds=5)


def test_call_outweighs_callbacks_that_came_before_it() -> None:
    """Once the call is known its own parties and its own moment count."""
    record = fold(
        [
            event(STATUS_CHANGED, 1, call_status="completed", to_number="+14155550101"),
            event(INBOUND_CALL, 2, call_status="ringing", decision="routed", **PARTIES),
        ]
    )

    assert (record["to_number"], record["received_at"]) == ("+14155550100", NOON + timedelta(seconds=2))


def test_call_ends_by_twilios_clock() -> None:
    """Twilio's own time of the end is believed before the host's that heard of it."""
    record = fold([event(STATUS_CHANGED, 9, call_status="busy", happened_at="2026-05-07T05:00:02-07:00")])

    assert record["ended_at"] == NOON + timedelta(seconds=2)


def test_agent_and_its_fallback_number_have_outcomes_of_their_own() -> None:
    """An agent that was busy was busy, also when its fallback number answered, and in whatever order we heard it."""
    busy = event(HANDOFF_ENDED, 1, outcome="busy", is_fallback=False)
    answered = event(HANDOFF_ENDED, 2, outcome="completed", is_fallback=True)

    for order in permutations([busy, answered]):
        record = fold(order)
        assert (record["handoff_outcome"], record["fallback_outcome"]) == ("busy", "completed")


def test_number_of_last_resort_is_no_hand_off_to_an_agent() -> None:
    """It was dialled because nobody knew the agent."""
    record = fold([event(HANDOFF_ENDED, 1, outcome="no-answer", is_fallback=True)])

    assert (record["handoff_outcome"], record["fallback_outcome"]) == (None, "no-answer")


def test_first_end_of_a_hand_off_counts() -> None:
    """A replayed webhook changes nothing."""
    record = fold([event(HANDOFF_ENDED, 2, outcome="completed"), event(HANDOFF_ENDED, 1, outcome="busy")])

    assert (record["handoff_outcome"], record["fallback_outcome"]) == ("busy", None)
