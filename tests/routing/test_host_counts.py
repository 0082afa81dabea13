"""What the processes of a host count is added up, never goes back, and costs a call next to nothing."""

import multiprocessing
import os
import signal
import threading
from pathlib import Path

import pytest

from routing.breaker import Breaker
from routing.call_route_lookup import FoundRoute
from routing.host_counts import CALLS, DEPENDENCIES, LAYOUT, SOURCES, STAGES, HostCounts, read_counts
from tests.routing.door import Door

ROUTED = ("calls", "routed", "worker")


def count_and_wait(folder: Path, calls: int, ready: object) -> None:
    counts = HostCounts(folder)
    for _ in range(calls):
        counts.call("routed", "worker", 0.004)
    counts.breaker("redis", True)
    ready.set()  # type: ignore[attr-defined]
    signal.pause()


def worker(folder: Path, calls: int) -> multiprocessing.Process:
    """Start a process that counts, and wait until it has."""
    spawning = multiprocessing.get_context("spawn")
    ready = spawning.Event()
    process = spawning.Process(target=count_and_wait, args=(folder, calls, ready))
    process.start()
    assert ready.wait(60)
    return process


def kill(process: multiprocessing.Process) -> None:
    assert process.pid
    os.kill(process.pid, signal.SIGKILL)
    process.join()


def test_counts_of_several_processes_are_added_up_and_survive_kills(tmp_path: Path) -> None:
    """Counters stay; how a process was goes with it."""
    workers = [worker(tmp_path, calls) for calls in (10, 20)]
    both, living = read_counts(tmp_path)
    kill(workers[0])
    one, living_then = read_counts(tmp_path)
    kill(workers[1])
    none, living_at_last = read_counts(tmp_path)

    assert [totals[ROUTED] for totals in (both, one, none)] == [30, 30, 30]
    assert [totals["breaker_open", "redis"] for totals in (both, one, none)] == [2, 1, 0]
    assert (living, living_then, living_at_last) == (2, 1, 0)


def test_new_process_goes_on_in_the_file_of_one_that_has_ended(tmp_path: Path) -> None:
    """However often workers come and go, there are as many files as there were workers at once."""
    for _ in range(20):
        counts = HostCounts(tmp_path)
        counts.call("routed", "worker", 0.001)
        counts.close()

    totals, living = read_counts(tmp_path)

    assert (totals[ROUTED], living, len(list(tmp_path.iterdir()))) == (20, 0, 1)


def test_files_of_another_version_are_removed(tmp_path: Path) -> None:
    """It counted other things; and a file that is cut short is nobody's."""
    for name in ("00000000-old.counts", f"{LAYOUT}-short.counts"):
        (tmp_path / name).write_bytes(b"x")
    counts = HostCounts(tmp_path)

    counts.count("webhook_failures")

    assert read_counts(tmp_path)[0]["webhook_failures",] == 1
    assert len(list(tmp_path.iterdir())) == 1
    counts.close()


def test_threads_do_not_lose_counts(tmp_path: Path) -> None:
    """Sixteen answer calls at the same time."""
    counts = HostCounts(tmp_path)

    def answer_many() -> None:
        for _ in range(5000):
            counts.call("routed", "worker", 0.001)

    threads = [threading.Thread(target=answer_many) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert read_counts(tmp_path)[0][ROUTED] == 40_000
    counts.close()


def test_disk_that_refuses_costs_nothing_but_the_metrics(tmp_path: Path) -> None:
    """A call goes on."""
    (tmp_path / "metrics").write_text("not a folder")
    counts = HostCounts(tmp_path / "metrics")

    counts.call("routed", "worker", 0.001)
    counts.audit(10, 0)


def test_of_two_processes_that_audited_the_last_one_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the first one found has been repaired meanwhile, and it audits no more."""
    first, second = HostCounts(tmp_path), HostCounts(tmp_path)
    for moment, counts, differences in ((1000.0, first, 3), (1060.0, second, 0)):
        monkeypatch.setattr("routing.host_counts.time.time", lambda moment=moment: moment)
        counts.audit(10, differences)

    totals, living = read_counts(tmp_path)
    first.close()
    second.close()
    assert (totals["last_audit_at",], totals["last_audit_differences",]) == (1060, 0)
    assert (totals["audit_differences",], living) == (3, 2)


def test_forked_process_has_a_file_of_its_own(tmp_path: Path) -> None:
    """Two that count in one file would lose counts."""
    counts = HostCounts(tmp_path)
    counts.call("routed", "worker", 0.001)

    counts.forget()
    counts.call("routed", "worker", 0.001)

    assert len(list(tmp_path.iterdir())) == 2
    counts.close()


@pytest.mark.parametrize(("seconds", "bucket"), [(0.0, "0"), (0.0005, "0"), (0.0006, "1"), (2.0, "11"), (99.0, "12")])
def test_seconds_fall_into_their_bucket(tmp_path: Path, seconds: float, bucket: str) -> None:
    """The upper end belongs to it, as Prometheus' `le` says."""
    counts = HostCounts(tmp_path)

    counts.call("paused", "redis", seconds)

    totals, _ = read_counts(tmp_path)
    assert totals["call_bucket", bucket] == 1
    assert totals["call_microseconds",] == int(seconds * 1_000_000)
    counts.close()


def test_breaker_tells_when_it_opens_and_when_it_closes() -> None:
    """Once each, not at every failure."""
    told: list[bool] = []
    breaker = Breaker(failures_to_open=2, when_changed=told.append)

    for _ in range(4):
        breaker.failed()
    breaker.succeeded()
    breaker.succeeded()

    assert told == [True, False]


def test_every_source_of_a_route_can_be_counted() -> None:
    """A call must not fail over a word that the metrics do not know."""
    said = (Path(__file__).parents[2] / "routing" / "call_route_lookup.py").read_text()

    assert FoundRoute.__doc__ is not None
    assert f"({', '.join(SOURCES[:-1])} or {SOURCES[-1]})" in FoundRoute.__doc__
    assert all(f'"{source}"' in said for source in (*SOURCES, *DEPENDENCIES))
    assert len(CALLS) == 35


def test_calls_refusals_and_failures_are_counted(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each webhook once."""
    assert door.post().status_code == 200
    assert door.send().status_code == 403
    assert door.post(token="another").status_code == 403
    monkeypatch.setattr(door.routes, "find", lambda _: 1 / 0)
    assert door.post().status_code == 200

    totals, _ = read_counts(door.folder.parent / "metrics")

    assert totals["calls", "unknown", "worker"] == 1
    assert totals["calls", "unavailable", "nothing"] == 1
    assert totals["webhooks_refused", "no-signature"] == 1
    assert totals["webhooks_refused", "wrong-signature"] == 1
    assert totals["webhook_failures",] == 1


def test_stages_of_a_call_are_counted(door: Door) -> None:
    """What went into each of them is a part of the whole."""
    for _ in range(20):
        door.post()

    totals, _ = read_counts(door.folder.parent / "metrics")
    stages = [totals["stage_microseconds", stage] for stage in STAGES]
    assert all(stages)
    assert sum(stages) <= totals["call_microseconds",]
