"""What agents and locations are to numbers: each number has at most one of either."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute, Session, joinedload

from models import Agent, Location, Number
from operations.finding import find_agent, find_location
from operations.showing import show_agent, show_location

Holder = Agent | Location


@dataclass(frozen=True, slots=True)
class HolderKind:
    """One of the two kinds: `word` is its name in the object of a number, `phrase` that with its article.

    `has` is said of a number and its holder.
    """

    word: str
    phrase: str
    has: str
    column: InstrumentedAttribute[int | None]
    find: Callable[[Session, int, str | int], Any]
    show: Callable[[Any], dict[str, Any]]

    def of(self, number: Number) -> Holder | None:
        """Return who of this kind has a number."""
        holder: Holder | None = getattr(number, self.word)
        return holder


AGENT = HolderKind("agent", "an agent", "is answered by", Number.agent_id, find_agent, show_agent)
LOCATION = HolderKind("location", "a location", "belongs to", Number.location_id, find_location, show_location)


def numbers_held(session: Session, kind: HolderKind, holder_id: int) -> Sequence[Number]:
    """Return the numbers of a holder by phone number, with agent and location loaded. Released ones have no holder."""
    query = select(Number).where(kind.column == holder_id).order_by(Number.phone_number)
    return session.scalars(query.options(joinedload(Number.agent), joinedload(Number.location))).all()


def phone_numbers_held(session: Session, kind: HolderKind, holder_id: int) -> list[str]:
    """Return the phone numbers (E.164) of a holder, in order."""
    query = select(Number.phone_number).where(kind.column == holder_id).order_by(Number.phone_number)
    return list(session.scalars(query))
