"""Reads see a snapshot or what is fresh, as asked for; writes are whole or not at all."""

import threading
import time
from pathlib import Path

import pytest
from sqlalchemy import select, text, update

from models import ChangeCounter, Database

COUNTER = select(ChangeCounter.n)


def count_on(database: Database) -> None:
    with database.writing() as session:
        session.execute(update(ChangeCounter).values(n=ChangeCounter.n + 1))


def test_snapshot_does_not_see_what_is_committed_later(database: Database) -> None:
    """All that one reading session sees belongs together."""
    with database.reading() as session:
        first = session.scalars(COUNTER).one()
        count_on(database)
        second = session.scalars(COUNTER).one()

    assert (first, second) == (0, 0)


def test_fresh_reading_sees_every_commit_before_it(database: Database) -> None:
    """Each statement for itself."""
    with database.reading_fresh() as connection:
        first = connection.execute(COUNTER).scalar_one()
        connection.rollback()
        count_on(database)
        second = connection.execute(COUNTER).scalar_one()

    assert (first, second) == (0, 1)


def test_single_statement_is_committed(database: Database) -> None:
    """Without a transaction around it on PostgreSQL, within one on SQLite; and the next one on that connection too."""
    for expected in (1, 2):
        with database.writing_once() as connection:
            connection.execute(update(ChangeCounter).values(n=ChangeCounter.n + 1))
        with database.reading() as session:
            assert session.scalars(COUNTER).one() == expected


def test_snapshot_is_over_with_its_session(database: Database) -> None:
    """A connection that goes back to the pool takes nothing of it along."""
    for expected in (0, 1):
        with database.reading() as session:
            assert session.scalars(COUNTER).one() == expected
        count_on(database)


def test_writing_is_undone_when_its_block_raises(database: Database) -> None:
    """Whatever was raised."""

    def fail_midway() -> None:
        with database.writing() as session:
            session.execute(update(ChangeCounter).values(n=7))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_midway()

    with database.reading() as session:
        assert session.scalars(COUNTER).one() == 0


def test_second_writer_waits_for_the_first(database: Database) -> None:
    """Neither fails, and nothing is lost: SQLite's write lock is taken at the start, not after the first read."""

    def read_and_write() -> None:
        with database.writing() as session:
            n = session.scalars(COUNTER.with_for_update()).one()
            time.sleep(0.005)
            session.execute(update(ChangeCounter).values(n=n + 1))

    threads = [threading.Thread(target=read_and_write) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with database.reading() as session:
        assert session.scalars(COUNTER).one() == 10


def test_reader_does_not_wait_for_a_writer(database: Database) -> None:
    """It sees the state before."""
    with database.writing() as writer:
        writer.execute(update(ChangeCounter).values(n=7))
        with database.reading() as session:
            assert session.scalars(COUNTER).one() == 0


def test_sqlite_keeps_every_commit_and_its_foreign_keys(tmp_path: Path) -> None:
    """A missing folder is made; a commit survives a power cut."""
    database = Database(f"sqlite:///{tmp_path / 'new' / 'clara.db'}")
    with database.engine.connect() as connection:
        pragmas = {name: connection.scalar(text(f"PRAGMA {name}")) for name in ("journal_mode", "foreign_keys")}
        synchronous = connection.scalar(text("PRAGMA synchronous"))

    assert pragmas == {"journal_mode": "wal", "foreign_keys": 1}
    assert synchronous == 2
    database.close()
