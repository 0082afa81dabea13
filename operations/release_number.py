"""Release a number: it leaves the account for good, and its row stays for the history of its calls."""

from datetime import UTC, datetime
from typing import Any

from operations.changes import Changes, Outcome, Who
from operations.checking import read_reason
from operations.errors import Conflict
from operations.finding import find_number
from operations.showing import show_number


def release_number(
    changes: Changes, who: Who, phone_number: str, reason: str | None = None
) -> tuple[dict[str, Any], Outcome]:
    """Release a number on our side; raises NotFound, or Conflict if it is released already."""
    reason = read_reason(reason)
    with changes.making(who, "number.released") as draft:
        number = find_number(draft.session, who.account, phone_number)
        if number.status == "released":
            raise Conflict("number_already_released", f"{number.phone_number} was released already.")
        before = show_number(number)
        number.status = "released"
        number.released_at = datetime.now(UTC)
        number.agent = None
        number.location = None
        draft.session.flush()
        draft.record([number.phone_number], before, show_number(number), reason)
    return show_number(number), draft.outcome
