"""Ask the database and Redis with deadlines that hold, whatever the servers and the ways to them do.

A caller who has to ask both waits REDIS_SECONDS + DATABASE_SECONDS at most: 0.35 seconds, whatever fails on the way. On
a host without a copy of its own, the database has LAST_QUESTION_SECONDS instead (`call_route_lookup.py`) for a caller
whom Redis does not know: 1.1 seconds in all, until the database's breaker opens.
"""

from collections.abc import Callable
from typing import Any, TypeVar

import structlog
from redis import RedisError
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from models import Database
from routing.call_route import RoutesAsOf
from routing.call_route_cache import CacheAnswer, CallRouteCache
from routing.threads import Threads, TooSlow

log = structlog.get_logger()
Answer = TypeVar("Answer")
REDIS_SECONDS = 0.1
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


class DeadlinedCache:
    """Looks routes up in Redis in threads of its own.

    The timeouts of a connection are for each step of it: a name that is not resolved has none, and a server that is a
    little late may be so with each step of a handshake. Whoever comes meanwhile waits for none of that, and a slow
    connection is there for the next caller.
    """

    def __init__(self, cache: CallRouteCache) -> None:
        self._cache = cache
        self._threads = Threads(QUESTIONS_AT_ONCE, "redis-query")

    def look_up(self, phone_number: str) -> CacheAnswer:
        """Return what Redis says of a number; raise CACHE_FAILURES when it fails, or after REDIS_SECONDS."""
        return self._threads.run(lambda: self._cache.look_up(phone_number), REDIS_SECONDS)

    def fill(self, seen: int | None, found: RoutesAsOf) -> None:
        """Begin to leave in Redis what was found after a look-up that saw `seen`. The caller does not wait for it."""
        self._threads.begin(lambda: self._fill(seen, found))

    def close(self) -> None:
        """End the threads that are not busy, without waiting for those that are."""
        self._threads.close()

    def _fill(self, seen: int | None, found: RoutesAsOf) -> None:
        try:
            self._cache.fill(seen, found)
        except (RedisError, OSError) as error:
            log.warning("redis failed", problem=type(error).__name__)


CACHE_FAILURES = (RedisError, OSError, TooSlow)
