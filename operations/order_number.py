"""Write down that a number is to be bought: it appears as Pending, and the intent is kept before Twilio is asked.

Changes happen one after another (`changes.py`), so of many who order the same number at once exactly one finds it free.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import Account, Number, Price, Purchase
from operations.changes import Changes, Draft, Who
from operations.dialled_numbers import check_nobody_dials
from operations.errors import KeyReused, TooMany
from operations.finding import find_agent, find_location, find_number
from operations.in_force import Outcome
from operations.intents import Intent, intent_of
from operations.not_available import check_is_free
from operations.showing import show_number
from operations.twilio_errors import TwilioRefused

DAY = timedelta(hours=24)
# Whoever has just ordered is asking Twilio now, which takes no longer than this (`twilio_http.py`).
ALONE_FOR = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody asked for, checked: a phone number in E.164, who shall answer it, where, and what it is called.

    Under the same `idempotency_key` the same wish means the same purchase.
    """

    phone_number: str
    agent: str | int | None
    location: str | int | None
    label: str
    iso_country: str | None
    number_type: str | None
    idempotency_key: str | None

    @property
    def hash(self) -> str:
        """Return what tells this wish from another one under the same key (SHA-256, hexadecimal)."""
        asked = (self.phone_number, self.agent, self.location, self.label, self.iso_country, self.number_type)
        return hashlib.sha256(json.dumps(asked).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Order:
    """The number as it is now, how far that is in force, and its purchase; `is_replay` if it was ordered before."""

    number: dict[str, Any]
    outcome: Outcome
    intent: Intent
    is_replay: bool
    is_open: bool


def order_number(changes: Changes, who: Who, wish: Wish, price: Price | None) -> Order:
    """Add the number as Pending, with the intent to buy it; the same wish under the same key is only looked up.

    Raises Conflict if the number is live here or elsewhere or still being released, TooMany above the account's daily
    limit, NotFound for its agent or location, KeyReused, and for a replay what the purchase failed for.
    """
    with changes.making(who, "number.ordered") as draft:
        purchase = _find_earlier(draft.session, who.account, wish)
        is_replay = purchase is not None
        if purchase is None:
            check_is_free(draft.session, who, wish.phone_number)
            check_nobody_dials(draft.session, who.account, wish.phone_number)
            _check_daily_limit(draft.session, who.account)
            purchase = _write_down(draft, wish, price)
        number, intent, is_open = _show(draft.session, purchase), intent_of(purchase), purchase.state == "intended"
    return Order(number, draft.outcome, intent, is_replay, is_open)


def find_order(changes: Changes, who: Who, wish: Wish) -> Order | None:
    """Return the order that was made under the wish's key before, None if there is none; raise what a replay raises."""
    with changes.database.reading() as session:
        purchase = _find_earlier(session, who.account, wish)
        intent = intent_of(purchase) if purchase else None
    return see_order(changes, who, intent) if intent else None


def see_order(changes: Changes, who: Who, intent: Intent) -> Order:
    """Return how an order stands, confirmed as far as it is committed; raise what the purchase failed for."""
    with changes.making(who, "number.ordered") as draft:
        purchase = draft.session.get_one(Purchase, intent.purchase_id)
        number, is_open = _show(draft.session, purchase), purchase.state == "intended"
    return Order(number, draft.outcome, intent, True, is_open)


def _show(session: Session, purchase: Purchase) -> dict[str, Any]:
    if purchase.state == "failed":
        raise TwilioRefused(purchase.problem or "", purchase.problem_code, purchase.problem_status)
    return show_number(find_number(session, purchase.account_id, purchase.number_id))


def _find_earlier(session: Session, account_id: int, wish: Wish) -> Purchase | None:
    """Return the purchase that was made under the key; raise KeyReused if it was another request."""
    if wish.idempotency_key is None:
        return None
    under_key = (Purchase.account_id == account_id, Purchase.idempotency_key == wish.idempotency_key)
    purchase = session.scalars(select(Purchase).where(*under_key)).first()
    if purchase is not None and purchase.request_hash != wish.hash:
        raise KeyReused("This Idempotency-Key was used for another request. Give every purchase a key of its own.")
    return purchase


def _check_daily_limit(session: Session, account_id: int) -> None:
    """Count what was bought and what may yet be; a purchase that failed cost nothing."""
    account = session.get_one(Account, account_id)
    spent = (Purchase.state.in_(("intended", "bought")), Purchase.intended_at > datetime.now(UTC) - DAY)
    bought = session.scalar(select(func.count()).where(Purchase.account_id == account_id, *spent)) or 0
    if bought >= account.purchases_per_day:
        raise TooMany(
            "purchase_limit",
            f"This account may get {account.purchases_per_day} numbers in 24 hours and has done so. Try again later, or"
            " have a Super Admin raise the limit.",
        )


def _write_down(draft: Draft, wish: Wish, price: Price | None) -> Purchase:
    session, account_id, now = draft.session, draft.who.account, datetime.now(UTC)
    number = Number(account_id=account_id, phone_number=wish.phone_number, label=wish.label, status="pending")
    number.iso_country, number.number_type = wish.iso_country, wish.number_type
    number.monthly_price, number.price_unit = (price.amount, price.unit) if price else (None, None)
    number.agent = find_agent(session, account_id, wish.agent) if wish.agent else None
    number.location = find_location(session, account_id, wish.location) if wish.location else None
    session.add(number)
    session.flush()
    purchase = Purchase(
        account_id=account_id,
        number_id=number.id,
        phone_number=wish.phone_number,
        tag=uuid4().hex,
        idempotency_key=wish.idempotency_key,
        request_hash=wish.hash,
        state="intended",
        made_by=draft.who.name,
        intended_at=now,
        due_at=now + ALONE_FOR,
    )
    session.add(purchase)
    draft.record([wish.phone_number], None, show_number(number))
    return purchase
