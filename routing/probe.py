"""Ask again and again, beside the calls, whether a dependency that they leave alone answers at last."""

from collections.abc import Callable
from threading import Event, Thread

import structlog

log = structlog.get_logger()
PROBE_EVERY_SECONDS = 1.0


class Probe:
    """A thread of each process that answers calls, because each has breakers of its own.

    Each failed question keeps an open breaker from letting a call try (RETRY_AFTER_SECONDS is longer than a round), so
    no caller pays for finding out. Without this thread callers try, one at a time, as they do in a process of a test.
    """

    def __init__(self, ask: Callable[[], object], every_seconds: float = PROBE_EVERY_SECONDS) -> None:
        self._ask = ask
        self._every_seconds = every_seconds
        self._stopping = Event()

    def start(self) -> None:
        """Begin to ask, in a thread that ends with its process."""
        Thread(target=self._run, name="probe", daemon=True).start()

    def close(self) -> None:
        """Ask no more."""
        self._stopping.set()

    def _run(self) -> None:
        while not self._stopping.wait(self._every_seconds):
            try:
                self._ask()
            except Exception:
                log.exception("probe failed")  # a door: without it callers would have to find out
