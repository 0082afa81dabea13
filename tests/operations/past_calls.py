"""Calls of the past, stored as the keeper would have stored them then."""

from datetime import UTC, datetime
from itertools import count
from typing import Any

from models import Call
from operations.changes import Changes
from routing.call_notes import NotedEvent
from routing.call_record import INBOUND_CALL
from routing.drain import store_events
from tests.conftest import ACCOUNT_SID

EVENT_NUMBERS = count(1)
USUAL = {
    "decision": "routed",
    "call_status": "ringing",
    "route_source": "worker",
    "from_number": "+14155550199",
    "to_number": "+14155550100",
    "direction": "inbound",
}


def event(call_sid: str, kind: str, at: datetime, **details: Any) -> NotedEvent:
    """Make an event of a call under an id of its own."""
    return NotedEvent(f"{next(EVENT_NUMBERS):032x}", ACCOUNT_SID, call_sid, kind, at, details)


def store(changes: Changes, *events: NotedEvent) -> None:
    """Store events as a drain does."""
    with changes.database.writing() as session:
        store_events(session, events)


def store_call(changes: Changes, account_id: int | None, at: datetime | str, **details: Any) -> str:
    """Store a call that came in at a moment (ISO 8601 or datetime); return its CallSid."""
    moment = datetime.fromisoformat(at) if isinstance(at, str) else at
    call_sid = f"CA{next(EVENT_NUMBERS):032x}"
    noted = event(call_sid, INBOUND_CALL, moment.astimezone(UTC), **USUAL | {"account_id": account_id} | details)
    store(changes, noted)
    return call_sid


def count_rows(changes: Changes, kind: type = Call) -> int:
    """Return how many rows a table has."""
    with changes.database.reading() as session:
        return session.query(kind).count()
