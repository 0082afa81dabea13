"""The list of calls that Twilio keeps: what was placed in the simulator and recorded here.

https://www.twilio.com/docs/voice/api/call-resource
"""

import sqlite3
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from simulator.rest.incoming_numbers import find_holder
from simulator.rest.store import open_store
from simulator.story import ENDED, CallOutcome, SimulatedCall, Step


@dataclass(frozen=True, slots=True)
class EndedCall:
    """A call that came to its end; ``started_at`` in whole seconds since 1970, as Twilio tells it."""

    position: int
    call_sid: str
    account_sid: str
    from_number: str
    to_number: str
    forwarded_from: str | None
    phone_number_sid: str | None
    status: str
    is_billed: int
    started_at: int
    duration_seconds: int

    @property
    def ended_at(self) -> int:
        """When the call ended, in seconds since 1970."""
        return self.started_at + self.duration_seconds


class CallLedger:
    """The calls of a folder's Twilio. Writing one down twice changes nothing."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def record(self, call: SimulatedCall, outcome: CallOutcome, started_at: datetime | None = None) -> None:
        """Write a call down; without a start, it is as long ago as the call lasted."""
        start = started_at or datetime.fromtimestamp(time.time() - outcome.duration_seconds, UTC)
        with open_store(self._folder) as store:
            number = find_holder(store, call.to_number)
            store.execute(
                "INSERT OR IGNORE INTO ended_call (call_sid, account_sid, from_number, to_number, forwarded_from,"
                " phone_number_sid, status, is_billed, started_at, duration_seconds)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    *(call.call_sid, call.account_sid, call.from_number, call.to_number, call.forwarded_from),
                    *(number.sid if number else None, outcome.call_status, outcome.billed),
                    *(int(start.timestamp()), outcome.duration_seconds),
                ),
            )

    def follow(self, call: SimulatedCall, steps: Iterator[Step]) -> Iterator[Step]:
        """Pass the steps of a call on, as ``place_call`` yields them, and write the call down before its last one."""
        started_at = datetime.now(UTC)
        for step in steps:
            if step.kind == ENDED and step.outcome is not None:
                self.record(call, step.outcome, started_at)
            yield step

    def calls_of(self, account_sid: str) -> list[EndedCall]:
        """Return an account's calls, the newest first."""
        with open_store(self._folder) as store:
            rows = store.execute(
                "SELECT * FROM ended_call WHERE account_sid = ? ORDER BY position DESC", (account_sid,)
            )
            return list(map(_ended_call, rows))


def _ended_call(row: sqlite3.Row) -> EndedCall:
    return EndedCall(**dict(row))
