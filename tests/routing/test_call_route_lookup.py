"""Who is asked for a route, in which order, and what happens when they fail."""

from collections.abc import Callable
from pathlib import Path

import pytest
from redis import ConnectionError as RedisConnectionError
from sqlalchemy import Connection

from routing import breaker as breaker_module
from routing.call_route import UNAVAILABLE, UNKNOWN, CallRoute, RoutesAsOf
from routing.call_route_cache import CacheAnswer
from routing.call_route_lookup import CallRouteLookup, FoundRoute
from routing.deadline import DatabaseTooSlow
from routing.local_store import LocalStore
from routing.probe import PROBE_EVERY_SECONDS

A = "+14155550100"
OLD, NEW = CallRoute(A, "routed"), CallRoute(A, "paused")


class ScriptedCache:
    """A Redis that answers, or fails, as told; it remembers what was filled."""

    def __init__(self, answer: CacheAnswer | Exception) -> None:
        self.answer = answer
        self.asked = 0
        self.filled: list[tuple[int | None, RoutesAsOf]] = []

    def look_up(self, phone_number: str) -> CacheAnswer:
        self.asked += 1
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    def fill(self, seen: int | None, found: RoutesAsOf) -> bool:
        self.filled.append((seen, found))
        return True


class ScriptedDatabase:
    """A database that answers one route, or fails, as told."""

    def __init__(self, answer: CallRoute | Exception, n: int = 9) -> None:
        self.answer, self.n, self.asked = answer, n, 0
        self.deadlines: list[float | None] = []

    def ask(self, question: Callable[[Connection], RoutesAsOf], deadline_seconds: float | None = None) -> RoutesAsOf:
        self.asked += 1
        self.deadlines.append(deadline_seconds)
        if isinstance(self.answer, Exception):
            raise self.answer
        return RoutesAsOf(self.n, {self.answer.phone_number: self.answer})


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    """A host that has followed up to change 5, where the number was still routed."""
    store = LocalStore(tmp_path / "host.db")
    store.replace_all(5, [OLD])
    yield store
    store.close()


GONE = RedisConnectionError()
SLOW = DatabaseTooSlow()
NOTHING = CacheAnswer(None, None)


@pytest.mark.parametrize(
    ("redis", "database", "expected"),
    [
        (CacheAnswer(5, NEW), OLD, FoundRoute(NEW, "redis", 5)),
        (CacheAnswer(6, NEW), OLD, FoundRoute(NEW, "redis", 6)),
        (CacheAnswer(4, OLD), NEW, FoundRoute(NEW, "database", 9)),
        (CacheAnswer(None, OLD), NEW, FoundRoute(NEW, "database", 9)),
        (CacheAnswer(5, None), NEW, FoundRoute(NEW, "database", 9)),
        (NOTHING, NEW, FoundRoute(NEW, "database", 9)),
        (GONE, NEW, FoundRoute(NEW, "database", 9)),
        (GONE, SLOW, FoundRoute(OLD, "host", 5)),
        (CacheAnswer(4, NEW), SLOW, FoundRoute(OLD, "host", 5)),
        (NOTHING, SLOW, FoundRoute(OLD, "host", 5)),
    ],
)
def test_the_first_who_can_vouch_for_the_route_answers(store, redis, database, expected) -> None:
    """Redis counts only from the change on that this host knows; then the database; then the host's own copy.

    Each says for which change its answer was true.
    """
    lookup = CallRouteLookup(store, ScriptedCache(redis), ScriptedDatabase(database))

    assert lookup.find(A) == expected


@pytest.mark.parametrize(
    ("redis", "database", "expected"),
    [
        (CacheAnswer(6, OLD), NEW, FoundRoute(NEW, "database", 9)),
        (CacheAnswer(6, OLD), SLOW, FoundRoute(OLD, "redis", 6)),
        (GONE, SLOW, FoundRoute(CallRoute(A, UNAVAILABLE), "nothing")),
    ],
)
def test_a_host_without_a_copy_believes_redis_last(tmp_path, redis, database, expected) -> None:
    """Nobody waited for this host, so Redis may be older than a promise; it is still better than no answer."""
    lookup = CallRouteLookup(LocalStore(tmp_path / "new.db"), ScriptedCache(redis), ScriptedDatabase(database))

    assert lookup.find(A) == expected


def test_without_redis_the_database_answers(store) -> None:
    """Redis is optional."""
    assert CallRouteLookup(store, None, ScriptedDatabase(NEW)).find(A) == FoundRoute(NEW, "database", 9)


def test_a_number_that_the_copy_lacks_is_unavailable_not_unknown(store) -> None:
    """It may have been added a moment ago: the caller is put through to the number of last resort."""
    lookup = CallRouteLookup(store, None, ScriptedDatabase(SLOW))

    assert lookup.find("+14155550177").route.decision == UNAVAILABLE


def test_an_unreadable_host_file_leaves_redis_and_the_database(tmp_path) -> None:
    """The host's own disk is no condition for answering."""
    (tmp_path / "host.db").write_bytes(b"not a database" * 1000)
    lookup = CallRouteLookup(LocalStore(tmp_path / "host.db"), None, ScriptedDatabase(NEW))

    assert lookup.find(A) == FoundRoute(NEW, "database", 9)


def test_what_was_looked_up_is_remembered_by_the_worker(store) -> None:
    """The second call to a number asks nobody."""
    cache, database = ScriptedCache(NOTHING), ScriptedDatabase(NEW)
    lookup = CallRouteLookup(store, cache, database)
    lookup.find(A)

    assert lookup.find(A) == FoundRoute(NEW, "worker", 5)
    assert (cache.asked, database.asked) == (1, 1)


def test_an_answer_of_the_host_copy_is_remembered_until_the_host_follows_a_change(store) -> None:
    """It is as true as the copy itself, and spares callers the wait for a database that is slow."""
    database = ScriptedDatabase(SLOW)
    lookup = CallRouteLookup(store, None, database)
    lookup.find(A)

    assert lookup.find(A) == FoundRoute(OLD, "worker", 5)
    store.advance(5, RoutesAsOf(6, {A: NEW}))
    assert lookup.find(A) == FoundRoute(NEW, "host", 6)


def test_a_call_that_nobody_could_route_is_not_remembered(store) -> None:
    """As soon as somebody knows the number, he is heard."""
    database = ScriptedDatabase(SLOW)
    lookup = CallRouteLookup(store, None, database)
    lookup.find("+14155550177")
    database.answer = CallRoute("+14155550177", "routed")

    assert lookup.find("+14155550177").source == "database"


def test_a_change_on_this_host_is_seen_by_the_next_call(store) -> None:
    """`known` is read each time, so a remembered route does not outlive its change."""
    database = ScriptedDatabase(OLD)
    lookup = CallRouteLookup(store, None, database)
    lookup.find(A)
    store.advance(5, RoutesAsOf(6, {A: NEW}))
    database.answer = NEW

    assert lookup.find(A) == FoundRoute(NEW, "database", 9)


@pytest.mark.parametrize("seen", [None, 4, 5])
def test_a_miss_leaves_the_route_in_redis(store, seen) -> None:
    """What the database said is filled under what the look-up saw."""
    cache = ScriptedCache(CacheAnswer(seen, None))
    CallRouteLookup(store, cache, ScriptedDatabase(NEW, n=9)).find(A)

    assert cache.filled == [(seen, RoutesAsOf(9, {A: NEW}))]


def test_an_unknown_number_is_cached_too(store) -> None:
    """Repeated calls to a number that nobody has do not reach the database."""
    cache = ScriptedCache(CacheAnswer(5, None))
    CallRouteLookup(store, cache, ScriptedDatabase(CallRoute(A, UNKNOWN))).find(A)

    assert cache.filled[0][1].routes[A].decision == UNKNOWN


def test_a_redis_that_failed_three_times_is_left_alone(store) -> None:
    """Callers do not wait for it one after another."""
    cache = ScriptedCache(GONE)
    lookup = CallRouteLookup(store, cache, ScriptedDatabase(SLOW))
    for index in range(10):
        lookup.find(f"+1415555010{index}")

    assert cache.asked == 3
    assert lookup.redis_breaker.is_open


def test_a_database_that_failed_three_times_is_left_alone(store) -> None:
    """Callers get the host's copy without waiting."""
    database = ScriptedDatabase(SLOW)
    lookup = CallRouteLookup(store, None, database)
    answers = {lookup.find(f"+1415555010{index}").source for index in range(10)}

    assert answers == {"host", "nothing"}
    assert database.asked == 3


def test_a_database_is_asked_in_spite_of_its_failures_when_nobody_else_could_answer(tmp_path: Path) -> None:
    """On a host without a copy the first questions may be too slow; the callers after them must not pay for it."""
    store = LocalStore(tmp_path / "host.db")
    database = ScriptedDatabase(DatabaseTooSlow())
    lookup = CallRouteLookup(store, ScriptedCache(CacheAnswer(9, None)), database)
    slow = [lookup.find(A).route.decision for _ in range(4)]
    database.answer = NEW

    found = lookup.find(A)
    store.close()

    assert slow == [UNAVAILABLE] * 4
    assert database.deadlines == [1.0, 1.0, 1.0, None, None]
    assert found == FoundRoute(NEW, "database", 9)
    assert not lookup.database_breaker.is_open


def test_a_worker_has_asked_everybody_before_its_first_call(store: LocalStore) -> None:
    """Whoever fails then is no reason not to begin."""
    redis, database = ScriptedCache(RedisConnectionError()), ScriptedDatabase(DatabaseTooSlow())

    CallRouteLookup(store, redis, database).get_ready()

    assert (redis.asked, database.asked) == (1, 1)


def test_who_is_left_alone_is_asked_again_beside_the_calls(store: LocalStore) -> None:
    """As soon as they answer, calls ask them again, and none has waited to find out."""
    changed: list[tuple[str, bool]] = []
    cache, database = ScriptedCache(GONE), ScriptedDatabase(SLOW)
    lookup = CallRouteLookup(store, cache, database, lambda who, is_open: changed.append((who, is_open)))
    for index in range(3):
        lookup.find(f"+1415555010{index}")
    cache.answer, database.answer = CacheAnswer(5, OLD), OLD

    lookup.try_again()

    assert changed == [("redis", True), ("database", True), ("redis", False), ("database", False)]
    assert lookup.find("+14155550177").source == "redis"


def test_a_failed_trial_beside_the_calls_keeps_calls_from_trying(store: LocalStore, monkeypatch) -> None:
    """It counts as a failure like any other, from which on nobody tries for a while."""
    clock = [100.0]
    monkeypatch.setattr(breaker_module.time, "monotonic", lambda: clock[0])
    cache = ScriptedCache(GONE)
    lookup = CallRouteLookup(store, cache, ScriptedDatabase(SLOW))
    for index in range(3):
        lookup.find(f"+1415555010{index}")
    for _ in range(10):
        clock[0] += PROBE_EVERY_SECONDS
        lookup.try_again()
        lookup.find(A)

    assert cache.asked == 3 + 10


def test_nobody_is_asked_again_while_everybody_answers(store: LocalStore) -> None:
    """There is nothing to find out."""
    cache, database = ScriptedCache(NOTHING), ScriptedDatabase(NEW)

    CallRouteLookup(store, cache, database).try_again()

    assert (cache.asked, database.asked) == (0, 0)
