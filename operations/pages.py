"""Read a list page by page, each from where the one before ended, so that the last page costs what the first does."""

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, or_
from sqlalchemy.orm import InstrumentedAttribute, Session

from operations.errors import Invalid

LARGEST_PAGE = 200
USUAL_PAGE = 50
LONGEST_CURSOR = 1000
LARGEST_ID = 2**63 - 1
STRANGE_CURSOR = "This cursor is not one that this list has given out."


@dataclass(frozen=True, slots=True)
class Page:
    """Rows as they are shown, and the cursor of the page after them; None at the end.

    `etag` is that of the whole list, where one is kept.
    """

    rows: list[dict[str, Any]]
    next_cursor: str | None = None
    etag: str | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """The columns that a list is ordered by; together they are unique. `descending` is for all of them."""

    columns: tuple[InstrumentedAttribute[Any], ...]
    descending: bool = False

    def after(self, values: Sequence[Any]) -> ColumnElement[bool]:
        """Return the condition for rows that come after these values.

        It begins with what the first column alone allows, because no index helps to find what is true of an OR.
        """
        first, steps = self.columns[0], []
        is_reached = first <= values[0] if self.descending else first >= values[0]
        for index, column in enumerate(self.columns):
            same = [earlier == value for earlier, value in zip(self.columns[:index], values, strict=False)]
            beyond = column < values[index] if self.descending else column > values[index]
            steps.append(and_(*same, beyond))
        return and_(is_reached, or_(*steps))


def read_page(
    session: Session,
    query: Select[Any],
    order: Order,
    show: Callable[[Any], dict[str, Any]],
    cursor: str | None = None,
    limit: int = USUAL_PAGE,
) -> Page:
    """Read one page of entities; raises Invalid for a cursor that this list has not given out."""
    found, next_cursor = end_page(session.scalars(begin_page(query, order, cursor, limit)).all(), order, limit)
    return Page([show(row) for row in found], next_cursor)


def begin_page(query: Select[Any], order: Order, cursor: str | None, limit: int) -> Select[Any]:
    """Return what asks for one page, and for one row more, which tells whether another page follows; raises Invalid."""
    _check_limit(limit)
    if cursor:
        query = query.where(order.after(read_cursor(cursor, order)))
    directed = [column.desc() if order.descending else column.asc() for column in order.columns]
    return query.order_by(None).order_by(*directed).limit(limit + 1)


def end_page(found: Sequence[Any], order: Order, limit: int) -> tuple[Sequence[Any], str | None]:
    """Return the page of what `begin_page` has found, and the cursor of the next one."""
    return found[:limit], write_cursor(found[limit - 1], order) if len(found) > limit else None


def cut_page(
    rows: Sequence[Any], key: Callable[[Any], tuple[int | str, ...]], cursor: str | None, limit: int
) -> tuple[list[Any], str | None]:
    """Return a page of rows that are all there, in the order of a key which each has for itself, and the next cursor.

    Raises Invalid as `read_page` does.
    """
    _check_limit(limit)
    in_order = sorted(rows, key=key)
    if cursor:
        values = tuple(_decode(cursor))
        if in_order and [*map(type, values)] != [*map(type, key(in_order[0]))]:
            raise Invalid(STRANGE_CURSOR)
        in_order = [row for row in in_order if key(row) > values]
    return in_order[:limit], _encode(key(in_order[limit - 1])) if len(in_order) > limit else None


def write_cursor(row: Any, order: Order) -> str:
    """Return the cursor of the page that begins after a row."""
    values = [getattr(row, column.key) for column in order.columns]
    return _encode([value.isoformat() if isinstance(value, datetime) else value for value in values])


def read_cursor(cursor: str, order: Order) -> list[Any]:
    """Return the values of the order's columns after which the page begins; raises Invalid."""
    plain = _decode(cursor)
    try:
        return [_typed(value, column) for value, column in zip(plain, order.columns, strict=True)]
    except (ValueError, TypeError, OverflowError):
        raise Invalid(STRANGE_CURSOR) from None


def _check_limit(limit: int) -> None:
    if not 1 <= limit <= LARGEST_PAGE:
        raise Invalid(f"A page has 1 to {LARGEST_PAGE} entries.")


def _encode(values: Sequence[Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


def _decode(cursor: str) -> list[Any]:
    try:
        if len(cursor) > LONGEST_CURSOR:
            raise ValueError
        plain = json.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
    except (ValueError, RecursionError, binascii.Error):
        raise Invalid(STRANGE_CURSOR) from None
    if not isinstance(plain, list):
        raise Invalid(STRANGE_CURSOR)
    return plain


def _typed(value: Any, column: InstrumentedAttribute[Any]) -> Any:
    kind = column.type.python_type
    if kind is datetime:
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is None:
            raise ValueError
        return moment.astimezone(UTC)
    if type(value) is not kind or (kind is int and not 0 <= value <= LARGEST_ID):
        raise ValueError
    if kind is str and not value.isprintable():
        raise ValueError
    return value
