"""Find what an account's numbers cost in a month: which are charged, when, how much, and for which location."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from models import Change, ChangedNumber, Location, Number
from operations.charge_dates import Month, charged_at
from operations.list_numbers import BY_PHONE_NUMBER
from operations.pages import begin_page, end_page

# A number that there is already gets another location by these, and by its release.
MOVES = ("number.assigned", "location.deleted")
# What these changes leave of a number's location is what it was before.
LEAVE_LOCATIONS = ("number.paused", "number.resumed", "number.labelled", "number.activated", "number.synced")
NUMBERS_AT_ONCE = 500
OF_NUMBERS = (
    Number.id,
    Number.phone_number,
    Number.label,
    Number.status,
    Number.sid,
    Number.location_id,
    Number.monthly_price,
    Number.price_unit,
    Number.purchased_at,
    Number.released_at,
    Number.charged_until,
)
Place = dict[str, Any] | None


class Kind(NamedTuple):
    """What charges have in common that are added up: the location's id and name, amount, currency, and its time."""

    location: tuple[int, str] | None
    amount: Decimal | None
    currency: str | None
    is_expected: bool


@dataclass(frozen=True, slots=True)
class Charge:
    """The price of a number for the month that begins at `at`. `amount` is None when nobody knew it at purchase.

    `number` is what bills say of it (OF_NUMBERS). `currency` is ISO 4217. `location` is shown as the API shows it; it
    is that of the number at that moment.
    """

    number: Any
    at: datetime
    amount: Decimal | None
    currency: str | None
    location: Place

    def kind(self, now: datetime) -> Kind:
        """Return what sums are made of: `now` is what tells what is expected from what was charged."""
        place = (self.location["id"], self.location["name"]) if self.location else None
        return Kind(place, self.amount, self.currency, self.at > now)

    @property
    def is_still_at_twilio(self) -> bool:
        """Tell whether it was released here and is charged all the same, because Twilio has not let it go yet."""
        return self.number.status == "released" and self.number.charged_until is None


def find_charges(session: Session, account_id: int, month: Month) -> list[Charge]:
    """Return a month's charges, by phone number; those of its days to come are expected, not made yet."""
    return _charges_of(session, account_id, month, session.execute(_numbers(account_id, month)))


def _charges_of(session: Session, account_id: int, month: Month, numbers: Iterable[Any]) -> list[Charge]:
    charged = [(number, at) for number in numbers if (at := _charge(number, month))]
    history = _locations(session, account_id, month, [number for number, _ in charged])
    return [_as_charge(number, at, history.get(number.id, [])) for number, at in charged]


def find_charges_of_page(
    session: Session, account_id: int, month: Month, cursor: str | None, limit: int
) -> tuple[list[Charge], str | None]:
    """Return the charges of a page of numbers, and the cursor of the next one; raises Invalid for a strange cursor.

    It may have fewer charges than numbers: not every number is charged.
    """
    query = begin_page(_numbers(account_id, month), BY_PHONE_NUMBER, cursor, limit)
    numbers, next_cursor = end_page(session.execute(query).all(), BY_PHONE_NUMBER, limit)
    return _charges_of(session, account_id, month, numbers), next_cursor


def kinds_of_charges(session: Session, account_id: int, month: Month, now: datetime) -> Iterator[Kind]:
    """Yield what sums are made of, for each charge of a month, without keeping the numbers: there may be very many."""
    every_number = _numbers(account_id, month)
    may_have_moved = or_(Number.status == "released", Number.phone_number.in_(_moves(account_id, month.begins)))
    history = _locations(session, account_id, month, session.execute(every_number.where(may_have_moved)).all())
    for number in session.execute(every_number.execution_options(yield_per=NUMBERS_AT_ONCE)):
        if at := _charge(number, month):
            yield _as_charge(number, at, history.get(number.id, [])).kind(now)


def count_charged(session: Session, account_id: int, month: Month, most: int) -> int:
    """Return how many numbers a month's bill is about; `most` if there are more."""
    some = _numbers(account_id, month).with_only_columns(Number.id).order_by(None).limit(most)
    return session.scalar(select(func.count()).select_from(some.subquery())) or 0


def _numbers(account_id: int, month: Month) -> Select[*tuple[Any, ...]]:
    """Ask for what bills say of numbers, and no more: there may be very many."""
    ends_later = or_(Number.charged_until.is_(None), Number.charged_until > month.begins)
    return (
        select(*OF_NUMBERS, Location.name.label("location_name"))
        .outerjoin(Location, Location.id == Number.location_id)
        .where(Number.account_id == account_id, Number.purchased_at < month.next.begins, ends_later)
        .order_by(*BY_PHONE_NUMBER.columns)
    )


def _charge(number: Any, month: Month) -> datetime | None:
    """Return when a number is charged in a month. What is not Twilio's yet, or no more as far as we know, is not."""
    is_intended = number.status == "pending" and number.sid is None
    at = charged_at(number.purchased_at, month)
    end = number.charged_until or (number.released_at if number.sid is None else None)
    return None if at is None or is_intended or (end is not None and end <= at) else at


def _as_charge(number: Any, at: datetime, history: list[tuple[datetime, Place]]) -> Charge:
    currency = number.price_unit if number.monthly_price is not None else None
    amount = number.monthly_price if currency is not None else None
    return Charge(number, at, amount, currency, _location_at(number, at, history))


def _location_at(number: Any, at: datetime, history: list[tuple[datetime, Place]]) -> Place:
    """Return the number's location at a moment: what the last change before it left, or else the first one after.

    The change that made a number is a little later than its first charge. A number without history has its present
    location.
    """
    before = [location for made_at, location in history if made_at <= at]
    if before or history:
        return before[-1] if before else history[0][1]
    return {"id": number.location_id, "name": number.location_name} if number.location_id is not None else None


def _locations(
    session: Session, account_id: int, month: Month, numbers: Sequence[Any]
) -> dict[int, list[tuple[datetime, Place]]]:
    """Return since when the numbers had which locations, of those that may have had another one in the month.

    All others have had their present one since it began. A released one keeps its last one.
    """
    moved = _moved_since(session, account_id, month.begins)
    asked = {number.phone_number: number.id for number in numbers if number.status == "released"}
    asked |= {number.phone_number: number.id for number in numbers if number.phone_number in moved}
    ids = {number.id for number in numbers if number.phone_number in asked}
    history: dict[int, list[tuple[datetime, Place]]] = {}
    for made_at, after in _changes_of(session, account_id, list(asked)):
        for shown in _shown_numbers(after):
            if shown["id"] in ids and shown.get("status") != "released":
                history.setdefault(shown["id"], []).append((made_at, shown["location"]))
    return history


def _moved_since(session: Session, account_id: int, since: datetime) -> set[str]:
    """Return the phone numbers that were given to a location, or taken from one, since a moment."""
    return set(session.scalars(_moves(account_id, since)))


def _moves(account_id: int, since: datetime) -> Select[str]:
    is_move = (Change.account_id == account_id, Change.action.in_(MOVES), Change.made_at > since)
    return select(ChangedNumber.phone_number).join(Change, Change.n == ChangedNumber.n).where(*is_move)


def _changes_of(session: Session, account_id: int, phone_numbers: Sequence[str]) -> Iterator[Any]:
    """Yield in order when each change of the numbers was made, and what it left; some numbers at a time."""
    for first in range(0, len(phone_numbers), NUMBERS_AT_ONCE):
        some = phone_numbers[first : first + NUMBERS_AT_ONCE]
        named = select(ChangedNumber.n).where(ChangedNumber.phone_number.in_(some))
        query = select(Change.made_at, Change.after).where(Change.n.in_(named), Change.account_id == account_id)
        kept = query.where(Change.action.not_in(LEAVE_LOCATIONS)).order_by(Change.n)
        yield from session.execute(kept.execution_options(yield_per=500))


def _shown_numbers(after: dict[str, Any] | None) -> Iterator[dict[str, Any]]:
    """Yield the numbers in the audit trail's `after`: one, several, or none because it is of something else."""
    several = (after or {}).get("numbers")
    for shown in several if isinstance(several, list) else [after]:
        if isinstance(shown, dict) and {"id", "phone_number", "location"} <= shown.keys():
            yield shown
