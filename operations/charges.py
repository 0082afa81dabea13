"""Find what an account's numbers cost in a month: which are charged, when, how much, and for which location."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload

from models import Change, Number
from operations.charge_dates import Month, charged_at

# What these changes leave of a number's location is what it was before.
LEAVE_LOCATIONS = ("number.paused", "number.resumed", "number.labelled", "number.activated", "number.synced")
Location = dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Charge:
    """The price of a number for the month that begins at `at`. `amount` is None when nobody knew it at purchase.

    `currency` is ISO 4217. `location` is shown as the API shows it; it is that of the number at that moment.
    """

    number: Number
    at: datetime
    amount: Decimal | None
    currency: str | None
    location: Location

    @property
    def is_still_at_twilio(self) -> bool:
        """Tell whether it was released here and is charged all the same, because Twilio has not let it go yet."""
        return self.number.status == "released" and self.number.charged_until is None


def find_charges(session: Session, account_id: int, month: Month) -> list[Charge]:
    """Return a month's charges, by phone number; those of its days to come are expected, not made yet."""
    charged = [(number, at) for number in _numbers(session, account_id, month) if (at := _charge(number, month))]
    history = _locations(session, account_id, {number.id for number, _ in charged})
    return [_as_charge(number, at, history.get(number.id, [])) for number, at in charged]


def _numbers(session: Session, account_id: int, month: Month) -> Iterator[Number]:
    ends_later = or_(Number.charged_until.is_(None), Number.charged_until > month.begins)
    query = (
        select(Number)
        .where(Number.account_id == account_id, Number.purchased_at < month.next.begins, ends_later)
        .order_by(Number.phone_number, Number.id)
        .options(joinedload(Number.location))
    )
    yield from session.scalars(query)


def _charge(number: Number, month: Month) -> datetime | None:
    """Return when a number is charged in a month. What is not Twilio's yet, or no more as far as we know, is not."""
    is_intended = number.status == "pending" and number.sid is None
    at = charged_at(number.purchased_at, month)
    end = number.charged_until or (number.released_at if number.sid is None else None)
    return None if at is None or is_intended or (end is not None and end <= at) else at


def _as_charge(number: Number, at: datetime, history: list[tuple[datetime, Location]]) -> Charge:
    currency = number.price_unit if number.monthly_price is not None else None
    amount = number.monthly_price if currency is not None else None
    return Charge(number, at, amount, currency, _location_at(number, at, history))


def _location_at(number: Number, at: datetime, history: list[tuple[datetime, Location]]) -> Location:
    """Return the number's location at a moment: what the last change before it left, or else the first one after.

    The change that made a number is a little later than its first charge. A number without history has its present
    location.
    """
    before = [location for made_at, location in history if made_at <= at]
    if before or history:
        return before[-1] if before else history[0][1]
    return {"id": number.location.id, "name": number.location.name} if number.location else None


def _locations(session: Session, account_id: int, ids: set[int]) -> dict[int, list[tuple[datetime, Location]]]:
    """Read from the audit trail which locations the numbers had since when. A released one keeps its last one."""
    query = (
        select(Change.made_at, Change.after)
        .where(Change.account_id == account_id, Change.action.not_in(LEAVE_LOCATIONS))
        .order_by(Change.n)
        .execution_options(yield_per=500)
    )
    history: dict[int, list[tuple[datetime, Location]]] = {}
    for made_at, after in session.execute(query):
        for shown in _shown_numbers(after):
            if shown["id"] in ids and shown.get("status") != "released":
                history.setdefault(shown["id"], []).append((made_at, shown["location"]))
    return history


def _shown_numbers(after: dict[str, Any] | None) -> Iterator[dict[str, Any]]:
    """Yield the numbers in the audit trail's `after`: one, several, or none because it is of something else."""
    several = (after or {}).get("numbers")
    for shown in several if isinstance(several, list) else [after]:
        if isinstance(shown, dict) and {"id", "phone_number", "location"} <= shown.keys():
            yield shown
