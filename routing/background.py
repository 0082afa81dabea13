"""Work in the background of a host: a thread in each of its processes, of which one at a time has the work."""

import fcntl
import time
from collections.abc import Callable
from pathlib import Path
from threading import Event, Thread
from typing import IO

import structlog

log = structlog.get_logger()
ASK_FOR_THE_WORK_EVERY_SECONDS = 0.5
Note = Callable[[str, bool, int], object]
Wait = Callable[[float, Event], object]


def say_nothing(_of_whom: str, _has_failed: bool, _failing: int) -> None:
    """Keep failures out of the metrics, where nobody asks for them."""


class Background:
    """A thread that does `work` again and again, as long as its process holds the lock `<name>.lock` in `data_dir`.

    Between two rounds it waits `every_seconds`, or for what `wait` waits for within that time. When the process that
    holds the lock dies, another one takes over. One that stands in does so only while no other is there: as long as it
    lives, a process that does not stand in holds `<name>.first` beside. Whoever has had the work calls `let_go`.
    """

    def __init__(
        self,
        name: str,
        data_dir: Path,
        every_seconds: float,
        work: Callable[[], object],
        wait: Wait | None = None,
        let_go: Callable[[], object] | None = None,
    ) -> None:
        self._name = name
        self._data_dir = data_dir
        self._every_seconds = every_seconds
        self._work = work
        self._wait = wait or _sleep
        self._let_go = let_go or _do_nothing
        self._stands_in = False
        self._stopping = Event()
        self._thread: Thread | None = None

    def start(self, stands_in: bool = False) -> None:
        """Begin to work in a thread that ends with its process."""
        self._stands_in = stands_in
        self._stopping.clear()
        self._thread = Thread(target=self._run, name=self._name, daemon=True)
        self._thread.start()

    def stop(self, seconds: float = 0.0) -> None:
        """Let the present round be the last, and wait for its end at most so long."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(seconds)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._work_when_it_is_our_turn()
            except Exception:
                log.exception(f"{self._name} failed")  # a door: a host without it would be worse than any error
            self._stopping.wait(ASK_FOR_THE_WORK_EVERY_SECONDS)

    def _work_when_it_is_our_turn(self) -> None:
        """Work whenever this process holds the lock; return at the end."""
        self._data_dir.mkdir(parents=True, exist_ok=True)
        with self._open("first") as first, self._open("lock") as lock:
            while not self._stopping.is_set():
                if self._is_our_turn(first, lock):
                    self._take_turn(first, lock)
                self._stopping.wait(ASK_FOR_THE_WORK_EVERY_SECONDS)

    def _take_turn(self, first: IO[str], lock: IO[str]) -> None:
        try:
            while self._is_our_turn(first, lock) and not self._stopping.is_set():
                self._work()
                self._wait(self._every_seconds, self._stopping)
        finally:
            self._let_go()
            fcntl.flock(lock, fcntl.LOCK_UN)

    def _is_our_turn(self, first: IO[str], lock: IO[str]) -> bool:
        """Tell whether we hold the lock now. Whoever stands in looks whether somebody holds the other one."""
        if self._stands_in:
            is_first = _is_locked(first, fcntl.LOCK_SH)
            fcntl.flock(first, fcntl.LOCK_UN)
        else:
            is_first = _is_locked(first, fcntl.LOCK_EX)
        return is_first and _is_locked(lock, fcntl.LOCK_EX)

    def _open(self, suffix: str) -> IO[str]:
        return (self._data_dir / f"{self._name}.{suffix}").open("w")


def _is_locked(file: IO[str], how: int) -> bool:
    """Lock a file if nobody else has it, and tell whether we have it now."""
    try:
        fcntl.flock(file, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _do_nothing() -> None:
    pass


def _sleep(seconds: float, stopping: Event) -> None:
    stopping.wait(seconds)


class Chores:
    """Pieces of work that must not keep one another from being done.

    `note` is told of each failure and each recovery: of whom, whether it failed, and how many are failing now.
    """

    def __init__(self, of_whom: str, failures: tuple[type[Exception], ...], note: Note = say_nothing) -> None:
        self._of_whom = of_whom
        self._note = note
        self._failures = failures
        self._due: dict[str, float] = {}
        self._failing: set[str] = set()

    def is_due(self, what: str, every_seconds: float) -> bool:
        """Tell whether so many seconds have passed since this was last answered with yes."""
        if time.monotonic() < self._due.get(what, 0.0):
            return False
        self._due[what] = time.monotonic() + every_seconds
        return True

    def forget(self) -> None:
        """Forget what is failing, because somebody else has the work now."""
        if self._failing:
            self._failing.clear()
            self._note(self._of_whom, False, 0)

    def attempt(self, what: str, work: Callable[[], object]) -> None:
        """Do a piece of work; log when it begins to fail and when it succeeds again, not each time in between."""
        try:
            work()
        except self._failures as error:
            if what not in self._failing:
                log.error(f"{self._of_whom} failing", part=what, problem=type(error).__name__)
            self._failing.add(what)
            self._note(self._of_whom, True, len(self._failing))
        else:
            if what in self._failing:
                log.info(f"{self._of_whom} recovered", part=what)
                self._failing.discard(what)
                self._note(self._of_whom, False, len(self._failing))
