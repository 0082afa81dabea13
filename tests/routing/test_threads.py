"""A caller leaves when time is up; what hangs then holds neither others nor the end of the process."""

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from threading import Event

import pytest

from routing.threads import Threads, TooSlow
from tests.conftest import PROJECT

HANG_AND_END = """
import time
from routing.threads import Threads, TooSlow
try:
    Threads(1, "test").run(lambda: time.sleep(60), 0.01)
except TooSlow:
    print("left")
"""


@pytest.fixture
def one() -> Iterator[Threads]:
    """A single thread."""
    threads = Threads(1, "test-thread")
    yield threads
    threads.close()


def test_work_returns_or_raises_what_it_would_here(one: Threads) -> None:
    """The thread is not to be noticed."""
    assert one.run(lambda: 42, 5) == 42
    with pytest.raises(ZeroDivisionError):
        one.run(lambda: 1 // 0, 5)


def test_thread_is_kept_for_the_next_work(one: Threads) -> None:
    """What belongs to a thread, such as a connection, is made once."""
    used = {one.run(threading.get_ident, 5) for _ in range(5)}

    assert len(used) == 1


def test_work_runs_side_by_side_up_to_the_count() -> None:
    """Each waits for the other here."""
    two, meeting = Threads(2, "test-thread"), threading.Barrier(2)
    other = threading.Thread(target=two.run, args=(meeting.wait, 5))
    other.start()

    assert two.run(meeting.wait, 5) in (0, 1)
    other.join()
    two.close()


def test_work_that_was_not_begun_in_time_is_never_begun(one: Threads) -> None:
    """A caller who has left wants nothing done any more."""
    thawed, begun = Event(), []
    for work in (thawed.wait, lambda: begun.append("late")):
        with pytest.raises(TooSlow):
            one.run(work, 0.05)
    thawed.set()

    assert one.run(lambda: "next", 5) == "next"
    assert begun == []


def test_closed_threads_end(one: Threads) -> None:
    """Once they are not busy."""
    thread = one.run(threading.current_thread, 5)

    one.close()

    thread.join(5)
    assert not thread.is_alive()


def test_process_ends_although_a_thread_hangs() -> None:
    """A command that gave its answer does not wait for a frozen server to thaw."""
    began_at = time.monotonic()

    done = subprocess.run([sys.executable, "-c", HANG_AND_END], cwd=PROJECT, capture_output=True, text=True, timeout=50)

    assert (done.stdout, done.returncode) == ("left\n", 0)
    assert time.monotonic() - began_at < 30
