"""Whatever the way to Redis does, a caller leaves when time is up."""

from collections.abc import Iterator
from threading import Event

import pytest
from redis import RedisError

from routing import deadline
from routing.call_route import CallRoute, RoutesAsOf
from routing.call_route_cache import CacheAnswer
from routing.deadline import DeadlinedCache
from routing.threads import TooSlow

A = "+14155550100"
FOUND = RoutesAsOf(9, {A: CallRoute(A, "routed")})


class StuckCache:
    """A Redis whose name nobody resolves: it answers when `goes_on` is set."""

    def __init__(self) -> None:
        self.goes_on, self.was_filled = Event(), Event()
        self.failure: Exception | None = None

    def look_up(self, phone_number: str) -> CacheAnswer:
        self.goes_on.wait(30)
        return CacheAnswer(9, None)

    def fill(self, seen: int | None, found: RoutesAsOf) -> bool:
        self.goes_on.wait(30)
        self.was_filled.set()
        if self.failure:
            raise self.failure
        return True


@pytest.fixture
def stuck() -> Iterator[StuckCache]:
    """Let nobody hang at the end of a test."""
    cache = StuckCache()
    yield cache
    cache.goes_on.set()


def test_stuck_redis_holds_nobody_longer_than_the_deadline(stuck: StuckCache, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those who come meanwhile wait for nothing else either."""
    monkeypatch.setattr(deadline, "REDIS_SECONDS", 0.01)
    cache = DeadlinedCache(stuck)

    for _ in range(10):
        with pytest.raises(TooSlow):
            cache.look_up(A)
    cache.close()


def test_answer_is_what_redis_said(stuck: StuckCache, monkeypatch: pytest.MonkeyPatch) -> None:
    """And so is a failure."""
    monkeypatch.setattr(deadline, "REDIS_SECONDS", 30)
    stuck.goes_on.set()
    cache = DeadlinedCache(stuck)

    assert cache.look_up(A) == CacheAnswer(9, None)
    cache.close()


def test_caller_does_not_wait_for_a_fill(stuck: StuckCache) -> None:
    """He has his route already."""
    cache = DeadlinedCache(stuck)

    cache.fill(8, FOUND)
    assert not stuck.was_filled.is_set()
    stuck.goes_on.set()

    assert stuck.was_filled.wait(30)
    cache.close()


def test_failed_fill_is_nobodys_problem(stuck: StuckCache) -> None:
    """The next look-up says whether Redis answers."""
    cache = DeadlinedCache(stuck)
    stuck.failure = RedisError("full")
    stuck.goes_on.set()

    cache.fill(8, FOUND)

    assert stuck.was_filled.wait(30)
    assert cache.look_up(A).applied == 9
    cache.close()
