"""Questions to ask of the audit trail."""

from typing import Any

from sqlalchemy import select

from models import Change, ChangeCounter, ChangedNumber
from operations.changes import Changes


def change_counter(changes: Changes) -> int:
    """Return the number of the last committed change."""
    with changes.database.reading() as session:
        return session.scalars(select(ChangeCounter.n)).one()


def every_change(changes: Changes) -> list[Change]:
    """Return all changes in the order of their numbers."""
    with changes.database.reading() as session:
        return list(session.scalars(select(Change).order_by(Change.n)))


def last_change(changes: Changes) -> Change:
    """Return the change that was committed last."""
    return every_change(changes)[-1]


def numbers_named_by(changes: Changes, n: int) -> list[str]:
    """Return the phone numbers whose routes change `n` may have altered, in order."""
    with changes.database.reading() as session:
        query = select(ChangedNumber.phone_number).where(ChangedNumber.n == n).order_by(ChangedNumber.phone_number)
        return list(session.scalars(query))


def stored(shown: dict[str, Any]) -> dict[str, Any]:
    """Return an agent or a location as the audit trail keeps it: without what is derived from numbers."""
    return {name: value for name, value in shown.items() if name not in ("agents", "locations", "numbers_count")}
