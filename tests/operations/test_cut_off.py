"""A transaction whose time is up is cut off, and no other one, whoever else is watched meanwhile."""

from collections.abc import Iterator

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
def test_nobody_is_watched_any_more_after_the_end_and_the_thread_ends(database: Database) -> None:
    """Also when it sleeps without an end to its sleep."""
    cut_offs = CutOffs()
    with database.reading() as session:
        read_with(cut_offs, session, 0.05, "SELECT 1")
    thread = cut_offs._thread
    assert thread is not None

    cut_offs.close()
    thread.join(10)

    assert not thread.is_alive()
