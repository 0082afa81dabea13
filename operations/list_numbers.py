"""List the numbers of an account: all of them for the shell, a page of those that were asked for elsewhere."""

import re
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, false, or_, select, text
from sqlalchemy.orm import Session, joinedload

from models import Number
from models.number import NEEDS_ATTENTION
from operations.pages import USUAL_PAGE, Order, Page, read_page
from operations.showing import show_number

BY_PHONE_NUMBER = Order((Number.phone_number, Number.id))


@dataclass(frozen=True, slots=True)
class NumberFilters:
    """Which numbers: those that fulfil everything that is said.

    `search` is a part of the label, or of the number as people write it: (415) 555-01. `is_live` leaves out, or finds
    only, those that were released.
    """

    status: str | None = None
    agent_id: int | None = None
    location_id: int | None = None
    needs_attention: bool | None = None
    search: str | None = None
    is_live: bool | None = None


def list_numbers(session: Session, account_id: int, status: str | None = None) -> list[dict[str, Any]]:
    """Return the numbers of an account by phone number, those with one status only if asked."""
    query = _numbers(account_id, NumberFilters(status=status)).order_by(*BY_PHONE_NUMBER.columns)
    return [show_number(number) for number in session.scalars(query)]


def read_numbers(
    session: Session,
    account_id: int,
    filters: NumberFilters = NumberFilters(),
    cursor: str | None = None,
    limit: int = USUAL_PAGE,
) -> Page:
    """Return a page of the numbers of an account by phone number."""
    return read_page(session, _numbers(account_id, filters), BY_PHONE_NUMBER, show_number, cursor, limit)


def _numbers(account_id: int, filters: NumberFilters) -> Select[Number]:
    query = select(Number).where(Number.account_id == account_id, *_conditions(filters))
    return query.options(joinedload(Number.agent), joinedload(Number.location))


def _conditions(filters: NumberFilters) -> list[Any]:
    same = {Number.status: filters.status, Number.agent_id: filters.agent_id, Number.location_id: filters.location_id}
    conditions: list[Any] = [column == value for column, value in same.items() if value is not None]
    if filters.needs_attention is not None:
        conditions.append(text(f"{'' if filters.needs_attention else 'NOT '}({NEEDS_ATTENTION.text})"))
    if filters.is_live is not None:
        conditions.append(Number.status != "released" if filters.is_live else Number.status == "released")
    if filters.search is not None:
        conditions.append(_has_in_it(filters.search))
    return conditions


def _has_in_it(search: str) -> ColumnElement[bool]:
    digits = re.sub(r"[\s().+-]", "", search)
    is_of_number = digits.isascii() and digits.isdecimal()
    in_number = Number.phone_number.contains(digits) if is_of_number else false()
    return or_(Number.label.icontains(search, autoescape=True), in_number)
