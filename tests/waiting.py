"""Wait for what happens in another thread or process."""

import time
from collections.abc import Callable


def wait_for(happened: Callable[[], object], deadline_seconds: float = 10.0) -> None:
    """Return as soon as it has happened; fail after the deadline."""
    give_up_at = time.monotonic() + deadline_seconds
    while not happened():
        assert time.monotonic() < give_up_at, "it did not happen in time"
        time.sleep(0.01)
