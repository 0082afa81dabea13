"""Refuse a number that somebody else has, without saying who: another account here, or anybody in the world.

A number of another account is to be had as little as one of a stranger's, and is answered with the same words as
Twilio's refusal of that. Only the operator, who sees all accounts anyway, is told more.
"""

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Number
from operations.changes import Who
from operations.errors import Conflict
from operations.finish_releases import open_release_of
from operations.permissions import SYSTEM
from operations.twilio_errors import MEANINGS, TAKEN_BY_SOMEBODY

RELEASING = (
    "{number} was released and Twilio has not confirmed it yet. Run `flask numbers sync` to finish that, then try"
    " again."
)


def check_is_free(session: Session, who: Who, phone_number: str) -> None:
    """Raise Conflict if a number (E.164) is live in some account, or if Twilio may still be about to delete it."""
    live = select(Number.account_id).where(Number.phone_number == phone_number, Number.status != "released")
    holder = session.scalar(live)
    if holder == who.account:
        raise Conflict("number_exists", f"{phone_number} is in this account already.")
    if holder is not None:
        raise of_somebody_else(who, "number_taken", f"{phone_number} is in use in another account.")
    released_by = open_release_of(session, phone_number)
    still_releasing = Conflict("number_still_releasing", RELEASING.format(number=phone_number))
    if released_by == who.account:
        raise still_releasing
    if released_by is not None:
        raise of_somebody_else(who, still_releasing.code, still_releasing.message)


def of_somebody_else(who: Who, code: str, sentence: str) -> Conflict:
    """Return the refusal of a number that is not this account's: the operator's, or everybody else's."""
    return Conflict(code, sentence) if who.role == SYSTEM else not_available()


def not_available() -> Conflict:
    """Return what Twilio says of a number that is not for sale."""
    meaning = MEANINGS[TAKEN_BY_SOMEBODY]
    return Conflict(meaning.code, meaning.sentence)
