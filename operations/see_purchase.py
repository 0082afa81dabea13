"""See how the purchase of a number is doing, for somebody who waits for it; nothing is asked of Twilio."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Purchase
from operations.errors import NotFound
from operations.finding import find_number
from operations.showing import show_number


def see_purchase(session: Session, account_id: int, number_id: int) -> dict[str, Any]:
    """Return the last purchase of a number by the number's id.

    Its `state` is intended, bought or failed, `problem` a sentence that says why it failed, `number` the number as
    shown, None when there is none because it was not bought. While it `is_waiting` it goes on by itself. Raises
    NotFound.
    """
    of_it = (Purchase.account_id == account_id, Purchase.number_id == number_id)
    purchase = session.scalars(select(Purchase).where(*of_it).order_by(Purchase.id.desc()).limit(1)).first()
    if purchase is None:
        raise NotFound("There is no purchase of such a number in this account.")
    try:
        number = show_number(find_number(session, account_id, number_id))
    except NotFound:
        number = None
    return {
        "phone_number": purchase.phone_number,
        "state": purchase.state,
        "problem": purchase.problem,
        "intended_at": purchase.intended_at.isoformat(),
        "number": number,
        "is_waiting": purchase.state != "failed" and number is not None and number["status"] == "pending",
    }
