"""Whether calls stay as quick when the numbers grow: `python -m benchmarks.flat`.

Two stacks of PostgreSQL, Redis and a host at once, one with few numbers and one with many, are called in turn, one call
after another: numbers that the workers know, numbers whose first call it is, and numbers that we do not have. Says the
ratios of the medians, how long each host took to start and to copy all routes, and what memory is used. Exit status 1
if an answer was wrong.
"""

import argparse
import random
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field

from benchmarks.calls import phone_number, sign_call
from benchmarks.measured import percentile
from benchmarks.report import machine
from benchmarks.servers import OURS, RunningServer, memory_of_workers
from benchmarks.socket_client import Line
from benchmarks.stack import Stack
from config import gunicorn
from routing.local_store import LocalStore

KNOWN, FIRST, NOT_OURS = "a number that is known", "a number's first call", "a number not ours"
KNOWN_NUMBERS = 200
HOST = "fresh-host"
COPY_SECONDS = 900.0


@dataclass
class Side:
    """One of the two, and the milliseconds of its calls by what was called."""

    stack: Stack
    server: RunningServer
    copied_in_seconds: float
    milliseconds: dict[str, list[float]] = field(default_factory=lambda: {KNOWN: [], FIRST: [], NOT_OURS: []})
    wrong: int = 0

    def call(self, what: str, to_numbers: Sequence[str], first: int) -> None:
        """Call these numbers, one after another; `first` is the first call's index."""
        line = Line(self.server.port)
        for index, to_number in enumerate(to_numbers, first):
            request = sign_call(index, to_number, closes=False)
            began_at = time.perf_counter()
            line.send(request)
            while (answer := line.receive()) is None:
                pass
            self.milliseconds[what].append((time.perf_counter() - began_at) * 1000)
            self.wrong += not answer.startswith(b"HTTP/1.1 200 ") or (b"<Stream" in answer) == (what == NOT_OURS)
        line.close()


def main() -> int:
    """Measure and print; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.flat", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--few", type=int, default=1_000, help="numbers of the one side (1,000; at least 700)")
    parser.add_argument("--many", type=int, default=1_000_000, help="numbers of the other side (1,000,000)")
    parser.add_argument("--rounds", type=int, default=10, help="how often each side has its turn (10)")
    options = parser.parse_args()
    print(machine(f"{gunicorn.settings.workers} workers of {gunicorn.threads} threads"))
    with ExitStack() as running:
        sides = [start(running, numbers) for numbers in (options.few, options.many)]
        for index in range(options.rounds):
            for side in sides:
                take_turn(side, index, options.rounds)
        report(sides)
    return 1 if any(side.wrong for side in sides) else 0


def start(running: ExitStack, numbers: int) -> Side:
    """Fill a stack, and start a host on it that has no copy yet; it answers calls while it copies."""
    stack = running.enter_context(Stack(numbers))
    server = running.enter_context(RunningServer(OURS, stack, HOST))
    began_at = time.perf_counter()
    store = LocalStore(stack.folder / HOST / "host.db")
    while store.known() is None:
        if time.perf_counter() - began_at > COPY_SECONDS:
            raise RuntimeError("the host did not copy its routes")
        time.sleep(0.05)
    store.close()
    return Side(stack, server, time.perf_counter() - began_at)


def take_turn(side: Side, index: int, rounds: int) -> None:
    """Call what everybody knows, what nobody has called, and what nobody has."""
    known = [phone_number(place) for place in range(KNOWN_NUMBERS)]
    if index == 0:
        for _ in range(5):
            side.call(KNOWN, known, 0)
        side.milliseconds[KNOWN].clear()
    new = range(KNOWN_NUMBERS + index * 500 // rounds, KNOWN_NUMBERS + (index + 1) * 500 // rounds)
    spread = max(1, side.stack.numbers // 1_000)  # over all of them, not only the first ones
    side.call(KNOWN, known, 0)
    side.call(FIRST, [phone_number(place * spread) for place in new], 1_000 + index * 1_000)
    strangers = [f"+1628{random.randrange(10**7):07d}" for _ in range(500 // rounds)]
    side.call(NOT_OURS, strangers, 100_000 + index * 1_000)


def report(sides: Sequence[Side]) -> None:
    """Print a line for each figure: few, many, and the ratio of the two."""
    for what in (KNOWN, FIRST, NOT_OURS):
        for name, percent in (("p50", 50), ("p99", 99)):
            few, many = (percentile(sorted(side.milliseconds[what]), percent) for side in sides)
            print(f"{what:26}{name:5}{few:10.2f} ms{many:10.2f} ms{many / few:8.2f}")
    print_pair("first answer after", [side.server.started_in_seconds for side in sides], "s")
    print_pair("all routes copied after", [side.copied_in_seconds for side in sides], "s")
    memory = [memory_of_workers(side.server.pid) for side in sides]
    print_pair("a worker's RSS", [rss for rss, _ in memory], "MiB")
    print_pair("a worker's PSS", [pss for _, pss in memory], "MiB")
    print_pair("Redis", [redis_mebibytes(side.stack) for side in sides], "MiB")
    for side in sides:
        print(
            f"{side.stack.numbers:,} numbers: {side.wrong} wrong answers of {sum(map(len, side.milliseconds.values()))}"
        )


def print_pair(what: str, values: Sequence[float], unit: str) -> None:
    few, many = values
    print(f"{what:31}{few:10.2f} {unit:3}{many:9.2f} {unit}")


def redis_mebibytes(stack: Stack) -> float:
    """Return what Redis says that it uses."""
    with stack.valkey.client() as client:
        return float(client.info("memory")["used_memory"]) / 2**20


if __name__ == "__main__":
    sys.exit(main())
