"""List the numbers of an account."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from models import Number
from operations.showing import show_number


def list_numbers(session: Session, account_id: int, status: str | None = None) -> list[dict[str, Any]]:
    """Return the numbers of an account by phone number, those with one status only if asked."""
    query = select(Number).where(Number.account_id == account_id).order_by(Number.phone_number, Number.id)
    if status:
        query = query.where(Number.status == status)
    loaded = query.options(joinedload(Number.agent), joinedload(Number.location))
    return [show_number(number) for number in session.scalars(loaded)]
