"""A list of values is one parameter, whatever it holds."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

import pytest
from sqlalchemy import event, insert, select, text
from sqlalchemy.orm import Session

from models import Account, Database
from models.one_of_many import is_one_of, planned_anew

NAMES = ["plain", 'O\'Brien "&" {Sons}', "a,b", "\\", "NULL", "Größe 🙂"]
BY_NAME = select(Account.name).where(is_one_of(Account.name, "names"))
BY_ID = select(Account.name).where(is_one_of(Account.id, "ids"))


@pytest.fixture(autouse=True)
def accounts(database: Database) -> list[int]:
    with database.writing() as session:
        ids = session.scalars(insert(Account).returning(Account.id), [{"name": name} for name in NAMES])
        return list(ids)


@pytest.mark.parametrize("wanted", [NAMES, NAMES[:1], [], ["nobody", *NAMES[1:], "nobody"]], ids=len)
def test_rows_are_found_by_text(database: Database, wanted: list[str]) -> None:
    """Each once, however often it is named, and nothing is a separator or a quote."""
    with database.reading() as session:
        assert sorted(session.scalars(BY_NAME, {"names": wanted})) == sorted(set(wanted) & set(NAMES))


def test_rows_are_found_by_number(database: Database, accounts: list[int]) -> None:
    """Also among very many."""
    wanted = [*range(10**12, 10**12 + 5_000), *accounts[:2]]
    with database.reading() as session:
        assert session.scalars(BY_ID.order_by(Account.id), {"ids": wanted}).all() == NAMES[:2]


def test_statement_is_the_same_for_one_and_for_many(database: Database) -> None:
    """It is prepared once; with a parameter for each value there would be as many statements as lengths."""
    asked = set()
    with database.reading() as session:
        event.listen(session.connection(), "before_cursor_execute", lambda _, __, statement, *___: asked.add(statement))
        for names in (NAMES, NAMES[:1], []):
            session.scalars(BY_NAME, {"names": names}).all()
    assert len(asked) == 1


@pytest.mark.parametrize(("planning", "kept"), [(nullcontext, 1), (planned_anew, 0)])
def test_plan_is_kept_unless_it_is_to_be_made_anew(
    database: Database, planning: Callable[[Session], AbstractContextManager[object]], kept: int
) -> None:
    """And what is asked after that is prepared again."""
    if database.is_sqlite:
        pytest.skip("SQLite keeps no plans")
    with database.reading() as session:
        for _ in range(12):
            with planning(session):
                session.scalars(BY_ID, {"ids": [1, 2, 3]}).all()
            session.scalars(BY_NAME, {"names": ["plain"]}).all()
        prepared = session.scalars(text("SELECT statement FROM pg_prepared_statements")).all()

    assert len([statement for statement in prepared if "accounts.id = ANY" in statement]) == kept
    assert len([statement for statement in prepared if "accounts.name = ANY" in statement]) == 1
