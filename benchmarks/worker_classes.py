"""Compare what our webhook may be served with: `python -m benchmarks.worker_classes`.

gunicorn's kinds of workers, and their numbers, in turn in one run, with a connection for each call, as Twilio opens
them, and over kept ones, as a proxy keeps them. `sync` keeps none. Exit status 1 if an answer was wrong.
"""

import argparse
import os
import sys
from unittest.mock import patch

from benchmarks.calls import sign_calls
from benchmarks.load import Load
from benchmarks.report import machine
from benchmarks.servers import OURS, RunningServer, cpu_seconds, memory_of_workers
from benchmarks.stack import Stack
from config import gunicorn

CONNECTIONS = 24
GTHREAD = "--workers {} --threads {}"
SYNC = "--worker-class sync --workers {}"


def main() -> int:
    """Measure and print; return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.worker_classes", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--rounds", type=int, default=2, help="how often each has its turn (2)")
    parser.add_argument("--seconds", type=float, default=5.0, help="measured in each turn (5)")
    parser.add_argument("--numbers", type=int, default=1_000, help="phone numbers that are called in turn (1,000)")
    options = parser.parse_args()
    print(machine("several kinds of workers"))
    wrong = 0
    with Stack(options.numbers) as stack:
        for _ in range(options.rounds):
            for arguments in kinds(os.cpu_count() or 1):
                for closes in (True, False):
                    stack.forget_calls()
                    wrong += measure(stack, arguments, closes, options)
    return 1 if wrong else 0


def kinds(cores: int) -> list[str]:
    """Return gunicorn's arguments for each kind of workers; of the threaded ones, one keeps and answers nobody."""
    threaded = [(cores, 12), (cores, 4), (cores + 1, 8), (cores + 1, 4), (2 * cores, 6)]
    return [
        *(GTHREAD.format(workers + gunicorn.KEEPING, threads) for workers, threads in threaded),
        *(SYNC.format(workers) for workers in (cores, 4 * cores)),
    ]


def measure(stack: Stack, arguments: str, closes: bool, options: argparse.Namespace) -> int:
    """Measure one kind, print a line, and return how many answers were wrong."""
    load = Load(CONNECTIONS, closes)
    warm_up = sign_calls(6 * options.numbers, options.numbers, first=0, closes=closes)
    calls = sign_calls(int(6_000 * options.seconds), options.numbers, first=len(warm_up), closes=closes)
    with patch.dict(os.environ, {"GUNICORN_CMD_ARGS": arguments}), RunningServer(OURS, stack) as server:
        load.warm_up(server.port, warm_up)
        before = cpu_seconds(server.pid)
        measured = load.put_on(server.port, calls, options.seconds)
        microseconds = (cpu_seconds(server.pid) - before) / (measured.answers or 1) * 1e6
        resident, _ = memory_of_workers(server.pid)
    print(
        f"{arguments:70} {'a connection each' if closes else 'kept':18} {measured.requests_per_second:7,.0f} calls/s, "
        f"p50 {measured.p50_ms:.1f}, p99 {measured.p99_ms:.1f} ms, {microseconds:.0f} µs of a core each, "
        f"{resident:.0f} MiB a worker, {measured.wrong} wrong",
        flush=True,
    )
    return measured.wrong


if __name__ == "__main__":
    sys.exit(main())
