"""How long a pause takes to be in force on every host, while calls come: `python -m benchmarks.pauses`.

An admin pauses and resumes one number after another, on PostgreSQL and Redis, with 200 calls a second to all hosts
together; then many numbers, as many at once as one change takes. The time is from the operation's beginning to its "in
force". Exit status 1 if a change was not in force or a call was answered wrongly.
"""

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

from app import create_app
from benchmarks.calls import phone_number, sign_calls
from benchmarks.measured import Measured, percentile
from benchmarks.paced import paced_calls
from benchmarks.report import machine
from benchmarks.servers import OURS, RunningServer
from benchmarks.stack import FIRST_HOST, Stack
from config import gunicorn
from operations.changes import Changes, Who
from operations.finding import MOST_NUMBERS_AT_ONCE, find_account
from operations.hosts import list_hosts, remove_host
from operations.in_force import Outcome
from operations.pause_number import pause_number, pause_numbers, resume_number, resume_numbers
from operations.permissions import SYSTEM

Timed = tuple[float, Outcome]
# Of calls before the first change: hosts that have just started are busy with their first calls to each number.
WARM_UP_SECONDS = 8.0
CALLED_NUMBERS = 1_000
HEADING = f"{'':44}{'changes':>9}{'in force':>10}{'p50 ms':>9}{'p99 ms':>9}{'worst ms':>10}   calls meanwhile"


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table: what was changed, the seconds of each change, how many were in force, and the calls."""

    title: str
    seconds: Sequence[float]
    in_force: int
    calls: Measured


def main() -> int:
    """Measure and print; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pauses", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--hosts", type=int, nargs="+", default=[1, 2, 4], help="numbers of hosts (1 2 4)")
    parser.add_argument("--changes", type=int, default=200, help="changes, one after another (200)")
    parser.add_argument("--rate", type=float, default=200.0, help="calls a second (200)")
    parser.add_argument("--many", type=int, default=10_000, help="numbers that are paused at the end (10,000)")
    options = parser.parse_args()
    print(machine(f"{gunicorn.settings.workers} workers of {gunicorn.threads} threads a host"))
    print(HEADING)
    rows: list[Row] = []
    with Stack(max(options.many, 1_000)) as stack:
        for hosts in options.hosts:
            rows += measure(stack, hosts, options)
            print("\n".join(map(line, rows[-2:])), flush=True)
    return 1 if any(row.in_force < len(row.seconds) or row.calls.wrong for row in rows) else 0


def measure(stack: Stack, hosts: int, options: argparse.Namespace) -> list[Row]:
    """Return what so many hosts showed: single changes, and two changes of many numbers."""
    names = [FIRST_HOST, *(f"host-{index}" for index in range(2, hosts + 1))]
    calls = sign_calls(5_000, CALLED_NUMBERS, first=0, closes=True)
    with ExitStack() as running:
        ports = [running.enter_context(RunningServer(OURS, stack, name)).port for name in names]
        app = create_app(stack.settings())
        running.callback(app.extensions["close"])
        changes: Changes = app.extensions["changes"]
        with changes.database.reading() as session:
            who = Who(find_account(session, None).id, "benchmark", SYSTEM)
        wait_for_hosts(changes, hosts)
        with paced_calls(ports, calls, options.rate) as single_calls:
            time.sleep(WARM_UP_SECONDS)
            single = [timed_change(changes, who, index) for index in range(options.changes)]
        with paced_calls(ports, calls, options.rate) as bulk_calls:
            time.sleep(1.0)
            bulk = list(pause_many(changes, who, options.many))
        for host in hosts_of(changes):
            remove_host(changes, who, host["id"])
    return [
        row(f"{hosts} host(s), one number", single, single_calls.measured),
        row(f"{hosts} host(s), {options.many:,} numbers, {MOST_NUMBERS_AT_ONCE:,} at once", bulk, bulk_calls.measured),
    ]


def wait_for_hosts(changes: Changes, hosts: int) -> None:
    """Return once every host has its copy of the routes."""
    give_up_at = time.monotonic() + 60.0
    while time.monotonic() < give_up_at:
        if len(known := [host["known"] for host in hosts_of(changes)]) == hosts and min(known) >= 0:
            return
        time.sleep(0.1)
    raise RuntimeError("the hosts did not register")


def hosts_of(changes: Changes) -> list[dict[str, Any]]:
    """Return the registered hosts."""
    with changes.database.reading() as session:
        return list_hosts(session)


def timed_change(changes: Changes, who: Who, index: int) -> Timed:
    """Pause a number, or resume the one that was paused just before."""
    change = resume_number if index % 2 else pause_number
    began_at = time.perf_counter()
    _, outcome = change(changes, who, phone_number(index // 2))
    return time.perf_counter() - began_at, outcome


def pause_many(changes: Changes, who: Who, numbers: int) -> Iterator[Timed]:
    """Pause so many numbers, and resume them, as many in each change as may be."""
    for change in (pause_numbers, resume_numbers):
        for start in range(0, numbers, MOST_NUMBERS_AT_ONCE):
            few = [phone_number(index) for index in range(start, min(numbers, start + MOST_NUMBERS_AT_ONCE))]
            began_at = time.perf_counter()
            _, outcome = change(changes, who, few)
            yield time.perf_counter() - began_at, outcome


def row(title: str, timed: Sequence[Timed], calls: Measured) -> Row:
    """Put together what a number of changes showed."""
    return Row(title, sorted(seconds for seconds, _ in timed), sum(outcome.in_force for _, outcome in timed), calls)


def line(row: Row) -> str:
    """Write a line of the table."""
    p50, p99 = (percentile(row.seconds, percent) * 1000 for percent in (50, 99))
    return (
        f"{row.title:44}{len(row.seconds):9}{row.in_force:10}{p50:9.1f}{p99:9.1f}{row.seconds[-1] * 1000:10.1f}   "
        f"{row.calls.answers:,} of {row.calls.calls:,} answered, {row.calls.wrong} wrong, "
        f"p50 {row.calls.p50_ms:.1f} ms, p99 {row.calls.p99_ms:.1f} ms"
    )


if __name__ == "__main__":
    sys.exit(main())
