"""Threads that may be left behind: the caller leaves when time is up, and the process ends although they hang."""

from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from threading import Lock, Semaphore, Thread
from typing import Any, TypeVar

Result = TypeVar("Result")
Job = tuple[Future[Any], Callable[[], Any]]


class TooSlow(Exception):
    """It was not done within its deadline."""


class Threads:
    """At most `count` threads, each started when it is first needed and kept, so that what belongs to it is reused.

    They are daemons: concurrent.futures would join its threads when the process ends, and so wait for a hung one.
    """

    def __init__(self, count: int, name: str) -> None:
        self._count = count
        self._name = name
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()
        self._idle = Semaphore(0)
        self._starting = Lock()
        self._started = 0

    def run(self, work: Callable[[], Result], deadline_seconds: float) -> Result:
        """Return what `work` returns or raise what it raises; TooSlow after the deadline, queueing included.

        What was begun goes on behind the caller's back; what was not is never begun.
        """
        future = self.begin(work)
        try:
            return future.result(deadline_seconds)
        except TimeoutError:
            future.cancel()
            raise TooSlow from None

    def begin(self, work: Callable[[], Result]) -> Future[Result]:
        """Begin `work`, or queue it, and return what its result will be in."""
        future: Future[Result] = Future()
        self._jobs.put((future, work))
        self._start_one_if_all_are_busy()
        return future

    def close(self) -> None:
        """End each thread as soon as it is not busy, without waiting for that."""
        with self._starting:
            for _ in range(self._started):
                self._jobs.put(None)
            self._started = self._count

    def _start_one_if_all_are_busy(self) -> None:
        if self._idle.acquire(blocking=False):
            return
        with self._starting:
            if self._started == self._count:
                return
            self._started += 1
            name = f"{self._name}-{self._started}"
        Thread(target=self._work, name=name, daemon=True).start()

    def _work(self) -> None:
        while job := self._jobs.get():
            _do(*job)
            del job  # the next one may be long in coming, and this one may hold much
            self._idle.release()


def _do(future: Future[Any], work: Callable[[], Any]) -> None:
    if not future.set_running_or_notify_cancel():
        return
    try:
        result = work()
    except BaseException as error:  # noqa: BLE001 (it is raised where the result is waited for)
        future.set_exception(error)
    else:
        future.set_result(result)
