"""The audit trail: who changed what, from what to what, and why; an account sees its own."""

from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from models import Change, ChangedNumber
from operations.call_filters import read_moment
from operations.change_differences import differences
from operations.change_sentences import say_change
from operations.checking import read_phone_number
from operations.errors import Invalid
from operations.finding import find_change
from operations.pages import USUAL_PAGE, Order, Page, read_page
from operations.permissions import LEAST_ROLES
from operations.showing import show_change

NEWEST_FIRST = Order((Change.n,), descending=True)


@dataclass(frozen=True, slots=True)
class ChangeFilters:
    """Which changes: those that fulfil everything that is said.

    `number` is the phone number (E.164) that a change named; `action` one of the table of permissions, or the kind of
    thing that it is about, such as agent. `since` is the first moment that counts and `until` the first that does not
    any more, in ISO 8601: a day (of UTC, and then `until` is that whole day too) or a moment. `first` and `last` are
    the smallest and the largest change number.
    """

    number: str | None = None
    action: str | None = None
    made_by: str | None = None
    since: str | None = None
    until: str | None = None
    first: int | None = None
    last: int | None = None


def list_changes(
    session: Session,
    account_id: int,
    filters: ChangeFilters = ChangeFilters(),
    cursor: str | None = None,
    limit: int = USUAL_PAGE,
    timezone: str = "UTC",
) -> Page:
    """Return a page of an account's changes, newest first; their sentences tell the time of `timezone` (IANA).

    Raises Invalid for a filter that nothing could fulfil.
    """
    query = select(Change).where(Change.account_id == account_id, *_conditions(filters))
    return read_page(session, query, NEWEST_FIRST, partial(describe_change, timezone=timezone), cursor, limit)


def get_change(session: Session, account_id: int, n: int, timezone: str = "UTC") -> dict[str, Any]:
    """Return a change by its number; raises NotFound for another account's as for none."""
    return describe_change(find_change(session, account_id, n), timezone)


def describe_change(change: Change, timezone: str = "UTC") -> dict[str, Any]:
    """Show a change with the fields that differ (`changed`) and as a sentence, which tells the time of `timezone`."""
    sentence = say_change(change.made_by, change.action, change.before, change.after, change.reason, timezone)
    return show_change(change) | {"changed": differences(change.before, change.after), "sentence": sentence}


def _conditions(filters: ChangeFilters) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if filters.number:
        conditions.append(Change.n.in_(_naming(filters.number)))
    if filters.action:
        conditions.append(Change.action.in_(_actions(filters.action)))
    if filters.made_by:
        conditions.append(Change.made_by == filters.made_by)
    if filters.since:
        conditions.append(Change.made_at >= read_moment(filters.since))
    if filters.until:
        conditions.append(Change.made_at < read_moment(filters.until, is_end=True))
    if filters.first is not None:
        conditions.append(Change.n >= filters.first)
    if filters.last is not None:
        conditions.append(Change.n <= filters.last)
    return conditions


def _naming(number: str) -> Any:
    return select(ChangedNumber.n).where(ChangedNumber.phone_number == read_phone_number(number))


def _actions(named: str) -> list[str]:
    actions = [action for action in LEAST_ROLES if named in (action, action.partition(".")[0])]
    if not actions:
        raise Invalid("There is no such action. Say one such as number.paused, or the kind of thing, such as agent.")
    return actions
