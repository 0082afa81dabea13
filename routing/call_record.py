"""Fold the events of a call into its one record: pure, and the same for every order and repetition of the events.

Kinds of events and their details:

* `inbound_call`: what came in and what was decided. The first one counts: a replayed webhook changes nothing. Beside
  what goes into the record it holds the receipt of the answer: `change` (the change number that the route was true
  for), `milliseconds`, of a call handed to its agent `handoff_kind`, `handoff_target` and `fallback_number` as they
  were, `dialled`, the number that was dialled in an agent's place, and `paused_treatment`.
* `handoff_ended`: `outcome`, `error_code`, `is_fallback` (true at the end of the fallback number's hand-off).
* `dialling_refused`: `reason`, why somebody was not dialled after a hand-off; before it, that is in `inbound_call`.
* `stream_changed`: `event`, `problem`.
* `status_changed`: `call_status`, `duration_seconds`, `happened_at` (ISO 8601).
* `found_at_twilio`: what Twilio's own list tells of a call whose record was not whole: what `status_changed` has, and
  `started_at` (ISO 8601); and what goes into the record of an `inbound_call`, from the audit trail, with
  `number_change`, the last change of the number then. What was noted when it happened goes before it, also if that
  comes later.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from routing.call_notes import NotedEvent

INBOUND_CALL = "inbound_call"
HANDOFF_ENDED = "handoff_ended"
DIALLING_REFUSED = "dialling_refused"
STATUS_CHANGED = "status_changed"
STREAM_CHANGED = "stream_changed"
FOUND_AT_TWILIO = "found_at_twilio"

# A status only moves forward. The terminal ones are ordered too, so that two of them, which Twilio should never send,
# leave the same record in whichever order they arrive.
STATUS_ORDER = (
    "",
    "queued",
    "initiated",
    "ringing",
    "in-progress",
    "canceled",
    "failed",
    "no-answer",
    "busy",
    "completed",
)
FIRST_TERMINAL = STATUS_ORDER.index("canceled")
RANKS = {status: rank for rank, status in enumerate(STATUS_ORDER)}

COPIED_FROM_THE_CALL = (
    "account_id",
    "number_id",
    "agent_id",
    "agent_name",
    "location_id",
    "location_name",
    "decision",
    "route_source",
)
LONGEST_REASON = 200
COPIED_FROM_ANY_EVENT = ("from_number", "to_number", "forwarded_from", "direction")
# The less, the rather an event is believed: the inbound call before all others, Twilio's list after them. Those of no
# other weight have 1.
WEIGHTS = {INBOUND_CALL: 0, FOUND_AT_TWILIO: 2}


def fold(events: Iterable[NotedEvent]) -> dict[str, Any]:
    """Return the columns of the call that these events, all of one call, tell of. There must be at least one."""
    ordered = sorted({event.id: event for event in events}.values(), key=lambda event: (event.noted_at, event.id))
    believed_first = sorted(ordered, key=lambda event: WEIGHTS.get(event.kind, 1))
    call = _first(ordered, INBOUND_CALL) or _first(ordered, FOUND_AT_TWILIO)
    status = max((str(event.details.get("call_status") or "") for event in ordered), key=_rank)
    return {
        "account_sid": ordered[0].account_sid,
        "call_sid": ordered[0].call_sid,
        **{name: call.details.get(name) if call else None for name in COPIED_FROM_THE_CALL},
        **{name: _first_value(believed_first, name) for name in COPIED_FROM_ANY_EVENT},
        "reason": _reason(call, ordered),
        "handoff_outcome": _outcome(ordered, of_fallback=False),
        "fallback_outcome": _outcome(ordered, of_fallback=True),
        "call_status": status or None,
        "duration_seconds": _longest_duration(ordered),
        "received_at": _received_at(call or ordered[0]),
        "ended_at": _ended_at(ordered),
    }


def has_ended(status: str | None) -> bool:
    """Tell whether a CallStatus is one after which nothing follows."""
    return _rank(status or "")[0] >= FIRST_TERMINAL


def _rank(status: str) -> tuple[int, str]:
    """Order statuses; one that Twilio invents later counts as not yet terminal."""
    return RANKS.get(status, FIRST_TERMINAL - 1), status


def _first(ordered: list[NotedEvent], kind: str) -> NotedEvent | None:
    for event in ordered:
        if event.kind == kind:
            return event
    return None


def _first_value(events: list[NotedEvent], name: str) -> Any:
    for event in events:
        if value := event.details.get(name):
            return value
    return None


def _reason(call: NotedEvent | None, ordered: list[NotedEvent]) -> str | None:
    """Return what the note of the call says of why, and the refusals after its hand-off; a replay says it once."""
    refused = [event for event in ordered if event.kind == DIALLING_REFUSED]
    reasons = [event.details.get("reason") for event in ([call] if call else []) + refused]
    return "; ".join(dict.fromkeys(map(str, filter(None, reasons))))[:LONGEST_REASON] or None


def _outcome(ordered: list[NotedEvent], of_fallback: bool) -> Any:
    """Return how the agent's own hand-off ended, or its fallback number's; a replayed webhook changes nothing."""
    for event in ordered:
        if event.kind == HANDOFF_ENDED and bool(event.details.get("is_fallback")) == of_fallback:
            return event.details.get("outcome")
    return None


def _longest_duration(ordered: list[NotedEvent]) -> int | None:
    durations = [event.details.get("duration_seconds") for event in ordered]
    return max([int(duration) for duration in durations if duration is not None], default=None)


def _received_at(event: NotedEvent) -> datetime:
    """Return when the call came in by the host's clock that noted it, else by Twilio's."""
    if event.kind == FOUND_AT_TWILIO:
        return datetime.fromisoformat(event.details["started_at"])
    return event.noted_at


def _ended_at(ordered: list[NotedEvent]) -> datetime | None:
    """Return when the call ended by Twilio's clock, else by the host's that heard of it."""
    ends = [event for event in ordered if has_ended(str(event.details.get("call_status") or ""))]
    moments = [
        datetime.fromisoformat(event.details["happened_at"]) if event.details.get("happened_at") else event.noted_at
        for event in ends
    ]
    return min(moments, default=None)
