"""Finish the purchases that were cut off: find the number at Twilio, or buy it after all, or give it up.

Several hosts and an operator may do this at once, and whoever ordered may still be at it: who works on a purchase puts
off when it is due again, and `end_purchase.py` lets only the first one end it. To buy twice is safe, because Twilio
takes the second purchase of a number for a change of its settings.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import select, update

from models import Database, Number, Purchase
from models.purchase import OPEN
from operations.buy_at_twilio import buy, find_ours
from operations.changes import Changes, Who
from operations.end_purchase import record_bought, record_failed
from operations.errors import Conflict, OperationError
from operations.intents import Intent, intent_of, tagged
from operations.order_number import ALONE_FOR
from operations.permissions import SYSTEM
from operations.twilio_account import OwnedNumber, TwilioAccount, Webhooks
from operations.twilio_errors import TwilioProblem, TwilioRefused

log = structlog.get_logger()
HOUSEKEEPER = "housekeeper"
# Nobody who ordered a number longer ago than this still waits for it.
BUY_FOR = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Finished:
    """What became of a purchase: bought, failed, or waiting for Twilio. `problem` is a sentence, None if bought."""

    account_id: int
    phone_number: str
    state: str
    problem: str | None = None


def finish_purchases(
    changes: Changes, twilio: TwilioAccount, webhooks: Webhooks, *, at_once: bool = False
) -> list[Finished]:
    """Finish what is due, or with `at_once` also what somebody may be at; return what was done.

    Stops at the first that Twilio has no answer for: the others would wait for nothing. Raises what a change raises.
    """
    done = []
    for intent in _claim_due(changes.database, at_once):
        finished = _finish(changes, twilio, webhooks, intent)
        log.info("purchase finished", phone_number=intent.phone_number, state=finished.state, problem=finished.problem)
        done.append(finished)
        if finished.state == "intended":
            break
    return done


def adopt_orphan(changes: Changes, owned: OwnedNumber) -> dict[str, Any] | None:
    """Bring back a number that was bought for a purchase after it had been given up; return it as it is now.

    None for a number whose friendly name is not that of such a purchase, or that is live here already.
    """
    with changes.database.reading() as session:
        purchase = session.scalars(tagged(owned.phone_number, owned.friendly_name)).first()
    if purchase is None or purchase.state == "bought":
        return None
    return record_bought(changes, _finisher(intent := intent_of(purchase)), intent, owned)[0]


def _claim_due(database: Database, at_once: bool) -> Iterator[Intent]:
    """Yield the purchases to finish, each only if nobody else has begun with it since it was seen."""
    is_due = (OPEN, *(() if at_once else (Purchase.due_at <= datetime.now(UTC),)))
    with database.reading() as session:
        due = session.scalars(select(Purchase).where(*is_due).order_by(Purchase.id)).all()
    for purchase in due:
        seen = (Purchase.id == purchase.id, Purchase.state == "intended", Purchase.due_at == purchase.due_at)
        claim = update(Purchase).where(*seen).values(due_at=datetime.now(UTC) + ALONE_FOR).returning(Purchase.id)
        with database.writing() as session:
            is_claimed = session.scalar(claim) is not None
        if is_claimed:
            yield intent_of(purchase)


def _finish(changes: Changes, twilio: TwilioAccount, webhooks: Webhooks, intent: Intent) -> Finished:
    database = changes.database
    try:
        owned = find_ours(changes, twilio, intent)
    except TwilioProblem as problem:
        return _said(intent, "intended", problem.message)
    except Conflict as problem:
        return _give_up(changes, intent, problem)
    if owned is None and not _is_wanted(database, intent):
        return _give_up(changes, intent, _never_bought(intent))
    try:
        owned = owned or buy(changes, twilio, webhooks, intent)
    except TwilioRefused as problem:
        return _give_up(changes, intent, problem)
    except TwilioProblem as problem:
        return _said(intent, "intended", problem.message)
    if owned is not None:
        record_bought(changes, _finisher(intent), intent, owned)
    return _how_it_ended(database, intent)


def _is_wanted(database: Database, intent: Intent) -> bool:
    """Tell whether it is to be bought after all: ordered not long ago, and not released meanwhile."""
    if datetime.now(UTC) - intent.intended_at > BUY_FOR:
        return False
    of_purchase = select(Purchase.number_id).where(Purchase.id == intent.purchase_id).scalar_subquery()
    with database.reading_fresh() as connection:
        return connection.scalar(select(Number.status).where(Number.id == of_purchase)) == "pending"


def _never_bought(intent: Intent) -> OperationError:
    return Conflict(
        "purchase_given_up", f"{intent.phone_number} was not bought: the purchase was cut off. Order it again."
    )


def _give_up(changes: Changes, intent: Intent, problem: OperationError) -> Finished:
    record_failed(changes, _finisher(intent), intent, problem)
    return _how_it_ended(changes.database, intent)


def _how_it_ended(database: Database, intent: Intent) -> Finished:
    """Say what is committed, which may be what somebody else did."""
    with database.reading() as session:
        purchase = session.get_one(Purchase, intent.purchase_id)
    return _said(intent, purchase.state, purchase.problem)


def _said(intent: Intent, state: str, problem: str | None) -> Finished:
    return Finished(intent.account_id, intent.phone_number, state, problem)


def _finisher(intent: Intent) -> Who:
    return Who(intent.account_id, HOUSEKEEPER, SYSTEM)
