"""Make a committed change true everywhere, and tell how far it got."""

import sqlite3
import time
from collections.abc import Iterator
from concurrent.futures import Future, wait
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, NamedTuple

import structlog
from redis import RedisError
from sqlalchemy import Connection, bindparam, select
from sqlalchemy.exc import SQLAlchemyError

from models import Database, Host
from routing.call_route_cache import CallRouteCache
from routing.changed_routes import ChangedRoutes
from routing.deadline import DATABASE_FAILURES, DeadlinedDatabase
from routing.keeper import catch_up_cache, catch_up_host
from routing.local_store import LocalStore
from routing.threads import Threads

log = structlog.get_logger()
CONFIRM_WITHIN_SECONDS = 2.0
ASK_EVERY_SECONDS = 0.02
SHORTEST_QUESTION_SECONDS = 0.1
LOOK_WITHIN_SECONDS = 1.0
NOBODY_TO_ASK = ("every host, because the database does not answer",)
HOSTS_BEHIND = select(Host.id, Host.name).where(Host.known < bindparam("n", type_=Host.known.type)).order_by(Host.name)
FAILURES = (SQLAlchemyError, RedisError, sqlite3.Error, OSError)


class LastKnown(NamedTuple):
    """The last change that a host knows."""

    host_id: str
    n: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """How far change `n` got: in force on every host, or not yet on those named in `unconfirmed`.

    `warnings` are sentences about what is still open elsewhere, such as at Twilio.
    """

    n: int
    in_force: bool
    unconfirmed: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    def warning(self, *sentences: str) -> "Outcome":
        """Return the same outcome with more warnings."""
        return replace(self, warnings=(*self.warnings, *sentences))


class InForce:
    """Brings changes into force on this host, and asks the others; no server that stands still holds it.

    Of its own host it does not need to be told: that was brought here to what has just been committed. The others learn
    it from its keeper.
    """

    def __init__(
        self, database: Database, deadlined: DeadlinedDatabase, local_store: LocalStore, cache: CallRouteCache | None
    ) -> None:
        self._database = database
        self._deadlined = deadlined
        self._local_store = local_store
        self._cache = cache
        # A single one, because each thread that touches the local store opens a connection to it.
        self._applying_here = Threads(1, "change-apply")
        self._applying_to_redis = Threads(1, "change-redis")

    def confirm(self, n: int, changed_routes: ChangedRoutes) -> Outcome:
        """Make change `n` true on this host and in Redis, and wait until every registered host has followed it.

        A Redis that does not follow keeps nobody from being in force, because nobody believes it then; it is given
        until the end of CONFIRM_WITHIN_SECONDS. After about that time this returns, whatever the servers do.
        """
        give_up_at = time.monotonic() + CONFIRM_WITHIN_SECONDS
        here = self._applying_here.begin(partial(self._follow, changed_routes))
        in_redis = self._applying_to_redis.begin(partial(self._apply_to_redis, changed_routes))
        with ended_by(give_up_at, here, in_redis):
            return self._wait_for_all(n, here, give_up_at)

    def hosts_without(self, n: int) -> tuple[str, ...]:
        """Return the hosts on which change `n` is not in force yet, without waiting for the others.

        Whoever looks at a page waits about LOOK_WITHIN_SECONDS at most for this host and the database.
        """
        give_up_at = time.monotonic() + LOOK_WITHIN_SECONDS
        here = self._applying_here.begin(partial(self._follow, ChangedRoutes(self._database)))
        with ended_by(give_up_at, here):
            wait([here], LOOK_WITHIN_SECONDS)
            seconds = max(give_up_at - time.monotonic(), SHORTEST_QUESTION_SECONDS)
            return self._ask_who_is_behind(n, here, seconds, NOBODY_TO_ASK)

    def close(self) -> None:
        """End the threads if they are not busy; one that hangs does not keep the process from ending."""
        self._applying_here.close()
        self._applying_to_redis.close()

    def _wait_for_all(self, n: int, here: Future[LastKnown | None], give_up_at: float) -> Outcome:
        began_at = time.monotonic()
        unconfirmed: tuple[str, ...] = NOBODY_TO_ASK
        while True:
            # The last question has little time. If it has no answer, whoever was behind before is still named.
            seconds = max(give_up_at - time.monotonic(), SHORTEST_QUESTION_SECONDS)
            unconfirmed = self._ask_who_is_behind(n, here, seconds, unconfirmed)
            if not unconfirmed or time.monotonic() >= give_up_at:
                return Outcome(n, not unconfirmed, unconfirmed)
            # The longer it takes, the less often.
            time.sleep(min((time.monotonic() - began_at) / 3, ASK_EVERY_SECONDS))

    def _ask_who_is_behind(
        self, n: int, here: Future[LastKnown | None], seconds: float, if_nobody_knows: tuple[str, ...]
    ) -> tuple[str, ...]:
        """Return who has not followed change `n`: by the reports, and by what is known of this host, which is newer."""
        try:
            behind = self._deadlined.ask(partial(hosts_behind, n=n), seconds)
        except DATABASE_FAILURES:
            return if_nobody_knows
        if behind:
            with suppress(TimeoutError):
                followed = here.result(min(seconds, ASK_EVERY_SECONDS))
                if followed is not None and followed.n >= n:
                    behind.pop(followed.host_id, None)
        return tuple(f"{name} ({host_id[:8]})" for host_id, name in behind.items())

    def _follow(self, changed_routes: ChangedRoutes) -> LastKnown | None:
        """Spare the keepers' next round on this host; if anything fails here, they will do it.

        Return how far this host has followed, or None if it has no copy or that is not known.
        """
        try:
            n = catch_up_host(changed_routes, self._local_store)
            host_id = self._local_store.host_id()
        except FAILURES as error:
            log.warning("change not applied at once", problem=type(error).__name__)
            return None
        return None if n is None else LastKnown(host_id, n)

    def _apply_to_redis(self, changed_routes: ChangedRoutes) -> None:
        """Spare the keepers' next round there, too."""
        if self._cache is None:
            return
        try:
            catch_up_cache(changed_routes, self._cache)
        except FAILURES as error:
            log.warning("change not applied to redis at once", problem=type(error).__name__)


@contextmanager
def ended_by(give_up_at: float, *pieces: Future[Any]) -> Iterator[None]:
    """End pieces of work with the block, unless they hang: then at this moment of the monotonic clock."""
    try:
        yield
    finally:
        wait(pieces, max(0.0, give_up_at - time.monotonic()))
        for piece in pieces:
            piece.cancel()  # it may not have begun yet, behind another one that hangs


def hosts_behind(connection: Connection, n: int) -> dict[str, str]:
    """Return id and name of the registered hosts that have not reported change `n` yet."""
    return {row.id: row.name for row in connection.execute(HOSTS_BEHIND, {"n": n})}
