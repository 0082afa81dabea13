"""Add a number that the business owns at Twilio already."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Number
from operations.changes import Changes, Outcome, Who
from operations.checking import read_name, read_phone_number
from operations.errors import Conflict
from operations.finding import find_agent, find_location
from operations.showing import show_number


def add_number(
    changes: Changes,
    who: Who,
    phone_number: str,
    agent: str | None = None,
    location: str | None = None,
    label: str = "",
    status: str = "active",
) -> tuple[dict[str, Any], Outcome]:
    """Take a number (E.164) into the account; raises Conflict if it is live in this or another account."""
    wanted = read_phone_number(phone_number)
    account_id = who.account
    with changes.making(who, "number.added") as draft:
        _check_is_not_live(draft.session, account_id, wanted)
        number = Number(account_id=account_id, phone_number=wanted, status=status)
        number.label = read_name(label, "a label") if label else ""
        number.agent = find_agent(draft.session, account_id, agent) if agent else None
        number.location = find_location(draft.session, account_id, location) if location else None
        draft.session.add(number)
        draft.session.flush()
        draft.record([wanted], None, show_number(number))
    return show_number(number), draft.outcome


def _check_is_not_live(session: Session, account_id: int, phone_number: str) -> None:
    live = select(Number.account_id).where(Number.phone_number == phone_number, Number.status != "released")
    holder = session.scalar(live)
    if holder == account_id:
        raise Conflict("number_exists", f"{phone_number} is in this account already.")
    if holder is not None:
        raise Conflict("number_taken", f"{phone_number} is in use in another account.")
