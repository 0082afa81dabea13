"""Say from an agent's or a location's side which numbers it has: the whole set, or one less.

(One more is `assign_number`.)
"""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from models import Number
from operations.changes import Changes, Who
from operations.finding import find_number, find_numbers
from operations.give_numbers import check_are_live, give_numbers
from operations.holders import HolderKind, numbers_held
from operations.in_force import Outcome
from operations.many_numbers import record_numbers
from operations.pages import USUAL_PAGE, Order, Page, read_page
from operations.showing import check_is_unchanged, show_number

BY_PHONE_NUMBER = Order((Number.phone_number, Number.id))


def set_numbers_of(
    changes: Changes,
    who: Who,
    kind: HolderKind,
    holder: str | int,
    numbers: Sequence[str | int],
    *,
    move: bool = False,
    if_match: str | None = None,
) -> tuple[list[dict[str, Any]], Outcome]:
    """Give a holder (name or id) exactly these numbers, in one change; what else it has is taken away from it.

    Returns its numbers. Raises NotFound, Conflict naming every other holder unless it is to `move`, and Changed if the
    set is not the one that `if_match` (of `etag_of_numbers`) was said for.
    """
    account_id = who.account
    with changes.making(who, "number.assigned") as draft:
        found = kind.find(draft.session, account_id, holder)
        held = numbers_held(draft.session, kind, found.id)
        check_is_unchanged({"etag": etag_of_numbers([number.id for number in held])}, if_match)
        wanted = find_numbers(draft.session, account_id, numbers) if numbers else []
        check_are_live(wanted)
        concerned = [*held, *(number for number in wanted if number not in held)]
        before = [show_number(number) for number in concerned]
        give_numbers(draft.session, wanted, kind, found, move)
        give_numbers(draft.session, [number for number in held if number not in wanted], kind, None, move)
        draft.session.flush()
        record_numbers(draft, before, [show_number(number) for number in concerned])
        after = [show_number(number) for number in sorted(wanted, key=lambda number: number.phone_number)]
    return after, draft.outcome


def take_number_from(
    changes: Changes, who: Who, kind: HolderKind, holder: str | int, number: str | int, *, if_match: str | None = None
) -> tuple[dict[str, Any], Outcome]:
    """Take a number from a holder (name or id); one that it has not stays with whoever has it.

    Raises NotFound, and Changed if the number is not as `if_match` (its etag) says.
    """
    account_id = who.account
    with changes.making(who, "number.assigned") as draft:
        found = kind.find(draft.session, account_id, holder)
        taken = find_number(draft.session, account_id, number)
        before = show_number(taken)
        check_is_unchanged(before, if_match)
        if kind.of(taken) is found:
            give_numbers(draft.session, [taken], kind, None, move=False)
        draft.session.flush()
        after = show_number(taken)
        record_numbers(draft, [before], [after])
    return after, draft.outcome


def list_numbers_of(
    session: Session,
    account_id: int,
    kind: HolderKind,
    holder: str | int,
    cursor: str | None = None,
    limit: int = USUAL_PAGE,
) -> Page:
    """Return a page of a holder's numbers by phone number, with the etag of the whole set; raises NotFound."""
    holder_id = kind.find(session, account_id, holder).id
    query = select(Number).where(kind.column == holder_id)
    loaded = query.options(joinedload(Number.agent), joinedload(Number.location))
    page = read_page(session, loaded, BY_PHONE_NUMBER, show_number, cursor, limit)
    every_id = session.scalars(select(Number.id).where(kind.column == holder_id)).all()
    return replace(page, etag=etag_of_numbers(every_id))


def every_number_of(session: Session, account_id: int, kind: HolderKind, holder: str | int) -> list[dict[str, Any]]:
    """Return all numbers of a holder (name or id) by phone number; raises NotFound."""
    found = kind.find(session, account_id, holder)
    return [show_number(number) for number in numbers_held(session, kind, found.id)]


def etag_of_numbers(ids: Sequence[int]) -> str:
    """Return what changes with which numbers are in a set, whatever happens to each of them."""
    return hashlib.sha256(",".join(map(str, sorted(ids))).encode()).hexdigest()[:16]
