"""List the calls of an account."""

from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from models import Call
from operations.showing import show_call


def list_calls(
    session: Session, account_id: int, limit: int = 50, to_number: str | None = None
) -> list[dict[str, Any]]:
    """Return the latest calls of an account, newest first.

    Calls to a number that no account has belong to nobody; they are listed too, because nothing may be lost.
    """
    mine = or_(Call.account_id == account_id, Call.account_id.is_(None))
    query = select(Call).where(mine).order_by(Call.received_at.desc(), Call.id.desc()).limit(limit)
    if to_number:
        query = query.where(Call.to_number == to_number)
    return [show_call(call) for call in session.scalars(query)]
