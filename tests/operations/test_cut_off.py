"""A transaction whose time is up is cut off, and no other one, whoever else is watched meanwhile."""

import time
from collections.abc import Iterator
from threading import enumerate as enumerate_threads

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from models import Database
from operations.cut_off import CutOffs
from tests.servers.postgres import PostgresServer


@pytest.fixture
def database(postgres: PostgresServer) -> Iterator[Database]:
    """An empty database of PostgreSQL."""
    opened = Database(postgres.create_database().replace("postgresql://", "postgresql+psycopg://"))
    yield opened
    opened.close()


@pytest.fixture
def cut_offs() -> Iterator[CutOffs]:
    watching = CutOffs()
    yield watching
    watching.close()


def read_with(cut_offs: CutOffs, session: Session, seconds: float, statement: str) -> None:
    with cut_offs.after(seconds) as cut_off:
        cut_off.watch(session)
        session.execute(text(statement))


@pytest.mark.timeout(30)
def test_who_has_less_time_is_cut_off_although_another_one_is_watched(database: Database, cut_offs: CutOffs) -> None:
    """Time and again, and the other one, who began before with more time, goes on."""
    with database.reading() as patient, cut_offs.after(60.0) as cut_off:
        cut_off.watch(patient)
        for _ in range(3):
            with pytest.raises(OperationalError), database.reading() as hurried:
                read_with(cut_offs, hurried, 0.2, "SELECT pg_sleep(60)")

        assert patient.scalar(text("SELECT 1")) == 1


@pytest.mark.timeout(30)
def test_who_has_ended_is_not_cut_off_when_the_next_one_has_the_same_connection(
    database: Database, cut_offs: CutOffs
) -> None:
    """A connection is the pool's again, whatever was left of the time."""
    with database.reading() as session:
        read_with(cut_offs, session, 0.3, "SELECT 1")
        session.execute(text("SELECT pg_sleep(0.6)"))

        assert session.scalar(text("SELECT 1")) == 1


@pytest.mark.timeout(30)
def test_who_gets_a_connection_when_the_time_is_up_is_cut_off_at_once(database: Database, cut_offs: CutOffs) -> None:
    """There was no connection to end yet when the time was up."""
    with database.reading() as late, cut_offs.after(0.05) as cut_off:
        time.sleep(0.3)
        cut_off.watch(late)

        with pytest.raises(OperationalError):
            late.execute(text("SELECT 1"))


@pytest.mark.timeout(30)
def test_cut_that_fails_leaves_nobody_else_unwatched(
    database: Database, cut_offs: CutOffs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever it fails with."""
    with cut_offs.after(0.05) as failing, database.reading() as session:
        monkeypatch.setattr(failing, "cut", lambda: 1 / 0)

        with pytest.raises(OperationalError):
            read_with(cut_offs, session, 0.3, "SELECT pg_sleep(60)")


@pytest.mark.timeout(30)
@pytest.mark.parametrize("is_told_before", [True, False])
def test_thread_ends_when_it_is_told_to_and_has_nobody_to_watch(database: Database, is_told_before: bool) -> None:
    """Whoever is watched then is still cut off; and it ends too when it sleeps without an end to its sleep."""
    cut_offs, others = CutOffs(), set(enumerate_threads())
    with database.reading() as session, cut_offs.after(0.3) as cut_off:
        cut_off.watch(session)
        [watching] = [thread for thread in set(enumerate_threads()) - others if thread.name == "cut-off"]
        if is_told_before:
            cut_offs.close()
        with pytest.raises(OperationalError):
            session.execute(text("SELECT pg_sleep(60)"))
    if not is_told_before:
        time.sleep(0.2)
        cut_offs.close()
    watching.join(10)

    assert not watching.is_alive()
