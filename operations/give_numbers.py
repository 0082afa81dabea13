"""Give numbers to an agent or a location: a number has at most one of each, and to move it has to be said."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from models import Agent, Number
from operations.dialled_numbers import check_agent_may_answer
from operations.errors import Conflict
from operations.holders import Holder, HolderKind

HOLDERS_NAMED = 20


def check_are_live(numbers: Sequence[Number]) -> None:
    """Raise Conflict when one of the numbers was released."""
    for number in numbers:
        if number.status == "released":
            raise Conflict("number_released", f"{number.phone_number} was released and cannot be assigned.")


def give_numbers(
    session: Session, numbers: Sequence[Number], kind: HolderKind, holder: Holder | None, move: bool
) -> None:
    """Give numbers to a holder, or take them away (None).

    Raises Conflict naming whoever has one of them already, unless it is to `move`; taking away moves nothing. Also
    when an agent would put calls through to a line that forwards to one of the numbers.
    """
    held = [number for number in numbers if kind.of(number) not in (None, holder)]
    if holder is not None and held and not move:
        raise Conflict(f"number_has_{kind.word}", _name_the_holders(held, kind))
    if isinstance(holder, Agent):
        check_agent_may_answer(session, holder, numbers)
    for number in numbers:
        setattr(number, kind.word, holder)


def _name_the_holders(held: Sequence[Number], kind: HolderKind) -> str:
    named = [f"{number.phone_number} {kind.has} “{getattr(kind.of(number), 'name', '')}”" for number in held]
    more = f", and {len(held) - HOLDERS_NAMED} more have one too" if len(held) > HOLDERS_NAMED else ""
    return (
        f"{', '.join(named[:HOLDERS_NAMED])}{more}. Nothing was changed. To move what somebody has, repeat this with"
        " “move”."
    )
