"""Find the route of a dialled number: this worker's copy, Redis, the database, this host's copy.

What fails → what happens, all of it decided here:

| fails | then |
|---|---|
| the worker has not met this number, or it has changed | Redis is asked |
| Redis refuses, garbles, does not answer within 100 ms, or is behind this host's `known` | the database is asked |
| the database refuses, or does not answer within 250 ms | this host's copy answers, as of `known` |
| the same, on a host that never had a complete copy | whatever Redis said answers, if it said anything |
| nothing of these knows the number | `unavailable`: the caller is put through to FALLBACK_NUMBER |
| this host's file is unreadable | as on a host that never had a copy |

Redis and the database are left alone after they failed three times in a row (`breaker.py`), until a thread that asks
them every second (`probe.py`) has had an answer. For a caller who would only meet the last resort the database is asked
all the same; it has a second for it until it has failed so.
"""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import structlog

from routing.breaker import Breaker
from routing.call_route import UNAVAILABLE, CallRoute, RoutesAsOf
from routing.call_route_cache import CacheAnswer
from routing.deadline import CACHE_FAILURES, DATABASE_FAILURES, DeadlinedCache, DeadlinedDatabase
from routing.local_store import LOCAL_FAILURES, LocalStore
from routing.route_queries import read_route
from routing.worker_copy import WorkerCopy

log = structlog.get_logger()
# A worker accepts no calls before; those that come meanwhile wait for it, or are another worker's.
READY_WITHIN_SECONDS = 1.0
# For a caller whom nobody else knows. Not while the breaker is open: a frozen database would hold every thread so long.
LAST_QUESTION_SECONDS = 1.0


class FoundRoute(NamedTuple):
    """A route, who knew it (worker, redis, database, host or nothing), and the change number `n` it was true for.

    `n` is None where nobody could say: nothing is known, or Redis alone answered and had lost its own place.
    """

    route: CallRoute
    source: str
    n: int | None = None


class CallRouteLookup:
    """Answers for every number, always, within the deadlines of its parts."""

    def __init__(
        self,
        local_store: LocalStore,
        cache: DeadlinedCache | None,
        database: DeadlinedDatabase,
        when_breaker_changed: Callable[[str, bool], object] = lambda dependency, is_open: None,
    ) -> None:
        self._local_store = local_store
        self._cache = cache
        self._database = database
        self._worker_copy = WorkerCopy(local_store.numbers_changed_since)
        self.redis_breaker = Breaker(when_changed=partial(when_breaker_changed, "redis"))
        self.database_breaker = Breaker(when_changed=partial(when_breaker_changed, "database"))

    def get_ready(self) -> None:
        """Let everybody answer once before there are calls: their first connections take longer than a call may."""
        self._ask_redis("")
        try:
            self._database.ask(lambda connection: read_route(connection, ""), READY_WITHIN_SECONDS)
        except DATABASE_FAILURES as error:
            log.warning("database failed", problem=type(error).__name__)

    def find(self, phone_number: str) -> FoundRoute:
        """Find where calls to this E.164 number go now."""
        known = self._read_known()
        if known is None:
            return self._ask_around(phone_number, None)
        if route := self._remembered(phone_number, known):
            return FoundRoute(route, "worker", known)
        found = self._ask_around(phone_number, known)
        if found.source != "nothing":
            self._worker_copy.keep(found.route, known)
        return found

    def try_again(self) -> None:
        """Ask those who are left alone whether they answer again, so that no caller has to find out."""
        if self._cache and self.redis_breaker.is_open:
            self._question_redis(self._cache, "")
        if self.database_breaker.is_open:
            self._question_database("")

    def _read_known(self) -> int | None:
        try:
            return self._local_store.known()
        except LOCAL_FAILURES as error:
            log.error("local store unreadable", problem=str(error))
            return None

    def _remembered(self, phone_number: str, known: int) -> CallRoute | None:
        try:
            return self._worker_copy.find(phone_number, known)
        except LOCAL_FAILURES as error:
            log.error("local store unreadable", problem=str(error))
            return None

    def _ask_around(self, phone_number: str, known: int | None) -> FoundRoute:
        """Ask Redis, the database, and whoever is left. `known` is None when this host vouches for nothing."""
        seen = self._ask_redis(phone_number)
        if seen and seen.route and known is not None and seen.applied is not None and seen.applied >= known:
            return FoundRoute(seen.route, "redis", seen.applied)
        is_last = known is None and not (seen and seen.route)
        if found := self._ask_database(phone_number, seen, is_last):
            return FoundRoute(found.routes[phone_number], "database", found.n)
        if known is not None and (route := self._ask_host(phone_number)):
            return FoundRoute(route, "host", known)
        if known is None and seen and seen.route:
            return FoundRoute(seen.route, "redis", seen.applied)
        return FoundRoute(CallRoute(phone_number, UNAVAILABLE), "nothing")

    def _ask_redis(self, phone_number: str) -> CacheAnswer | None:
        """Return what Redis said; None when there is no Redis, it failed, or it is left alone for now."""
        if self._cache is None or not self.redis_breaker.allows_call():
            return None
        return self._question_redis(self._cache, phone_number)

    def _question_redis(self, cache: DeadlinedCache, phone_number: str) -> CacheAnswer | None:
        try:
            answer = cache.look_up(phone_number)
        except CACHE_FAILURES as error:
            self.redis_breaker.failed()
            log.warning("redis failed", problem=type(error).__name__)
            return None
        self.redis_breaker.succeeded()
        return answer

    def _ask_database(self, phone_number: str, seen: CacheAnswer | None, is_last: bool) -> RoutesAsOf | None:
        """Return what the database said; None when it failed, or is left alone for now, unless there is nobody else."""
        if not self.database_breaker.allows_call() and not is_last:
            return None
        seconds = LAST_QUESTION_SECONDS if is_last and not self.database_breaker.is_open else None
        found = self._question_database(phone_number, seconds)
        if found and seen and self._cache:
            self._cache.fill(seen.applied, found)
        return found

    def _question_database(self, phone_number: str, seconds: float | None = None) -> RoutesAsOf | None:
        try:
            found = self._database.ask(lambda connection: read_route(connection, phone_number), seconds)
        except DATABASE_FAILURES as error:
            self.database_breaker.failed()
            log.warning("database failed", problem=type(error).__name__)
            return None
        self.database_breaker.succeeded()
        return found

    def _ask_host(self, phone_number: str) -> CallRoute | None:
        try:
            return self._local_store.find(phone_number)
        except (*LOCAL_FAILURES, ValueError) as error:
            log.error("local store unreadable", problem=str(error))
            return None
