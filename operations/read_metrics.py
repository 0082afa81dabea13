"""Everything that this host can say of itself as Prometheus metrics: what its processes counted, and how it is now.

No label ever holds a phone number, an account or a caller: labels are words of ours, and few. Every metric is explained
in docs/monitoring.md.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
    SummaryMetricFamily,
)
from redis import RedisError
from sqlalchemy import Connection, func, select

from models import ChangeCounter, Host
from routing.call_route_cache import CallRouteCache
from routing.deadline import DATABASE_FAILURES, DeadlinedDatabase
from routing.drain import read_waiting
from routing.host_counts import (
    BACKGROUNDS,
    BUCKETS,
    CALLS,
    DEPENDENCIES,
    REFUSALS,
    STAGES,
    TWILIO_OUTCOMES,
    Key,
    read_counts,
)
from routing.local_store import LOCAL_FAILURES, LocalStore

Totals = Counter[Key]


@dataclass(frozen=True, slots=True)
class HostMetrics:
    """A collector for Prometheus' client: each scrape asks the files, the database and Redis anew, with deadlines."""

    data_dir: Path
    local_store: LocalStore
    cache: CallRouteCache | None
    deadlined: DeadlinedDatabase

    def collect(self) -> Iterator[Metric]:
        """Yield all metrics. What does not answer is said to be down, and what it would have told is left out."""
        totals, living = read_counts(self.data_dir / "metrics")
        yield _gauge("clara_processes", "Processes of this host that have counted something and live.", living)
        yield from _calls(totals)
        yield from _webhooks(totals)
        yield from _background(totals)
        yield from _breakers(totals)
        yield from _auditor(totals)
        yield from self._notes()
        yield from self._changes()

    def _notes(self) -> Iterator[Metric]:
        with suppress(*LOCAL_FAILURES):
            waiting = read_waiting(self.data_dir / "calls", self.local_store)
            age = (datetime.now(UTC) - waiting.oldest).total_seconds() if waiting.oldest else 0.0
            yield _gauge(
                "clara_call_notes_waiting_bytes", "Call notes that are not in the database.", waiting.waiting_bytes
            )
            yield _gauge("clara_call_notes_oldest_seconds", "How long the oldest of them has waited.", max(0.0, age))
            yield _gauge("clara_call_notes_set_aside", "Call notes that the database did not take.", waiting.set_aside)

    def _changes(self) -> Iterator[Metric]:
        """Yield how far everybody has followed the changes; lags are never negative, for changes go on meanwhile."""
        up = GaugeMetricFamily("clara_up", "Whether a dependency answers.", labels=["dependency"])
        applied, known = None, None
        with suppress(*LOCAL_FAILURES):
            known = self.local_store.known()
        if self.cache is not None:
            try:
                applied = self.cache.applied()
                up.add_metric(["redis"], 1)
            except (RedisError, OSError):
                up.add_metric(["redis"], 0)
        try:
            n, hosts, behind = self.deadlined.ask(_read_changes)
        except DATABASE_FAILURES:
            up.add_metric(["database"], 0)
            yield up
            return
        up.add_metric(["database"], 1)
        yield up
        yield _gauge("clara_changes", "Number of the last committed change.", n)
        yield _gauge("clara_hosts", "Registered hosts.", hosts)
        yield _gauge("clara_hosts_behind", "Registered hosts that have not followed the last change.", behind)
        if known is not None:
            yield _gauge("clara_host_lag_changes", "Changes that this host has not followed.", max(0, n - known))
        if applied is not None:
            yield _gauge("clara_redis_lag_changes", "Changes that Redis has not applied.", max(0, n - applied))


def _read_changes(connection: Connection) -> tuple[int, int, int]:
    counter = select(ChangeCounter.n).scalar_subquery()
    behind = select(func.count()).select_from(Host).where(Host.known < counter).scalar_subquery()
    hosts = select(func.count()).select_from(Host).scalar_subquery()
    row = connection.execute(select(counter, hosts, behind)).one()
    return int(row[0]), int(row[1]), int(row[2])


def _calls(totals: Totals) -> Iterator[Metric]:
    calls = CounterMetricFamily(
        "clara_calls", "Inbound calls, by what was decided and who knew the route.", labels=["decision", "source"]
    )
    for decision, source in CALLS:
        calls.add_metric([decision, source], totals["calls", decision, source])
    yield calls
    counted, buckets = 0, []
    for index, end in enumerate([*map(str, BUCKETS), "+Inf"]):
        counted += totals["call_bucket", str(index)]
        buckets.append((end, float(counted)))
    seconds = HistogramMetricFamily("clara_call_seconds", "From an inbound call's request until its answer was noted.")
    seconds.add_metric([], buckets, totals["call_microseconds",] / 1_000_000)
    yield seconds
    stages = SummaryMetricFamily("clara_call_stage_seconds", "Of that, what went into a stage.", labels=["stage"])
    for stage in STAGES:
        stages.add_metric([stage], counted, totals["stage_microseconds", stage] / 1_000_000)
    yield stages


def _webhooks(totals: Totals) -> Iterator[Metric]:
    refused = CounterMetricFamily(
        "clara_webhooks_refused", "Requests that were not signed by Twilio, by what was wrong.", labels=["reason"]
    )
    for reason in REFUSALS:
        refused.add_metric([reason], totals["webhooks_refused", reason])
    yield refused
    failures = CounterMetricFamily("clara_webhook_failures", "Webhooks that were answered although we failed.")
    failures.add_metric([], totals["webhook_failures",])
    yield failures
    repeated = CounterMetricFamily("clara_calls_repeated", "Calls refused because the same caller called too often.")
    repeated.add_metric([], totals["calls_repeated",])
    yield repeated
    requests = CounterMetricFamily("clara_twilio_requests", "Requests to Twilio's REST API.", labels=["outcome"])
    for outcome in TWILIO_OUTCOMES:
        requests.add_metric([outcome], totals["twilio_requests", outcome])
    yield requests


def _background(totals: Totals) -> Iterator[Metric]:
    failures = CounterMetricFamily("clara_background_failures", "Background work that failed.", labels=["thread"])
    failing = GaugeMetricFamily("clara_background_failing", "Pieces of work that fail at present.", labels=["thread"])
    for name in BACKGROUNDS:
        failures.add_metric([name], totals["background_failures", name])
        failing.add_metric([name], totals["background_failing", name])
    yield failures
    yield failing


def _breakers(totals: Totals) -> Iterator[Metric]:
    opened = CounterMetricFamily("clara_breaker_opened", "Times that a breaker opened.", labels=["dependency"])
    is_open = GaugeMetricFamily(
        "clara_breaker_open", "Processes whose calls leave a dependency alone at present.", labels=["dependency"]
    )
    for name in DEPENDENCIES:
        opened.add_metric([name], totals["breaker_opened", name])
        is_open.add_metric([name], totals["breaker_open", name])
    yield opened
    yield is_open


def _auditor(totals: Totals) -> Iterator[Metric]:
    compared = CounterMetricFamily("clara_audited_routes", "Copies of routes that were compared with the database.")
    compared.add_metric([], totals["audited_routes",])
    wrong = CounterMetricFamily("clara_audit_differences", "Copies of routes that were found to be wrong.")
    wrong.add_metric([], totals["audit_differences",])
    yield compared
    yield wrong
    yield _gauge("clara_last_audit_differences", "What the last audit found.", totals["last_audit_differences",])
    yield _gauge("clara_last_audit_timestamp_seconds", "When the last audit was, 0 if never.", totals["last_audit_at",])


def _gauge(name: str, words: str, value: float) -> Metric:
    return GaugeMetricFamily(name, words, value=value)
