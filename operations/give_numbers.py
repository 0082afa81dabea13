"""Give numbers to an agent or a location: a number has at most one of each, and to move it has to be said."""

from collections.abc import Sequence
from typing import Literal

from models import Agent, Location, Number
from operations.errors import Conflict

HAS = {"agent": "is answered by", "location": "belongs to"}
HOLDERS_NAMED = 20


def check_are_live(numbers: Sequence[Number]) -> None:
    """Raise Conflict when one of the numbers was released."""
    for number in numbers:
        if number.status == "released":
            raise Conflict("number_released", f"{number.phone_number} was released and cannot be assigned.")


def give_numbers(
    numbers: Sequence[Number], part: Literal["agent", "location"], holder: Agent | Location | None, move: bool
) -> None:
    """Give numbers to a holder, or take them away (None).

    Raises Conflict naming whoever has one of them already, unless it is to `move`. Taking away moves nothing.
    """
    held = [number for number in numbers if getattr(number, part) not in (None, holder)]
    if holder is not None and held and not move:
        raise Conflict(f"number_has_{part}", _name_the_holders(held, part))
    for number in numbers:
        setattr(number, part, holder)


def _name_the_holders(held: Sequence[Number], part: str) -> str:
    named = [f"{number.phone_number} {HAS[part]} “{getattr(number, part).name}”" for number in held[:HOLDERS_NAMED]]
    more = f", and {len(held) - HOLDERS_NAMED} more are held too" if len(held) > HOLDERS_NAMED else ""
    return f"{', '.join(named)}{more}. Nothing was changed. To move what somebody has, repeat this with “move”."
