"""Measure the pages of a large account: `python -m benchmarks.pages [sqlite|postgresql]`.

Fills a database with 100,000 numbers and the 1,000,000 calls of a year, starts the router on it as in production, and
asks for every list and every heavy page, one request after the other. What counts is the first byte, in milliseconds.
`cpu` is the processor time of a request, of router and database together: what a page takes however busy the machine
is. The ratio is that to the same page of an account with one number. PostgreSQL runs without fsync, as in the tests,
which reading does not notice. With `--database` it is a database of your own, which is filled if it is empty.
"""

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from statistics import median

from benchmarks.asked_pages import API, paths_of
from benchmarks.measured import percentile
from benchmarks.pages_host import Headers, pages_host
from benchmarks.report import machine
from benchmarks.servers import Contender, RunningServer, cpu_seconds
from benchmarks.year import LARGE, SMALL
from config import gunicorn

BOUND_MS = 150.0
MARKDOWN_HEAD = ("| | cpu | p50 | p95 | ratio | kB |", "|---|---|---|---|---|---|")
READY_WITHIN_SECONDS = 120.0
OURS = Contender("pages", "the router", "wsgi", "config/gunicorn.py")


@dataclass(frozen=True, slots=True)
class Times:
    """How long the first byte of a page took, request by request, in milliseconds; and what its status was."""

    status: int
    milliseconds: list[float]
    size: int
    cpu_ms: float

    @property
    def p50(self) -> float:
        return median(self.milliseconds)

    @property
    def p95(self) -> float:
        return percentile(sorted(self.milliseconds), 95)


def main() -> int:
    """Run the benchmark; return 1 if a page is slower than the bound or does not answer, else 0."""
    options = read_options()
    print(machine(f"{gunicorn.worker_class}, {gunicorn.settings.workers} workers of {gunicorn.threads} threads"))
    began = time.monotonic()
    with pages_host(options.engine, options.database, (options.numbers, options.calls)) as host:
        print(f"{options.engine}: filled after {time.monotonic() - began:.0f} s", flush=True)
        with RunningServer(OURS, host) as server:
            wait_until_ready(server.port)
            headers, accounts = host.let_in(server.port), host.accounts()
            slow, rows = False, []
            print(f"{'':34} {'cpu':>8} {'p50':>8} {'p95':>8} {'worst':>8} {'ratio':>6} {'kB':>6}")
            for name, path in paths_of(accounts[LARGE]).items():
                if options.only and options.only not in name:
                    continue
                pids = (server.pid, *host.database_pids())
                times = ask(server.port, path, headers[LARGE], options.requests, pids)
                small_path = paths_of(accounts[SMALL])[name]
                small = ask(server.port, small_path, headers[SMALL], max(5, options.requests // 3), pids)
                is_slow = times.p95 > BOUND_MS or times.status != 200 or small.status != 200
                slow = slow or is_slow
                print(
                    line(name, times, small) + (f"  SLOW {times.status} {small.status}" if is_slow else ""), flush=True
                )
                rows.append(markdown_row(name, times, small))
    if options.markdown:
        options.markdown.write_text("\n".join([*MARKDOWN_HEAD, *rows, ""]))
    return 1 if slow else 0


def read_options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pages", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("engine", nargs="?", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--numbers", type=int, default=100_000, help="phone numbers of the large account (100,000)")
    parser.add_argument("--calls", type=int, default=1_000_000, help="calls of its year (1,000,000)")
    parser.add_argument("--requests", type=int, default=40, help="to each page, one after the other (40)")
    parser.add_argument("--only", metavar="TEXT", help="only pages that have this in their name")
    parser.add_argument("--markdown", metavar="FILE", type=Path, help="write the table of docs/performance.md as well")
    parser.add_argument("--database", metavar="URL", help="measure on this database; fill it if it is empty")
    return parser.parse_args()


def wait_until_ready(port: int) -> None:
    """Wait until the host has made its copy of the routes: from then on it is as busy as it usually is."""
    give_up_at = time.monotonic() + READY_WITHIN_SECONDS
    while b'"host":"ok"' not in _get(port, "/readyz", {})[1]:
        if time.monotonic() > give_up_at:
            raise RuntimeError("the host did not get ready")
        time.sleep(0.5)


def ask(port: int, path: str, headers: Headers, requests: int, pids: Sequence[int]) -> Times:
    """Ask for a page again and again over one connection, after a first time that does not count."""
    connection = HTTPConnection("127.0.0.1", port)
    list(_answers(connection, path, headers, 1))
    before = sum(map(cpu_seconds, pids))
    answers = list(_answers(connection, path, headers, requests))
    cpu_ms = (sum(map(cpu_seconds, pids)) - before) * 1000 / requests
    connection.close()
    status = max(status for status, _, _ in answers)
    return Times(status, [milliseconds for _, milliseconds, _ in answers], answers[-1][2], cpu_ms)


def line(name: str, times: Times, small: Times) -> str:
    """Write what was measured of a page as a line of the table."""
    worst, ratio = max(times.milliseconds), times.cpu_ms / max(small.cpu_ms, 1)
    return (
        f"{name:34} {times.cpu_ms:8.1f} {times.p50:8.1f} {times.p95:8.1f} {worst:8.1f} {ratio:6.1f} "
        f"{times.size / 1000:6.0f}"
    )


def markdown_row(name: str, times: Times, small: Times) -> str:
    """Write the same for docs/performance.md."""
    cpu, p50, p95 = (f"{value:,.0f}" for value in (times.cpu_ms, times.p50, times.p95))
    return f"| {name} | {cpu} | {p50} | {p95} | {times.cpu_ms / max(small.cpu_ms, 1):.1f} | {times.size / 1000:,.0f} |"


def _answers(connection: HTTPConnection, path: str, headers: Headers, count: int) -> Iterator[tuple[int, float, int]]:
    wanted = "Authorization" if path.startswith(API) else "Cookie"
    for _ in range(count):
        began = time.perf_counter()
        connection.request("GET", path, headers={wanted: headers[wanted]})
        response = connection.getresponse()
        milliseconds = (time.perf_counter() - began) * 1000
        yield response.status, milliseconds, len(response.read())


def _get(port: int, path: str, headers: Headers) -> tuple[int, bytes]:
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", path, headers=headers)
    response = connection.getresponse()
    body = response.read()
    connection.close()
    return response.status, body


if __name__ == "__main__":
    sys.exit(main())
