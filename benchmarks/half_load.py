"""How long calls wait at half of what a server can answer: `python -m benchmarks.half_load`.

Our webhook and the bare Flask view, in turn: first as many calls as they answer, then half as many a second, which
come in at random moments over many connections. The goal is a p99 of at most twice the bare view's. It needs wrk. Exit
status 1 if an answer was wrong.
"""

import argparse
import shutil
import sys
from statistics import median

from benchmarks import wrk_client
from benchmarks.calls import sign_calls
from benchmarks.load import Load
from benchmarks.measured import Measured
from benchmarks.report import machine
from benchmarks.servers import Contender, RunningServer, contenders
from benchmarks.stack import Stack
from config import gunicorn

SATURATING = 24
# So many that each can pause for long, and their calls come in as if from strangers.
PAUSING = 96


def main() -> int:
    """Measure and print; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.half_load", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3, help="how often each has its turn (3)")
    parser.add_argument("--seconds", type=int, default=5, help="measured in each turn (5)")
    parser.add_argument("--numbers", type=int, default=1_000, help="phone numbers that are called in turn (1,000)")
    options = parser.parse_args()
    wrk = shutil.which("wrk")
    if wrk is None:
        parser.error("wrk is not installed")
    print(machine(f"{gunicorn.worker_class}, {gunicorn.settings.workers} workers of {gunicorn.threads} threads"))
    found: dict[str, list[float]] = {}
    wrong = 0
    with Stack(options.numbers) as stack:
        for _ in range(options.rounds):
            for contender in contenders(stack)[:2]:
                full, half = measure(contender, stack, wrk, options)
                found.setdefault(contender.name, []).append(half.p99_ms)
                wrong += full.wrong + half.wrong
                print(line(contender, full, half), flush=True)
    ours, bare = (median(values) for values in found.values())
    print(f"p99 at half of what each answers: {ours:.1f} ms, {ours / bare:.2f} times the bare view's {bare:.1f} ms")
    return 1 if wrong else 0


def measure(contender: Contender, stack: Stack, wrk: str, options: argparse.Namespace) -> tuple[Measured, Measured]:
    """Return what one server showed with as many calls as it answers, and with half of them."""
    stack.forget_calls()
    calls = sign_calls(6_000 * options.seconds, options.numbers, first=0, closes=False)
    with RunningServer(contender, stack) as server:
        Load(SATURATING, closes=False).warm_up(server.port, calls[: 6 * options.numbers])
        full = wrk_client.measure(wrk, server.port, calls, SATURATING, options.seconds)
        pause_ms = round(1000 * PAUSING / (full.requests_per_second / 2))
        return full, wrk_client.measure(wrk, server.port, calls, PAUSING, options.seconds, pause_ms)


def line(contender: Contender, full: Measured, half: Measured) -> str:
    """Say what one turn showed."""
    return (
        f"{contender.name:20} {full.requests_per_second:7,.0f} calls/s; at {half.requests_per_second:,.0f}: "
        f"p50 {half.p50_ms:.1f}, p99 {half.p99_ms:.1f} ms, {full.wrong + half.wrong} wrong"
    )


if __name__ == "__main__":
    sys.exit(main())
