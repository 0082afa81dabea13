"""Forget calls that are older than their account keeps them, with all their events, a small batch at a time.

What is purged is said in the audit trail first, so that nothing is ever deleted silently; a purge that is cut off goes
on where it was the next time. A status callback that comes after its call was purged makes a record without a decision
and without an account, which is purged in its turn once it is as old.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, delete, func, select, tuple_
from sqlalchemy.orm import Session

from models import Account, Call, CallEvent, Database
from operations.changes import Changes, Who
from operations.errors import Invalid, NotFound
from operations.permissions import check_may

ACTION = "calls.purged"
CALLS_A_BATCH = 200
# Calls to numbers that nobody has, and those of which only a late callback is left, belong to no account.
NOBODYS_CALLS_DAYS = 365
LONGEST_RETENTION_DAYS = 36_500


@dataclass(frozen=True, slots=True)
class DuePurge:
    """How many calls of the account (None: of nobody) were received before that moment, `days` of 24 hours ago."""

    account_id: int | None
    days: int
    before: datetime
    calls: int

    def show(self) -> dict[str, Any]:
        return {"calls": self.calls, "older_than_days": self.days, "received_before": self.before.isoformat()}


def find_due_purge(session: Session, who: Who, older_than_days: int | None = None) -> DuePurge:
    """Return what a purge would delete now; without days, the account's own `call_retention_days` count.

    `Who(None, …)` asks for the calls that nobody owns. Raises Forbidden, NotFound, or Invalid for an impossible
    number of days.
    """
    check_may(who.role, ACTION)
    days = _read_days(session, who.account_id, older_than_days)
    before = datetime.now(UTC) - timedelta(days=days)
    due = select(func.count()).select_from(Call).where(*is_due(who.account_id, before))
    return DuePurge(who.account_id, days, before, session.scalar(due) or 0)


def purge_calls(
    changes: Changes, who: Who, due: DuePurge, advance: Callable[[int], None] = lambda count: None
) -> dict[str, Any]:
    """Delete what `find_due_purge` found; `advance` is told how many more calls are gone after each batch."""
    if due.calls:
        with changes.making(who, ACTION) as draft:
            draft.record([], None, due.show())
        while gone := purge_batch(changes.database, due.account_id, due.before):
            advance(gone)
    return due.show()


def purge_batch(database: Database, account_id: int | None, before: datetime) -> int:
    """Delete the oldest of these calls with their events in one short transaction; return how many.

    Rows that somebody else works on are left for the next batch, so that two purges never wait for one another.
    """
    due = select(Call.id, Call.account_sid, Call.call_sid).where(*is_due(account_id, before))
    oldest = due.order_by(Call.account_id, Call.received_at, Call.id).limit(CALLS_A_BATCH)
    with database.writing() as session:
        rows = session.execute(oldest.with_for_update(skip_locked=True)).all()
        if rows:
            keys = [(row.account_sid, row.call_sid) for row in rows]
            session.execute(delete(CallEvent).where(tuple_(CallEvent.account_sid, CallEvent.call_sid).in_(keys)))
            session.execute(delete(Call).where(Call.id.in_([row.id for row in rows])))
    return len(rows)


def is_due(account_id: int | None, before: datetime) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Return the conditions for calls of an account, or with None of nobody, that came in before a moment."""
    whose = Call.account_id == account_id if account_id is not None else Call.account_id.is_(None)
    return whose, Call.received_at < before


def _read_days(session: Session, account_id: int | None, days: int | None) -> int:
    if days is None and account_id is None:
        return NOBODYS_CALLS_DAYS
    if days is None:
        days = session.scalar(select(Account.call_retention_days).where(Account.id == account_id))
        if days is None:
            raise NotFound("There is no such account.")
    if not 1 <= days <= LONGEST_RETENTION_DAYS:
        raise Invalid(f"Calls are kept for 1 to {LONGEST_RETENTION_DAYS:,} days.")
    return days
