"""How soon a host answers, and what it takes: `python -m benchmarks.start`.

Starts the router and the bare Flask view in turn, under gunicorn with the same settings, from nothing running to the
first answer.
"""

import argparse
import sys
from statistics import median

from benchmarks.report import machine
from benchmarks.servers import RunningServer, contenders, memory_of_workers
from benchmarks.stack import Stack
from config import gunicorn


def main() -> int:
    """Measure and print; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.start", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5, help="how often each is started (5)")
    parser.add_argument("--numbers", type=int, default=10_000, help="phone numbers in the database (10,000)")
    options = parser.parse_args()
    print(machine(f"{gunicorn.settings.workers} workers of {gunicorn.threads} threads"))
    with Stack(options.numbers) as stack:
        ours, bare, _ = contenders(stack)
        seconds: dict[str, list[float]] = {ours.letter: [], bare.letter: []}
        for _ in range(options.rounds):
            for contender in (ours, bare):
                with RunningServer(contender, stack) as server:
                    seconds[contender.letter].append(server.started_in_seconds)
                    rss, pss = memory_of_workers(server.pid)
                memory = f"RSS {rss:.0f}, PSS {pss:.0f} MiB a worker"
                print(f"{contender.name:20}{server.started_in_seconds:6.2f} s, {memory}")
        first, second = (median(values) for values in seconds.values())
    print(f"{ours.name}: {first:.2f} s to the first answer, {first / second:.2f} × the bare view's")
    return 0


if __name__ == "__main__":
    sys.exit(main())
