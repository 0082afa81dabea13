"""What agents and locations have in common: a name of their own within the account."""

from collections.abc import Sequence
from typing import TypeVar

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from models import Agent, Location
from operations.errors import Conflict, at_field

Named = TypeVar("Named", Agent, Location)


def check_name_is_free(session: Session, named: Agent | Location) -> None:
    """Raise Conflict when another one of the account has the name already."""
    kind = type(named)
    same_name = select(kind.id).where(kind.account_id == named.account_id, kind.name == named.name)
    with session.no_autoflush, at_field("name"):
        if set(session.scalars(same_name)) - {named.id}:
            word = kind.__name__.lower()
            article = "an" if kind is Agent else "a"
            raise Conflict(f"{word}_exists", f"There is already {article} {word} “{named.name}”.")


def find_all(session: Session, kind: type[Named], account_id: int) -> Sequence[Named]:
    """Return all of a kind that an account has, by name."""
    return session.scalars(select(kind).where(kind.account_id == account_id).order_by(kind.name, kind.id)).all()


def names_of(
    session: Session, kind: type[Named], account_id: int, limit: int, search: str | None = None
) -> list[tuple[int, str]]:
    """Return id and name of the first `limit` of a kind by name; of those with `search` in their name, if given."""
    query = find_named(kind, account_id, search).with_only_columns(kind.id, kind.name)
    return [(row.id, row.name) for row in session.execute(query.order_by(kind.name, kind.id).limit(limit))]


def find_named(kind: type[Named], account_id: int, search: str | None = None) -> Select[Named]:
    """Return the query for those of a kind that an account has; with `search` (in any case) in their name, if given."""
    query = select(kind).where(kind.account_id == account_id)
    return query.where(kind.name.icontains(search, autoescape=True)) if search else query
