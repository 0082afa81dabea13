"""A dependency that fails is left alone, and tried again by one call at a time."""

import pytest

from routing import breaker as module
from routing.breaker import Breaker


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A clock that tests move: `clock[0]` in seconds."""
    clock = [100.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: clock[0])
    return clock


def open_breaker() -> Breaker:
    breaker = Breaker(failures_to_open=3, retry_after_seconds=5)
    for _ in range(3):
        breaker.failed()
    return breaker


def test_single_failures_do_not_open_it(clock: list[float]) -> None:
    """Only failures in a row count."""
    breaker = Breaker(failures_to_open=3)
    for _ in range(5):
        breaker.failed()
        breaker.failed()
        breaker.succeeded()

    assert breaker.allows_call()
    assert not breaker.is_open


def test_while_open_nobody_calls(clock: list[float]) -> None:
    """Callers go on to the next source at once."""
    breaker = open_breaker()

    assert breaker.is_open
    assert not breaker.allows_call()


def test_one_call_tries_after_a_while(clock: list[float]) -> None:
    """The others do not wait with it."""
    breaker = open_breaker()
    clock[0] += 5

    assert [breaker.allows_call() for _ in range(3)] == [True, False, False]


def test_a_trial_that_succeeds_closes_it(clock: list[float]) -> None:
    """Everybody calls again."""
    breaker = open_breaker()
    clock[0] += 5
    breaker.allows_call()

    breaker.succeeded()

    assert [breaker.allows_call() for _ in range(3)] == [True, True, True]


def test_a_trial_that_fails_leaves_it_open(clock: list[float]) -> None:
    """The next trial is a whole while later."""
    breaker = open_breaker()
    clock[0] += 5
    breaker.allows_call()

    breaker.failed()
    clock[0] += 4.9

    assert not breaker.allows_call()
