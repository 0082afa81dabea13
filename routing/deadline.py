"""Ask the database with a deadline that holds, whatever the server does."""

from collections.abc import Callable
from typing import Any, TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from models import Database
from routing.threads import Threads, TooSlow

Answer = TypeVar("Answer")
DATABASE_SECONDS = 0.25
QUESTIONS_AT_ONCE = 4
# The pool is as large as the threads that ask, and nobody queues for a connection longer than a caller would wait.
ENGINE_OPTIONS: dict[str, Any] = {
    "pool_size": QUESTIONS_AT_ONCE,
    "max_overflow": 0,
    "pool_timeout": 0.1,
    "pool_pre_ping": False,
}


class DatabaseTooSlow(Exception):
    """The database did not answer within its deadline."""


class DeadlinedDatabase:
    """Runs short reads in threads of its own, so that the caller can leave when time is up.

    A frozen PostgreSQL honours no timeout of its own: the thread stays behind, at most QUESTIONS_AT_ONCE of them, and
    ends when the server thaws or its connection dies.
    """

    def __init__(self, database: Database, name: str = "route-query") -> None:
        self._database = database
        self._threads = Threads(QUESTIONS_AT_ONCE, name)

    def ask(self, question: Callable[[Connection], Answer], deadline_seconds: float | None = None) -> Answer:
        """Return the answer; raise SQLAlchemyError when the database fails.

        Raises DatabaseTooSlow after the deadline, which is DATABASE_SECONDS for whoever does not name one.
        """
        seconds = DATABASE_SECONDS if deadline_seconds is None else deadline_seconds
        try:
            return self._threads.run(lambda: self._run(question), seconds)
        except TooSlow:
            raise DatabaseTooSlow from None

    def close(self) -> None:
        """End the threads that are not busy, without waiting for those that are."""
        self._threads.close()

    def _run(self, question: Callable[[Connection], Answer]) -> Answer:
        try:
            return self._ask_once(question)
        except DBAPIError as error:
            if not error.connection_invalidated:
                raise
        return self._ask_once(question)  # the server was restarted; the pool has just dropped its dead connections

    def _ask_once(self, question: Callable[[Connection], Answer]) -> Answer:
        with self._database.reading_fresh() as connection:
            return question(connection)


DATABASE_FAILURES = (SQLAlchemyError, DatabaseTooSlow)
