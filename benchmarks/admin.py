"""Somebody who changes a number every second: `python -m benchmarks.admin NUMBERS`, beside the server, until stopped.

Pauses a random number, resumes it a second later, and so on; says at its end, as JSON, how many changes that were and
how many of them were in force when their operation returned.
"""

import json
import random
import signal
import sys
import time
from threading import Event

from app import create_app
from benchmarks.calls import phone_number
from operations.changes import Changes, Who
from operations.finding import find_account
from operations.pause_number import pause_number, resume_number
from operations.permissions import SYSTEM

EVERY_SECONDS = 1.0


def make_changes(changes: Changes, numbers: int, stopping: Event) -> dict[str, float]:
    """Make a change every second until stopped; return how many, how many in force, and the slowest."""
    with changes.database.reading() as session:
        who = Who(find_account(session, None).id, "benchmark", SYSTEM)
    made = in_force = 0
    slowest = 0.0
    paused: str | None = None
    while not stopping.wait(EVERY_SECONDS):
        started = time.perf_counter()
        number = paused or phone_number(random.randrange(numbers))
        _, outcome = (resume_number if paused else pause_number)(changes, who, number)
        paused = None if paused else number
        made += 1
        in_force += outcome.in_force
        slowest = max(slowest, time.perf_counter() - started)
    if paused:
        resume_number(changes, who, paused)
    return {"made": made, "in_force": in_force, "slowest_ms": slowest * 1000}


def main() -> None:
    """Make changes until SIGTERM comes."""
    stopping = Event()
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    app = create_app()
    print(json.dumps(make_changes(app.extensions["changes"], int(sys.argv[1]), stopping)))
    app.extensions["close"]()


if __name__ == "__main__":
    main()
