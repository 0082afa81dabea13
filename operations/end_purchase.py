"""Write down how a purchase ended: bought, or failed. Whoever comes second finds it ended and changes nothing.

The request that ordered it, its finishers on several hosts and an operator's sync may all get here, in any order.
Changes happen one after another (`changes.py`), so what the state is found to be holds until the commit.
"""

from datetime import UTC, datetime
from typing import Any

import structlog
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from models import ForwardedLine, Number, Purchase
from operations.changes import Changes, Who
from operations.errors import NotFound, OperationError
from operations.finding import find_number
from operations.in_force import Outcome
from operations.intents import Intent
from operations.showing import show_number
from operations.twilio_account import OwnedNumber

log = structlog.get_logger()
LONGEST_PROBLEM = 500
SERVER_ERROR = 500


def record_bought(
    changes: Changes, who: Who, intent: Intent, owned: OwnedNumber
) -> tuple[dict[str, Any] | None, Outcome]:
    """Give the number its SID; it is active if Twilio says in-use. One that was given up too early comes back.

    The number is None only if it came back while somebody else has it: then that purchase adopts it. One that was
    released meanwhile stays so, and with its SID it can now be released at Twilio too.
    """
    with changes.making(who, "number.purchased") as draft:
        purchase = draft.session.get_one(Purchase, intent.purchase_id)
        number = _number_of(draft.session, purchase)
        if purchase.state == "bought":
            if purchase.sid != owned.sid:
                log.error("bought twice", phone_number=intent.phone_number, sid=owned.sid)
        elif number is None and _is_live(draft.session, intent.phone_number):
            log.warning("given up and ordered again", phone_number=intent.phone_number, sid=owned.sid)
        else:
            before = show_number(number) if number else None
            number = number or _bring_back(draft.session, purchase)
            _write_bought(number, purchase, owned)
            draft.record([intent.phone_number], before, show_number(number))
        shown = show_number(number) if number else None
    return shown, draft.outcome


def record_failed(changes: Changes, who: Who, intent: Intent, problem: OperationError) -> Outcome:
    """Remove the pending number, of which nothing was ever bought, and keep why; does nothing if it has ended.

    What is no fault of the request, and may be repeated, gives its key back.
    """
    with changes.making(who, "number.purchase_failed") as draft:
        purchase = draft.session.get_one(Purchase, intent.purchase_id)
        if purchase.state == "intended":
            number = _number_of(draft.session, purchase)
            before = show_number(number) if number else None
            purchase.state, purchase.ended_at = "failed", datetime.now(UTC)
            purchase.problem = problem.message[:LONGEST_PROBLEM]
            purchase.problem_code, purchase.problem_status = problem.code, problem.status
            if problem.status >= SERVER_ERROR:
                purchase.idempotency_key = None
            if number is not None and number.status == "pending":
                draft.session.execute(delete(ForwardedLine).where(ForwardedLine.number_id == number.id))
                draft.session.delete(number)
            draft.record([intent.phone_number], before, None, purchase.problem)
    return draft.outcome


def _number_of(session: Session, purchase: Purchase) -> Number | None:
    try:
        return find_number(session, purchase.account_id, purchase.number_id)
    except NotFound:
        return None


def _is_live(session: Session, phone_number: str) -> bool:
    live = select(Number.id).where(Number.phone_number == phone_number, Number.status != "released")
    return session.scalar(live) is not None


def _bring_back(session: Session, purchase: Purchase) -> Number:
    number = Number(account_id=purchase.account_id, phone_number=purchase.phone_number, label="", status="pending")
    number.agent = number.location = None
    session.add(number)
    session.flush()
    purchase.number_id = number.id
    return number


def _write_bought(number: Number, purchase: Purchase, owned: OwnedNumber) -> None:
    number.sid = owned.sid
    number.number_type = number.number_type or owned.number_type
    if number.status == "pending" and owned.is_in_use:
        number.status = "active"
    purchase.state, purchase.sid, purchase.ended_at = "bought", owned.sid, datetime.now(UTC)
    purchase.problem = purchase.problem_code = purchase.problem_status = None
