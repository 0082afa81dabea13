"""Count guesses at passwords and codes, for an e-mail and from an address: on every server together."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from models import Database, FailedLogIn
from operations.errors import TooMany

COUNTED_FOR = timedelta(minutes=15)
GUESSES_FOR_AN_EMAIL = 10
GUESSES_FROM_AN_ADDRESS = 50


@contextmanager
def counting_a_guess(database: Database, email: str, address: str) -> Iterator[None]:
    """Count what is tried in the block as a guess, unless the block ends well: then it was none.

    It is counted before it is known to be one: of many at the same time none may slip through. Raises TooMany when the
    limit is reached, for right ones too.
    """
    with database.writing() as session:
        guess = _count(session, email, address[:64])
    yield
    with database.writing() as session:
        session.execute(delete(FailedLogIn).where(FailedLogIn.id == guess))


def forget_old_guesses(session: Session) -> None:
    """Remove the guesses that no longer count."""
    session.execute(delete(FailedLogIn).where(FailedLogIn.failed_at < datetime.now(UTC) - COUNTED_FOR))


def _count(session: Session, email: str, address: str) -> int:
    now = datetime.now(UTC)
    for column, value, most in (
        (FailedLogIn.email, email, GUESSES_FOR_AN_EMAIL),
        (FailedLogIn.address, address, GUESSES_FROM_AN_ADDRESS),
    ):
        counted = select(func.count()).where(column == value, FailedLogIn.failed_at > now - COUNTED_FOR)
        if (session.scalar(counted) or 0) >= most:
            raise TooMany("too_many_log_ins", "Too many log-ins failed. Please wait a quarter of an hour.")
    guess = FailedLogIn(email=email, address=address, failed_at=now)
    session.add(guess)
    session.flush()
    return guess.id
