"""What the database itself refuses, whatever the programs before it let through."""

from collections.abc import Callable

import pytest
from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from models import Account, Agent, Change, ChangeCounter, Database, ForwardedLine, Location, Number, Token, User

NUMBER = "+14155550100"


@pytest.fixture
def accounts(database: Database) -> list[int]:
    """Two accounts, each with an agent and a location of the account's own id."""
    with database.writing() as session:
        for account_id, name in ((1, "Example Business"), (2, "Other Business")):
            session.add(Account(id=account_id, name=name))
            session.flush()
            shared = {"id": account_id, "account_id": account_id, "name": name}
            session.add(Agent(**shared, handoff_kind="client", handoff_target="x"))
            session.add(Location(**shared))
    return [1, 2]


def add(database: Database, account_id: int, status: str, **columns: int) -> None:
    with database.writing() as session:
        session.add(Number(account_id=account_id, phone_number=NUMBER, status=status, **columns))


@pytest.mark.parametrize("first", ["active", "paused", "pending"])
@pytest.mark.parametrize("account_id", [1, 2])
def test_phone_number_lives_once(database: Database, accounts: list[int], first: str, account_id: int) -> None:
    """In one account or in two, whatever the live statuses are."""
    add(database, 1, first)

    with pytest.raises(IntegrityError, match="phone_number"):
        add(database, account_id, "active")


def test_phone_number_may_be_released_many_times(database: Database, accounts: list[int]) -> None:
    """And live once beside that."""
    for account_id in (1, 1, 2, 2):
        add(database, account_id, "released")
    add(database, 1, "active")

    with database.reading() as session:
        assert len(session.scalars(select(Number)).all()) == 5


REFUSED: dict[str, Callable[[], object]] = {
    "status unheard of": lambda: insert(Number).values(account_id=1, phone_number=NUMBER, status="lost", label=""),
    "released with an agent": lambda: insert(Number).values(
        account_id=1, phone_number=NUMBER, status="released", label="", agent_id=1
    ),
    "released with a location": lambda: insert(Number).values(
        account_id=1, phone_number=NUMBER, status="released", label="", location_id=1
    ),
    "number of no account": lambda: insert(Number).values(account_id=9, phone_number=NUMBER, status="active", label=""),
    "number of no agent": lambda: insert(Number).values(
        account_id=1, phone_number=NUMBER, status="active", label="", agent_id=9
    ),
    "hand-off unheard of": lambda: update(Agent).values(handoff_kind="fax"),
    "two agents of one name": lambda: insert(Agent).values(
        account_id=1, name="Example Business", handoff_kind="client", handoff_target="x"
    ),
    "two locations of one name": lambda: insert(Location).values(account_id=1, name="Example Business"),
    "two accounts of one name": lambda: insert(Account).values(name="Example Business"),
    "account with agents deleted": lambda: delete(Account),
    "role of a user unheard of": lambda: insert(User).values(
        account_id=1, email="a@example.com", role="root", password_hash=""
    ),
    "role of a token unheard of": lambda: insert(Token).values(account_id=1, name="x", role="root", token_hash=""),
    "forwarded line to no number": lambda: insert(ForwardedLine).values(account_id=1, number_id=9, phone_number=NUMBER),
    "second change counter": lambda: insert(ChangeCounter).values(id=2, n=0),
    "change of no account": lambda: insert(Change).values(n=1, account_id=9, made_by="test", action="x"),
}


@pytest.mark.parametrize("refused", REFUSED)
def test_database_refuses_what_makes_no_sense(database: Database, accounts: list[int], refused: str) -> None:
    """The last guard, on SQLite as on PostgreSQL."""
    with pytest.raises(IntegrityError), database.writing() as session:
        session.execute(REFUSED[refused]())


def test_change_counter_has_its_one_row_from_the_start(database: Database) -> None:
    """Nobody has to make it, and nobody can make another."""
    with database.reading() as session:
        assert [(row.id, row.n) for row in session.scalars(select(ChangeCounter))] == [(1, 0)]


@pytest.mark.parametrize("kind", [Agent, Location])
def test_id_of_a_deleted_row_is_never_given_again(
    database: Database, accounts: list[int], kind: type[Agent | Location]
) -> None:
    """Call records name agents and locations by id, long after they are gone."""
    handoff = {"handoff_kind": "client", "handoff_target": "x"} if kind is Agent else {}

    def add_and_delete() -> int:
        with database.writing() as session:
            added = kind(account_id=1, name="Ada", **handoff)
            session.add(added)
            session.flush()
            session.delete(added)
            return added.id

    with database.writing() as session:
        session.execute(delete(kind))
    assert add_and_delete() < add_and_delete()
