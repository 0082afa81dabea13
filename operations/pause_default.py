"""What callers of an account's paused numbers meet when a pause does not say: kept by the account, copied into pauses.

It is looked up when a pause is made, and then stands in the number, as if it had been said. So a pause tells afterwards
what was heard, a changed default alters no pause that is there, and calls know nothing of it.
"""

from dataclasses import replace
from typing import Any

from sqlalchemy import Row, bindparam, select
from sqlalchemy.orm import Session

from models import Account, Base, ForwardedLine
from operations.dialled_numbers import check_may_be_dialled
from operations.errors import Conflict
from operations.pause import BUSY, Pause, read_pause

ACCOUNTS = Base.metadata.tables[Account.__tablename__]
DEFAULT = select(ACCOUNTS.c.paused_treatment, ACCOUNTS.c.paused_message, ACCOUNTS.c.paused_forward_to).where(
    ACCOUNTS.c.id == bindparam("account_id")
)


def default_pause(account: Account | Row[Any, Any, Any]) -> Pause:
    """Return the pause of an account that is paused by without saying how."""
    return Pause(account.paused_treatment or BUSY, account.paused_message, account.paused_forward_to)


def as_said_or_usual(session: Session, account_id: int, pause: Pause) -> Pause:
    """Return a pause that says what callers meet: as it was said, or else as the account has it."""
    if pause.treatment is not None:
        return pause
    default = session.execute(DEFAULT, {"account_id": account_id}).one()
    return replace(default_pause(default), resume_at=pause.resume_at)


def set_default_pause(session: Session, account: Account, treatment: str, message: str | None, to: str | None) -> None:
    """Write a default into an account; raises for it what a pause of any of its numbers would raise."""
    pause = read_pause(Pause(treatment, message, to))
    if pause.forward_to is not None and pause.forward_to != account.paused_forward_to:
        check_may_be_dialled(session, pause.forward_to)
        _check_is_no_line(session, account.id, pause.forward_to)
    account.paused_treatment = None if pause.treatment == BUSY else pause.treatment
    account.paused_message = pause.message
    account.paused_forward_to = pause.forward_to


def _check_is_no_line(session: Session, account_id: int, phone_number: str) -> None:
    """Raise Conflict for a line of the account that forwards to a number of ours: whichever, once that is paused."""
    lines = select(ForwardedLine.id)
    mine = lines.where(ForwardedLine.account_id == account_id, ForwardedLine.phone_number == phone_number)
    if session.scalars(mine).first() is not None:
        raise Conflict(
            "dials_forwarded_line",
            f"{phone_number} is a line that forwards to a number of yours: once that is paused, its callers would come"
            " back. Name another telephone, or remove the line.",
        )
