"""Change one number or many under one change number: the same columns, one audit row, in force at once."""

from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import Update, bindparam, update
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from models import Base, Number
from models.one_of_many import is_one_of, planned_anew
from operations.changes import Draft

NUMBERS = Base.metadata.tables[Number.__tablename__]


def write_same(session: Session, numbers: Sequence[Number], columns: dict[str, Any]) -> None:
    """Write the same values into columns of numbers that have others there: one statement, however many they are."""
    differing = [number for number in numbers if any(getattr(number, name) != columns[name] for name in columns)]
    if not differing:
        return
    new = {f"new_{name}": value for name, value in columns.items()}
    update_one, update_many = _updates_of(tuple(columns))
    if len(differing) == 1:
        session.execute(update_one, new | {"id_of_one": differing[0].id})
    else:
        with planned_anew(session):
            session.execute(update_many, new | {"ids": [number.id for number in differing]})
    for number in differing:
        for name, value in columns.items():
            set_committed_value(number, name, value)


@cache
def _updates_of(names: tuple[str, ...]) -> tuple[Update, Update]:
    """Return the statements for one number and for many."""
    new = {name: bindparam(f"new_{name}", type_=NUMBERS.c[name].type) for name in names}
    writing = update(NUMBERS).values(new)
    return writing.where(NUMBERS.c.id == bindparam("id_of_one")), writing.where(is_one_of(NUMBERS.c.id, "ids"))


def record_numbers(
    draft: Draft, before: Sequence[dict[str, Any]], after: Sequence[dict[str, Any]], reason: str | None = None
) -> None:
    """Record the numbers that differ, given as shown before and after in the same order; nothing if none differs.

    One number is recorded as itself, several as {"numbers": [...]}, in the same order on both sides.
    """
    differing = [(old, new) for old, new in zip(before, after, strict=True) if old != new]
    if not differing:
        return
    phone_numbers = [new["phone_number"] for _, new in differing]
    if len(differing) == 1:
        draft.record(phone_numbers, *differing[0], reason)
    else:
        olds, news = zip(*differing, strict=True)
        draft.record(phone_numbers, {"numbers": list(olds)}, {"numbers": list(news)}, reason)
