"""Verify that a line forwards: start to look, and record the call that showed it.

From the start on, for ten minutes, the first call that comes through the line is its witness (`line_witnesses.py`).
Whoever reads the line sees that at once; a chore of the housekeeper, which hosts do side by side, records it. What
clocks say is only within which calls a witness is looked for.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select

from models import ForwardedLine, Number
from operations.changes import Changes, Who
from operations.checking import read_phone_number
from operations.errors import Conflict, Invalid, at_field
from operations.forwarded_lines import find_line
from operations.in_force import Outcome
from operations.line_witnesses import find_witness, show_line, show_stored_line
from operations.permissions import SYSTEM

VERIFIED_BY = "forwarding check"
# A call may be recorded long after it came, when the database was away: so long it is still looked for.
LOOKED_FOR = timedelta(days=1)


def start_verification(
    changes: Changes, who: Who, number: str | int, line: str | int, test_phone: str | None = None
) -> tuple[dict[str, Any], Outcome]:
    """Begin to look for a call through a line (phone number or id), anew if it was verified before.

    `test_phone` (E.164) is the telephone from which the line will be called, for carriers that hide the line. Raises
    NotFound, Conflict for a released number, Invalid for a test phone that is the line itself.
    """
    with at_field("test_phone"):
        caller = read_phone_number(test_phone) if test_phone else None
    with changes.making(who, "line.verifying") as draft:
        target, found = find_line(draft.session, who.account, number, line)
        if target.status == "released":
            raise Conflict("number_released", f"{target.phone_number} was released: nothing forwards there any more.")
        if caller == found.phone_number:
            with at_field("test_phone"):
                raise Invalid("Call the line from another telephone than the line itself.")
        before = show_stored_line(found, target)
        found.test_phone, found.verifying_since = caller, datetime.now(UTC)
        found.verified_at = found.verified_by = None
        draft.record([target.phone_number], before, show_stored_line(found, target))
        shown = show_line(draft.session, found, target)
    return shown, draft.outcome


def verify_waiting_lines(changes: Changes) -> int:
    """Record the witnesses of lines that wait for one; return how many were recorded."""
    waiting = select(ForwardedLine).where(
        ForwardedLine.verified_at.is_(None), ForwardedLine.verifying_since >= datetime.now(UTC) - LOOKED_FOR
    )
    with changes.database.reading() as session:
        seen = [line for line in session.scalars(waiting) if find_witness(session, line)]
    return sum(_record(changes, line) for line in seen)


def _record(changes: Changes, seen: ForwardedLine) -> bool:
    """Record a line's witness, unless the line was removed, verified or started anew meanwhile."""
    with changes.making(Who(seen.account_id, VERIFIED_BY, SYSTEM), "line.verified") as draft:
        line = draft.session.get(ForwardedLine, seen.id)
        is_waiting = line is not None and line.verified_at is None
        witness = find_witness(draft.session, line) if line is not None and is_waiting else None
        if line is None or witness is None:
            return False
        target = draft.session.get_one(Number, line.number_id)
        before = show_stored_line(line, target)
        line.verified_at, line.verified_by = witness.received_at, witness.call_sid
        draft.record([target.phone_number], before, show_stored_line(line, target))
    return True
