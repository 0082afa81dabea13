"""What is left of the throughput while something is down: `python -m benchmarks.outages`.

The same server in one run: healthy, without Redis, without the database, and without both, each once its breakers are
open and its workers know their numbers. Healthy turns stand between the others, because machines have moods. Exit
status 1 if an answer was wrong.
"""

import argparse
import sys
import time
from collections.abc import Callable
from statistics import median

from benchmarks.calls import sign_calls
from benchmarks.load import Load
from benchmarks.measured import Measured
from benchmarks.report import machine
from benchmarks.servers import OURS, RunningServer
from benchmarks.stack import Stack
from config import gunicorn

SETTLE_SECONDS = 3.0


def main() -> int:
    """Measure and print; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.outages", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3, help="how often each has its turn (3)")
    parser.add_argument("--seconds", type=float, default=5.0, help="measured in each turn (5)")
    parser.add_argument("--numbers", type=int, default=1_000, help="phone numbers that are called in turn (1,000)")
    parser.add_argument("--connections", type=int, default=24, help="calls at once (24)")
    options = parser.parse_args()
    print(machine(f"{gunicorn.worker_class}, {gunicorn.settings.workers} workers of {gunicorn.threads} threads"))
    ratios: dict[str, list[float]] = {}
    wrong = 0
    with Stack(options.numbers) as stack, RunningServer(OURS, stack) as server:
        load = Load(options.connections, closes=False)
        calls = sign_calls(int(20_000 * options.seconds), options.numbers, first=0, closes=False)
        load.warm_up(server.port, calls[: 8 * options.numbers])
        for _ in range(options.rounds):
            for title, begin, end in outages(stack):
                healthy = load.put_on(server.port, calls, options.seconds)
                begin()
                try:
                    time.sleep(SETTLE_SECONDS)
                    load.put_on(server.port, calls, 1.0)  # until the breakers are open
                    degraded = load.put_on(server.port, calls, options.seconds)
                finally:
                    end()
                    time.sleep(SETTLE_SECONDS)
                    wait_for_the_drain(stack)
                ratios.setdefault(title, []).append(degraded.requests_per_second / healthy.requests_per_second)
                wrong += healthy.wrong + degraded.wrong
                print(line(title, healthy, degraded), flush=True)
    print()
    for title, values in ratios.items():
        print(f"{title:20} {median(values):.2f} ({min(values):.2f}–{max(values):.2f}) of healthy")
    return 1 if wrong else 0


def wait_for_the_drain(stack: Stack) -> None:
    """Return when no more records come: those of an outage would be drained in the next turn, and count against it."""
    before = -1
    while (records := sum(stack.count_calls().values())) > before:
        before = records
        time.sleep(2.0)


def outages(stack: Stack) -> list[tuple[str, Callable[[], object], Callable[[], object]]]:
    """Return each outage with what begins and what ends it."""
    return [
        ("Redis stopped", stack.valkey.stop, stack.valkey.start),
        ("database stopped", stack.postgres.stop, stack.postgres.start),
        (
            "both stopped",
            lambda: (stack.valkey.stop(), stack.postgres.stop()),
            lambda: (stack.valkey.start(), stack.postgres.start()),
        ),
    ]


def line(title: str, healthy: Measured, degraded: Measured) -> str:
    """Say what one turn showed."""
    return (
        f"{title:20} {degraded.requests_per_second:7,.0f} requests/s, p99 {degraded.p99_ms:.1f} ms, "
        f"{degraded.wrong} wrong; healthy before {healthy.requests_per_second:,.0f}, p99 {healthy.p99_ms:.1f} ms"
    )


if __name__ == "__main__":
    sys.exit(main())
