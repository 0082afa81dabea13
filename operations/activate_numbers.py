"""Activate the numbers that were bought and are Pending, as soon as Twilio puts calls through to them."""

from datetime import timedelta
from typing import Any

from sqlalchemy import select

from models import Number
from models.base import now
from models.number import PENDING
from operations.changes import Changes, Who
from operations.finding import find_number
from operations.finish_purchases import HOUSEKEEPER
from operations.permissions import SYSTEM
from operations.showing import show_number
from operations.twilio_account import TwilioAccount


def activate_numbers(
    changes: Changes, twilio: TwilioAccount, *, bought_within: timedelta | None = None
) -> list[dict[str, Any]]:
    """Ask Twilio for each pending number that has a SID; return those that are active now.

    `bought_within` leaves out those that have been pending for longer. Raises TwilioProblem at the first that Twilio
    does not answer for.
    """
    waiting = select(Number.id, Number.account_id, Number.sid).where(PENDING, Number.sid.is_not(None))
    if bought_within is not None:
        waiting = waiting.where(Number.purchased_at > now() - bought_within)
    with changes.database.reading() as session:
        pending = session.execute(waiting.order_by(Number.id)).all()
    activated = []
    for number_id, account_id, sid in pending:
        owned = twilio.read(str(sid))
        if owned is not None and owned.is_in_use:
            activated += _activate(changes, account_id, number_id, owned.sid)
    return activated


def _activate(changes: Changes, account_id: int, number_id: int, sid: str) -> list[dict[str, Any]]:
    """Make a number active, unless somebody has done so or released it meanwhile."""
    with changes.making(Who(account_id, HOUSEKEEPER, SYSTEM), "number.activated") as draft:
        number = find_number(draft.session, account_id, number_id)
        before = show_number(number)
        if is_waiting := (number.status, number.sid) == ("pending", sid):
            number.status = "active"
            draft.record([number.phone_number], before, show_number(number))
        shown = show_number(number)
    return [shown] if is_waiting else []
