"""A circuit breaker: leave a dependency alone that just failed, and let one call at a time try it again.

Timeouts alone turn a frozen server into a queue of waiting calls. The kept breaker libraries either hold a lock while
they call, which makes threads wait for one another, or measure with the wall clock, which may jump
(`docs/decisions/0004-own-breaker.md`).
"""

import time
from collections.abc import Callable
from threading import Lock

FAILURES_TO_OPEN = 3
RETRY_AFTER_SECONDS = 5.0


class Breaker:
    """Counts failures in a row; while open it allows one trial every RETRY_AFTER_SECONDS.

    `when_changed` is told when it opens and when it closes again.
    """

    def __init__(
        self,
        failures_to_open: int = FAILURES_TO_OPEN,
        retry_after_seconds: float = RETRY_AFTER_SECONDS,
        when_changed: Callable[[bool], object] = bool,
    ) -> None:
        self._when_changed = when_changed
        self._failures_to_open = failures_to_open
        self._retry_after_seconds = retry_after_seconds
        self._failures = 0
        self._next_trial = 0.0
        self._lock = Lock()

    @property
    def is_open(self) -> bool:
        return self._failures >= self._failures_to_open

    def allows_call(self) -> bool:
        """Tell whether to try now. Saying yes while open makes the caller the one trial."""
        if not self.is_open:
            return True
        with self._lock:
            if time.monotonic() < self._next_trial:
                return False
            self._next_trial = time.monotonic() + self._retry_after_seconds
            return True

    def succeeded(self) -> None:
        if not self._failures:
            return
        with self._lock:
            was_open = self.is_open
            self._failures = 0
        if was_open:
            self._when_changed(False)

    def failed(self) -> None:
        with self._lock:
            self._failures += 1
            self._next_trial = time.monotonic() + self._retry_after_seconds
            has_opened = self._failures == self._failures_to_open
        if has_opened:
            self._when_changed(True)
