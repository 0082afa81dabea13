"""Release a number: it leaves the account for good, and its row stays for the history of its calls."""

from datetime import UTC, datetime
from typing import Any

from operations.changes import Changes, Outcome, Who
from operations.checking import read_reason
from operations.errors import Conflict
from operations.finding import find_number
from operations.showing import show_number


def release_number(
    changes: Changes, who: Who, number: str | int, reason: str | None = None
) -> tuple[dict[str, Any], Outcome]:
    """Release a number on our side; raises NotFound, or Conflict if it is released already."""
    reason = read_reason(reason)
    with changes.making(who, "number.released") as draft:
        found = find_number(draft.session, who.account, number)
        if found.status == "released":
            raise Conflict("number_already_released", f"{found.phone_number} was released already.")
        before = show_number(found)
        found.status = "released"
        found.released_at = datetime.now(UTC)
        found.agent = None
        found.location = None
        draft.session.flush()
        draft.record([found.phone_number], before, show_number(found), reason)
    return show_number(found), draft.outcome
