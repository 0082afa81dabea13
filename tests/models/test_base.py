"""Moments are stored and read in UTC, and only with their timezone."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import StatementError

from models import Account, Database

NOON = datetime(2026, 2, 3, 12, tzinfo=UTC)


def store(database: Database, moment: datetime) -> None:
    with database.writing() as session:
        session.execute(insert(Account).values(name="Example Business", created_at=moment))


@pytest.mark.parametrize("zone", [UTC, timezone(timedelta(hours=-8)), timezone(timedelta(hours=5, minutes=45))])
def test_moment_comes_back_in_utc(database: Database, zone: timezone) -> None:
    """In whatever zone it was given."""
    store(database, NOON.astimezone(zone))

    with database.reading() as session:
        moment = session.scalars(select(Account.created_at)).one()
    assert (moment, moment.utcoffset()) == (NOON, timedelta(0))


def test_moments_are_compared_as_moments(database: Database) -> None:
    """Also with one of another zone, and also on SQLite, which compares text."""
    store(database, NOON)

    earlier = NOON.astimezone(timezone(timedelta(hours=14))) - timedelta(microseconds=1)
    with database.reading() as session:
        assert session.scalars(select(Account.id).where(Account.created_at > earlier)).all() != []
        assert session.scalars(select(Account.id).where(Account.created_at <= earlier)).all() == []


def test_moment_without_a_timezone_is_refused(database: Database) -> None:
    """Nobody could say later which moment it was."""
    with pytest.raises(StatementError, match="without a timezone"):
        store(database, NOON.replace(tzinfo=None))


def test_row_without_a_moment_gets_this_one(database: Database) -> None:
    """By the clock of the program, in UTC."""
    with database.writing() as session:
        session.add(Account(name="Example Business"))

    with database.reading() as session:
        assert abs(datetime.now(UTC) - session.scalars(select(Account.created_at)).one()) < timedelta(minutes=1)
