"""Purge by itself what each account no longer keeps: a chore that does a little at a time, and other chores in between.

Once a day it writes into the audit trail how many calls of an account are due and up to which moment. Whichever host
finds that written, deletes up to that moment, so that a day's purge is one row in the trail however many rounds of
however many hosts it takes.
"""

import time
from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Account, Change
from operations.changes import Changes, Who
from operations.permissions import SYSTEM
from operations.purge_calls import ACTION, find_due_purge, purge_batch

HOUSEKEEPER = "housekeeper"
# The housekeeper also resumes numbers when they are due, and must not be late for that.
ROUND_SECONDS = 5.0
ONE_DAY = timedelta(days=1)


def purge_a_little(changes: Changes) -> None:
    """Go on with today's purge of every account, and of the calls that nobody owns, for ROUND_SECONDS at most."""
    give_up_at = time.monotonic() + ROUND_SECONDS
    with changes.database.reading() as session:
        account_ids = session.scalars(select(Account.id).order_by(Account.id)).all()
    for account_id in (*account_ids, None):
        before = _begin_or_go_on(changes, Who(account_id, HOUSEKEEPER, SYSTEM))
        while before is not None and purge_batch(changes.database, account_id, before):
            if time.monotonic() >= give_up_at:
                return


def _begin_or_go_on(changes: Changes, who: Who) -> datetime | None:
    """Return up to which moment to delete: what today's row in the audit trail says; None if nothing is due.

    An account that has been told to keep its calls for longer since then is obeyed at once.
    """
    with changes.database.reading() as session:
        due = find_due_purge(session, who)
        begun = _begun_today(session, who.account_id) if due.calls else None
    if not due.calls:
        return None
    if begun is None:
        with changes.making(who, ACTION) as draft:
            begun = _begun_today(draft.session, who.account_id)  # by another host, a moment ago
            if begun is None:
                draft.record([], None, due.show())
    return min(begun, due.before) if begun else due.before


def _begun_today(session: Session, account_id: int | None) -> datetime | None:
    whose = Change.account_id == account_id if account_id is not None else Change.account_id.is_(None)
    is_purge = whose & (Change.action == ACTION) & (Change.made_by == HOUSEKEEPER)
    last = session.scalars(select(Change).where(is_purge).order_by(Change.n.desc()).limit(1)).first()
    if last is None or last.after is None or last.made_at < datetime.now(UTC) - ONE_DAY:
        return None
    return datetime.fromisoformat(last.after["received_before"])
