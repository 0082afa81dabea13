"""List calls, newest first: page by page for programs, or one after another without end for a shell or a file."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from heapq import merge
from typing import Any

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session

from models import Call
from operations.call_filters import CallFilters, conditions
from operations.pages import USUAL_PAGE, Order, Page, read_page
from operations.showing import show_call

NEWEST_FIRST = Order((Call.received_at, Call.id), descending=True)
CALLS_A_BATCH = 500
EVERYTHING = CallFilters()
Reading = Callable[[], AbstractContextManager[Session]]


def list_calls(
    session: Session,
    account_id: int,
    filters: CallFilters = EVERYTHING,
    cursor: str | None = None,
    limit: int = USUAL_PAGE,
) -> Page:
    """Return a page of an account's calls, newest first. Calls to a number that nobody has are no account's.

    Raises Invalid for a filter that cannot be read.
    """
    query = select(Call).where(*conditions(session, account_id, filters))
    return read_page(session, query, NEWEST_FIRST, show_call, cursor, limit)


def every_call(reading: Reading, account_id: int | None, filters: CallFilters = EVERYTHING) -> Iterator[Call]:
    """Yield calls, newest first, of the account or (None) of nobody, a batch at a time.

    `reading` opens a session, such as `database.reading`. Each batch is a short read of its own: whoever takes hours to
    receive them holds no snapshot and no connection.
    """
    last: Call | None = None
    while True:
        with reading() as session:
            batch = session.scalars(_batch_after(last, conditions(session, account_id, filters))).all()
        yield from batch
        if len(batch) < CALLS_A_BATCH:
            return
        last = batch[-1]


def every_call_here(reading: Reading, account_id: int, filters: CallFilters = EVERYTHING) -> Iterator[Call]:
    """Yield the account's calls together with those that nobody owns: for the shell, because nothing may be lost."""
    each = (every_call(reading, owner, filters) for owner in (account_id, None))
    return merge(*each, key=lambda call: (call.received_at, call.id), reverse=True)


def _batch_after(last: Call | None, where: list[ColumnElement[bool]]) -> Select[Any]:
    query = select(Call).where(*where)
    if last is not None:
        query = query.where(NEWEST_FIRST.after((last.received_at, last.id)))
    # Ordered by the account too, which is one and the same, so that the index serves also where it is NULL.
    return query.order_by(Call.account_id.desc(), Call.received_at.desc(), Call.id.desc()).limit(CALLS_A_BATCH)
