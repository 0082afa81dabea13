"""Resume the numbers whose pause is over: a chore of the housekeeper.

Hosts do it side by side. Their clocks only say when somebody looks: whether a number is due is read again inside the
change, after the change number was taken and by the database's clock, so a host whose clock is fast resumes nothing too
early, of two hosts the second finds nothing left to do, and whoever renewed a pause meanwhile has won.
"""

from datetime import UTC, datetime
from itertools import groupby

from sqlalchemy import select

from models import Number
from models.database import database_now
from operations.changes import Changes, Who
from operations.finding import MOST_NUMBERS_AT_ONCE, find_numbers
from operations.many_numbers import record_numbers, write_same
from operations.pause import pause_columns
from operations.pause_number import RESUMED
from operations.permissions import SYSTEM
from operations.showing import show_number

RESUMED_BY = "schedule"
REASON = "The pause was until now."


def resume_due_numbers(changes: Changes) -> int:
    """Resume what is due by this host's clock, one change an account; return how many numbers were resumed."""
    now = datetime.now(UTC)
    due = select(Number.account_id, Number.id).where(Number.status == "paused", Number.resume_at <= now)
    in_order = due.order_by(Number.account_id, Number.id).limit(MOST_NUMBERS_AT_ONCE)
    with changes.database.reading() as session:
        rows = session.execute(in_order).all()
    return sum(
        _resume_those_still_due(changes, Who(account_id, RESUMED_BY, SYSTEM), [row.id for row in of_account])
        for account_id, of_account in groupby(rows, key=lambda row: row.account_id)
    )


def _resume_those_still_due(changes: Changes, who: Who, ids: list[int]) -> int:
    with changes.making(who, RESUMED) as draft:
        found = find_numbers(draft.session, who.account, ids)
        now = database_now(draft.session)
        due = [number for number in found if _is_due(number, now)]
        before = [show_number(number) for number in due]
        write_same(draft.session, due, pause_columns(None))
        record_numbers(draft, before, [show_number(number) for number in due], REASON)
    return len(due)


def _is_due(number: Number, now: datetime) -> bool:
    return number.status == "paused" and number.resume_at is not None and number.resume_at <= now
