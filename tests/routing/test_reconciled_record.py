"""A call has one record, whatever is stored of it: noted or found, in any order, in any batches, as often as may be."""

from datetime import timedelta
from itertools import count, permutations
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from models import Call, CallEvent
from routing.call_notes import NotedEvent
from routing.call_record import FOUND_AT_TWILIO, HANDOFF_ENDED, INBOUND_CALL, STATUS_CHANGED, fold
from routing.drain import store_events
from tests.conftest import ACCOUNT_SID
from tests.routing.host import Host
from tests.routing.test_call_record import NOON, PARTIES, event, events_of_a_call, parties, seconds, statuses

CALLS = count(1)
moments = st.sampled_from(["2026-05-07T12:00:00+00:00", "2026-05-07T12:00:02+00:00"])
found_details = st.fixed_dictionaries(
    {
        "call_status": statuses,
        "duration_seconds": st.sampled_from([None, 0, 61]),
        "started_at": moments,
        "happened_at": moments,
        "decision": st.sampled_from([None, "paused"]),
        "agent_name": st.sampled_from([None, "Bruno"]),
        "reason": st.sampled_from([None, "reconciled from Twilio's call list"]),
    }
)
found_events = st.lists(st.tuples(seconds, parties, found_details), min_size=1, max_size=2).map(
    lambda rows: [
        event(FOUND_AT_TWILIO, after, f"found{number}", **party | details)
        for number, (after, party, details) in enumerate(rows)
    ]
)


@given(st.one_of(events_of_a_call, st.just([])), found_events, st.data())
def test_any_order_and_repetition_makes_the_same_record(
    noted: list[NotedEvent], found: list[NotedEvent], data: st.DataObject
) -> None:
    """Also with what was found at Twilio, before or after what was noted."""
    shuffled = data.draw(st.permutations(noted + found)) + data.draw(st.lists(st.sampled_from(noted + found)))

    assert fold(shuffled) == fold(noted + found)


@given(events_of_a_call, found_events)
def test_what_was_noted_goes_before_what_was_found(noted: list[NotedEvent], found: list[NotedEvent]) -> None:
    """Of the decision, the agent and the arrival, once the call's own note is there; of the parties always."""
    before, after = fold(noted), fold(noted + found)

    for name in ("from_number", "to_number", "direction"):
        assert before[name] is None or after[name] == before[name]
    if any(one.kind == INBOUND_CALL for one in noted):
        for name in ("decision", "agent_name", "reason", "received_at"):
            assert after[name] == before[name]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(noted=st.one_of(events_of_a_call, st.just([])), found=found_events, data=st.data())
def test_any_order_of_batches_leaves_one_row(
    host: Host, noted: list[NotedEvent], found: list[NotedEvent], data: st.DataObject
) -> None:
    """In the database: each event stored once, and the row that all of them together make."""
    call_sid = f"CA{next(CALLS):032x}"
    events = [_of_call(one, call_sid) for one in noted + found]
    stored = data.draw(st.permutations(events)) + data.draw(st.lists(st.sampled_from(events), max_size=4))
    batch = data.draw(st.integers(1, len(stored)))

    for start in range(0, len(stored), batch):
        with host.database.writing() as session:
            store_events(session, stored[start : start + batch])

    with host.database.reading() as session:
        row = session.scalars(select(Call).where(Call.call_sid == call_sid)).one()
        rows = session.scalars(select(CallEvent.id).where(CallEvent.call_sid == call_sid)).all()
    assert sorted(rows) == sorted({one.id for one in events})
    assert _columns(row) == fold(events)


def test_every_order_of_a_found_call_makes_the_same_record() -> None:
    """All 24 orders of a call, the end of its hand-off, a callback, and what was found: the call's own note counts."""
    events = [
        event(INBOUND_CALL, 0.4, call_status="ringing", decision="routed", agent_name="Clara", **PARTIES),
        event(HANDOFF_ENDED, 2, outcome="completed"),
        event(STATUS_CHANGED, 9, call_status="completed", duration_seconds=61),
        event(
            FOUND_AT_TWILIO,
            5,
            call_status="completed",
            started_at=NOON.isoformat(),
            happened_at=(NOON + timedelta(seconds=8)).isoformat(),
            duration_seconds=61,
            agent_name="Bruno",
            reason="reconciled from Twilio's call list",
        ),
    ]
    records = [fold(order) for order in permutations(events)]

    assert all(record == records[0] for record in records)
    assert (records[0]["decision"], records[0]["agent_name"], records[0]["reason"]) == ("routed", "Clara", None)
    assert records[0]["received_at"] == NOON + timedelta(seconds=0.4)
    without_its_note = fold(events[1:])
    assert (without_its_note["agent_name"], without_its_note["received_at"]) == ("Bruno", NOON)
    assert without_its_note["ended_at"] == NOON + timedelta(seconds=8)


@pytest.mark.parametrize("late", [INBOUND_CALL, STATUS_CHANGED])
def test_an_event_that_comes_after_the_finding_is_folded_in(host: Host, late: str) -> None:
    """It is stored beside it, in the one row there is."""
    call_sid = f"CA{next(CALLS):032x}"
    found = event(FOUND_AT_TWILIO, 5, call_status="completed", started_at=NOON.isoformat(), agent_name="Bruno")
    for one in (found, event(late, 1, call_status="completed", agent_name="Clara", duration_seconds=7)):
        with host.database.writing() as session:
            store_events(session, [_of_call(one, call_sid)])

    with host.database.reading() as session:
        row = session.scalars(select(Call).where(Call.call_sid == call_sid)).one()
    assert (row.agent_name, row.duration_seconds) == ("Clara" if late == INBOUND_CALL else "Bruno", 7)


def _of_call(one: NotedEvent, call_sid: str) -> NotedEvent:
    """Return the event as one of that call, under an id that no other call has."""
    return NotedEvent(f"{call_sid[-8:]}-{one.id}"[:32], ACCOUNT_SID, call_sid, one.kind, one.noted_at, one.details)


def _columns(row: Call) -> dict[str, Any]:
    return {name: getattr(row, name) for name in fold([event(STATUS_CHANGED)])}
