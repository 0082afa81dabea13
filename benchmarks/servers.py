"""The three servers that are compared, each under gunicorn with the same settings, and the CPU time they take."""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Self

import psutil

from benchmarks.calls import AUTH_TOKEN, PUBLIC_URL
from benchmarks.stack import FIRST_HOST, PROJECT, Stack
from tests.servers.free_port import find_free_port

START_SECONDS = 30.0
STOP_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Contender:
    """A server to compare: gunicorn's name for its application, and the file with gunicorn's settings."""

    letter: str
    name: str
    application: str
    gunicorn: str


OURS = Contender("a", "our webhook", "wsgi", "config/gunicorn.py")


def contenders(stack: Stack) -> list[Contender]:
    """Return ours, the bare view, and the handler by the book."""
    plain = "benchmarks/gunicorn_settings.py"
    arguments = ", ".join(map(repr, (stack.by_the_book_redis_url, AUTH_TOKEN, PUBLIC_URL)))
    return [
        OURS,
        Contender("b", "bare Flask view", "benchmarks.bare_view:create_app()", plain),
        Contender("c", "handler by the book", f"benchmarks.by_the_book:create_app({arguments})", plain),
    ]


class RunningServer:
    """One contender under gunicorn on a free port. A context manager; it answers when the block begins."""

    def __init__(self, contender: Contender, stack: Stack, host: str = FIRST_HOST) -> None:
        self._contender = contender
        self._stack = stack
        self._host = host
        self._log = stack.folder / f"{contender.letter}-{host}.log"
        self.port = find_free_port()
        self.started_in_seconds = 0.0

    @property
    def pid(self) -> int:
        """The process id of gunicorn's master."""
        return self._process.pid

    def __enter__(self) -> Self:
        began_at = time.perf_counter()
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "gunicorn", "-c", self._contender.gunicorn, self._contender.application],
                cwd=PROJECT,
                env=self._stack.environment(self.port, self._host),
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        try:
            self._wait_for_an_answer()
        except BaseException:
            self._kill()
            raise
        self.started_in_seconds = time.perf_counter() - began_at
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self._process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(STOP_SECONDS)
        self._kill()

    def _kill(self) -> None:
        """End master and workers at once, whichever are left."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def _wait_for_an_answer(self) -> None:
        give_up_at = time.monotonic() + START_SECONDS
        while not _answers(self.port):
            if self._process.poll() is not None or time.monotonic() > give_up_at:
                raise RuntimeError(f"{self._contender.name} did not start:\n{_end_of(self._log)}")
            time.sleep(0.05)


def cpu_seconds(pid: int) -> float:
    """Return the CPU time of a process, of those it started, and of those of them that have ended."""
    root = psutil.Process(pid)
    ended = root.cpu_times().children_user + root.cpu_times().children_system
    times = [process.cpu_times() for process in (root, *root.children(recursive=True))]
    return ended + sum(time.user + time.system for time in times)


def memory_of_workers(pid: int) -> tuple[float, float]:
    """Return the resident and the proportional memory of one worker of a gunicorn master, in MiB: the largest ones."""
    used = [worker.memory_full_info() for worker in psutil.Process(pid).children()]
    return max(each.rss for each in used) / 2**20, max(each.pss for each in used) / 2**20


def _answers(port: int) -> bool:
    connection = HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", "/")
        connection.getresponse()
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
    return True


def _end_of(log: Path) -> str:
    return log.read_text(errors="replace")[-3000:]
