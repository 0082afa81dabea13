"""What gunicorn is told to do at the end of a worker."""

import gc
import os
import runpy
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import pytest
from gunicorn.config import Config

from config.worker import Worker
from tests.conftest import PROJECT


@pytest.mark.parametrize(
    ("is_own_process", "is_replaced", "ended"),
    [(True, False, ["written", "ended"]), (False, False, []), (True, True, ["written", "left"])],
)
def test_only_the_worker_itself_ends_its_work(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, is_own_process: bool, is_replaced: bool, ended: list[str]
) -> None:
    """gunicorn's master calls the same hook for a worker that it finds gone, and has no keeper to stop.

    Nor does a worker whom another one follows: callers may be waiting for that one, and it finds the work as it is, but
    for the notes that wait in this one's memory.
    """
    monkeypatch.chdir(tmp_path)
    worker_exit = runpy.run_path(str(PROJECT / "config" / "gunicorn.py"))["worker_exit"]
    happened: list[str] = []
    ends = {"write_waiting_notes": "written", "before_end": "ended"}
    application = SimpleNamespace(extensions={name: partial(happened.append, what) for name, what in ends.items()})
    pid = os.getpid() if is_own_process else os.getppid()

    worker = Worker.__new__(Worker)
    worker.pid, worker.app = pid, SimpleNamespace(callable=application)
    worker.nr, worker.max_requests = int(is_replaced), 1
    monkeypatch.setattr(Worker, "leave", lambda _: happened.append("left"))
    worker_exit(None, worker)

    assert happened == ended


def test_worker_looks_for_no_garbage_in_what_was_loaded_before(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A full collection of it takes as long as a hundred calls; connections of the parent are let go of as well."""
    monkeypatch.chdir(tmp_path)
    post_fork = runpy.run_path(str(PROJECT / "config" / "gunicorn.py"))["post_fork"]
    happened: list[str] = []
    application = SimpleNamespace(extensions={"after_fork": lambda: happened.append("forked")})

    try:
        post_fork(SimpleNamespace(app=SimpleNamespace(callable=application)), None)
        frozen = gc.get_freeze_count()
    finally:
        gc.unfreeze()

    assert happened == ["forked"]
    assert frozen > 0


def test_one_worker_keeps_whoever_dies_and_whatever_is_new(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """After SIGHUP it is one of the new workers, although the old ones are still there."""
    monkeypatch.chdir(tmp_path)
    pre_fork = runpy.run_path(str(PROJECT / "config" / "gunicorn.py"))["pre_fork"]
    workers: dict[int, Worker] = {}

    def fork(settings: object) -> Worker:
        worker = Worker.__new__(Worker)
        worker.cfg = settings
        pre_fork(SimpleNamespace(WORKERS=workers), worker)
        workers[max(workers, default=0) + 1] = worker
        return worker

    old, new = object(), object()
    keeps = [fork(old).keeps for _ in range(3)]
    workers.pop(2)
    keeps.append(fork(old).keeps)
    workers.pop(1)
    keeps.append(fork(old).keeps)
    keeps += [fork(new).keeps for _ in range(2)]

    assert keeps == [True, False, False, False, True, True, False]


@pytest.mark.parametrize(("wanted", "set_to"), [(0, 0), (1, 2), (2, 2), (4, 4)])
def test_the_worker_that_keeps_is_never_alone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, wanted: int, set_to: int
) -> None:
    """It answers nobody. None at all is what gunicorn wants when it ends."""
    monkeypatch.chdir(tmp_path)
    changed = runpy.run_path(str(PROJECT / "config" / "gunicorn.py"))["nworkers_changed"]
    settings = Config()
    settings.set("workers", wanted)
    arbiter = SimpleNamespace(num_workers=wanted, cfg=settings)

    changed(arbiter, wanted, None)

    assert (arbiter.num_workers, settings.workers) == (set_to, set_to)


def test_workers_of_another_class_all_answer(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """They stand in for one that keeps and is not there, and end their work as ours do."""
    monkeypatch.chdir(tmp_path)
    hooks = runpy.run_path(str(PROJECT / "config" / "gunicorn.py"))
    happened: list[str] = []
    ends = {"write_waiting_notes": "written", "before_end": "ended"}
    application = SimpleNamespace(extensions={name: partial(happened.append, what) for name, what in ends.items()})
    worker = SimpleNamespace(cfg=object(), pid=os.getpid(), app=SimpleNamespace(callable=application))

    hooks["pre_fork"](SimpleNamespace(WORKERS={}), worker)
    hooks["worker_exit"](None, worker)

    assert (worker.keeps, happened) == (False, ["written", "ended"])
