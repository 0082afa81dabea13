"""Occupy every thread in which a database is asked, as a flood of questions or a frozen server does."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Barrier, Event, Thread

from sqlalchemy import Connection

from routing.deadline import QUESTIONS_AT_ONCE, DatabaseTooSlow, DeadlinedDatabase


@contextmanager
def keeping_busy(deadlined: DeadlinedDatabase) -> Iterator[None]:
    """Keep all its threads, each with a connection, until the end of the block."""
    all_busy, released = Barrier(QUESTIONS_AT_ONCE + 1), Event()

    def hold(_: Connection) -> None:
        all_busy.wait(10)
        released.wait(20)

    def ask() -> None:
        with suppress(DatabaseTooSlow):
            deadlined.ask(hold, 20)

    asking = [Thread(target=ask) for _ in range(QUESTIONS_AT_ONCE)]
    for thread in asking:
        thread.start()
    all_busy.wait(10)
    try:
        yield
    finally:
        released.set()
        for thread in asking:
            thread.join()
