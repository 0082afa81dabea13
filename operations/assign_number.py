"""Give a number, or many, to an agent, to a location, to both, or take it from them; and say what people call it."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from models import Number
from operations.changes import Changes, Who
from operations.checking import read_name
from operations.finding import find_agent, find_location, find_number, find_numbers
from operations.give_numbers import check_are_live, give_numbers
from operations.holders import AGENT, LOCATION
from operations.in_force import Outcome
from operations.many_numbers import record_numbers
from operations.showing import check_are_unchanged, check_is_unchanged, show_number


def assign_number(
    changes: Changes,
    who: Who,
    number: str | int,
    agent: str | int | None = None,
    location: str | int | None = None,
    *,
    label: str | None = None,
    move: bool = False,
    if_match: str | None = None,
) -> tuple[dict[str, Any], Outcome]:
    """Assign a number and set its label; None leaves each as it is, the empty string takes it away.

    Raises NotFound for an agent or location that the account has not, Conflict for a released number and for one that
    another agent or location has, unless it is to `move`; Changed if it is not as `if_match` (its etag) says.
    """
    account_id = who.account
    is_label_only = agent is None and location is None and label is not None
    with changes.making(who, "number.labelled" if is_label_only else "number.assigned") as draft:
        found = find_number(draft.session, account_id, number)
        before = show_number(found)
        check_is_unchanged(before, if_match)
        _give(draft.session, account_id, [found], agent, location, move)
        if label is not None:
            found.label = read_name(label, "a label") if label.strip() else ""
        draft.session.flush()
        after = show_number(found)
        record_numbers(draft, [before], [after])
    return after, draft.outcome


def assign_numbers(
    changes: Changes,
    who: Who,
    numbers: Sequence[str | int],
    agent: str | None = None,
    location: str | None = None,
    *,
    move: bool = False,
    if_match: str | None = None,
) -> tuple[list[dict[str, Any]], Outcome]:
    """Assign many numbers to the same agent, location or both, all of them or none, in one change.

    Raises as `assign_number` does; the Conflict names every holder. `if_match` names the etags of all of them, with
    commas between.
    """
    account_id = who.account
    with changes.making(who, "number.assigned") as draft:
        found = find_numbers(draft.session, account_id, numbers)
        before = [show_number(number) for number in found]
        check_are_unchanged(before, if_match)
        _give(draft.session, account_id, found, agent, location, move)
        draft.session.flush()
        after = [show_number(number) for number in found]
        record_numbers(draft, before, after)
    return after, draft.outcome


def _give(
    session: Session,
    account_id: int,
    numbers: Sequence[Number],
    agent: str | int | None,
    location: str | int | None,
    move: bool,
) -> None:
    to_agent = find_agent(session, account_id, agent) if agent else None
    to_location = find_location(session, account_id, location) if location else None
    check_are_live(numbers)
    if agent is not None:
        give_numbers(session, numbers, AGENT, to_agent, move)
    if location is not None:
        give_numbers(session, numbers, LOCATION, to_location, move)
