"""Export calls as CSV, newest first, a batch at a time: the memory that it takes does not grow with their number."""

from collections.abc import Callable, Iterator
from typing import Any

from models import Call
from operations.call_filters import CallFilters, conditions
from operations.csv_text import write_csv
from operations.list_calls import EVERYTHING, Reading, every_call

COLUMNS: dict[str, Callable[[Call], Any]] = {
    "received_at": lambda call: call.received_at.isoformat(),
    "call_sid": lambda call: call.call_sid,
    "from": lambda call: call.from_number,
    "to": lambda call: call.to_number,
    "forwarded_from": lambda call: call.forwarded_from,
    "decision": lambda call: call.decision,
    "reason": lambda call: call.reason,
    "agent": lambda call: call.agent_name,
    "location": lambda call: call.location_name,
    "call_status": lambda call: call.call_status,
    "handoff_outcome": lambda call: call.handoff_outcome,
    "fallback_outcome": lambda call: call.fallback_outcome,
    "duration_seconds": lambda call: call.duration_seconds,
    "ended_at": lambda call: call.ended_at.isoformat() if call.ended_at else None,
    "route_source": lambda call: call.route_source,
}


def export_calls(reading: Reading, account_id: int, filters: CallFilters = EVERYTHING) -> Iterator[str]:
    """Return the chunks of a CSV file with the account's calls; `reading` opens a session for each batch.

    Raises Invalid at once for a filter that cannot be read, and not only when the first chunk is asked for, which is
    too late for a status other than 200.
    """
    with reading() as session:
        conditions(session, account_id, filters)
    rows = ([show(call) for show in COLUMNS.values()] for call in every_call(reading, account_id, filters))
    return write_csv(list(COLUMNS), rows)
