"""Delete an agent or a location; what numbers it has are handed on in the same change, or it stays."""

from typing import Any

from sqlalchemy.orm import Session

from operations.changes import Changes, Draft, Who
from operations.errors import Conflict, Invalid, NotFound, at_field
from operations.give_numbers import give_numbers
from operations.holders import Holder, HolderKind, numbers_held
from operations.in_force import Outcome
from operations.showing import check_is_unchanged, show_number

NOBODY = "none"
# What programs and forms call who gets the numbers.
HEIR = "reassign_to"
NUMBERS_NAMED = 20


def delete_holder(
    changes: Changes, who: Who, kind: HolderKind, name: str | int, reassign_to: str | int | None, if_match: str | None
) -> Outcome:
    """Delete a holder (name or id); its numbers go to another one of its kind, or to NOBODY if that is said.

    Raises Conflict naming its numbers while it has any and nothing is said, NotFound, Changed. What stands against the
    heir is of the field HEIR.
    """
    account_id = who.account
    with changes.making(who, f"{kind.word}.deleted") as draft:
        found = kind.find(draft.session, account_id, name)
        shown = kind.show(found)
        check_is_unchanged(shown, if_match)
        with at_field(HEIR):
            heir = _find_heir(draft.session, account_id, kind, found, reassign_to)
            _hand_on(draft, kind, found, shown, heir, is_said=reassign_to is not None)
        draft.session.delete(found)
    return draft.outcome


def _find_heir(
    session: Session, account_id: int, kind: HolderKind, found: Holder, reassign_to: str | int | None
) -> Holder | None:
    if reassign_to is None or reassign_to == NOBODY:
        return None
    try:
        heir: Holder = kind.find(session, account_id, reassign_to)
    except NotFound as error:
        error.field = HEIR
        raise
    if heir is found:
        raise Invalid(f"“{found.name}” cannot hand its numbers on to itself.")
    return heir


def _hand_on(
    draft: Draft, kind: HolderKind, found: Holder, shown: dict[str, Any], heir: Holder | None, is_said: bool
) -> None:
    numbers = numbers_held(draft.session, kind, found.id)
    if not numbers:
        draft.record([], shown, None)
        return
    phone_numbers = [number.phone_number for number in numbers]
    if not is_said:
        raise Conflict(f"{kind.word}_has_numbers", _name_the_numbers(kind, found, phone_numbers))
    before = shown | {"numbers": [show_number(number) for number in numbers]}
    give_numbers(draft.session, numbers, kind, heir, move=True)
    draft.session.flush()
    draft.record(phone_numbers, before, {"numbers": [show_number(number) for number in numbers]})


def _name_the_numbers(kind: HolderKind, found: Holder, phone_numbers: list[str]) -> str:
    more = f" and {len(phone_numbers) - NUMBERS_NAMED} more" if len(phone_numbers) > NUMBERS_NAMED else ""
    return (
        f"“{found.name}” still has {', '.join(phone_numbers[:NUMBERS_NAMED])}{more}. Say which {kind.word} they go to,"
        f" or “{NOBODY}” to leave them unassigned."
    )
