"""Give a number to an agent, to a location, to both, or take it from them."""

from typing import Any

from operations.changes import Changes, Outcome, Who
from operations.errors import Conflict
from operations.finding import find_agent, find_location, find_number
from operations.showing import show_number


def assign_number(
    changes: Changes, who: Who, number: str | int, agent: str | None = None, location: str | None = None
) -> tuple[dict[str, Any], Outcome]:
    """Assign a number; None leaves agent or location as it is, the empty string takes it away.

    Raises NotFound for an agent or location that the account has not, Conflict for a released number.
    """
    account_id = who.account
    with changes.making(who, "number.assigned") as draft:
        found = find_number(draft.session, account_id, number)
        if found.status == "released":
            raise Conflict("number_released", f"{found.phone_number} was released and cannot be assigned.")
        before = show_number(found)
        if agent is not None:
            found.agent = find_agent(draft.session, account_id, agent) if agent else None
        if location is not None:
            found.location = find_location(draft.session, account_id, location) if location else None
        draft.session.flush()
        after = show_number(found)
        if after != before:
            draft.record([found.phone_number], before, after)
    return after, draft.outcome
