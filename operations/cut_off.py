"""Cut a transaction off whose time is up, because a server that stands still would hold it for ever.

PostgreSQL's own timeouts are kept by the server, and TCP's see nothing: the kernel of a frozen server still confirms.
"""

import math
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Condition, Thread

import structlog
from psycopg import Connection, Error
from sqlalchemy.orm import Session

log = structlog.get_logger()


class CutOff:
    """Ends the connection of the session that it watches; whoever waits for an answer on it gets OperationalError.

    `due_at` is a moment of the monotonic clock.
    """

    def __init__(self, due_at: float) -> None:
        self.due_at = due_at
        self._connection: Connection | None = None
        self._is_over = False

    def watch(self, session: Session) -> None:
        """Remember the session's connection. SQLite's is left alone: it is a file, and waits no longer than told."""
        connection = session.connection().connection.dbapi_connection
        if isinstance(connection, Connection):
            self._connection = connection
        if self._is_over:
            self.cut()

    def cut(self) -> None:
        """Shut the socket down under the connection, which is only safe to close in the thread that uses it."""
        self._is_over = True
        if self._connection is None:
            return
        try:
            with socket.socket(fileno=os.dup(self._connection.fileno())) as shared:
                shared.shutdown(socket.SHUT_RDWR)
            log.error("database stands still, transaction cut off")
        except (OSError, Error) as error:
            log.warning("connection was gone already", problem=type(error).__name__)


class CutOffs:
    """Watches the transactions of a process with one thread, which sleeps until the time of the first is up.

    It is woken by nobody who has more time than that, so that a transaction which is in time costs no switch to it.
    """

    def __init__(self) -> None:
        self._watched: set[CutOff] = set()
        self._changed = Condition()
        self._thread: Thread | None = None
        self._sleeps_until = 0.0
        self._is_closed = False

    @contextmanager
    def after(self, seconds: float) -> Iterator[CutOff]:
        """Cut off what is watched if the block takes longer."""
        cut_off = CutOff(time.monotonic() + seconds)
        with self._changed:
            self._watched.add(cut_off)
            if cut_off.due_at < self._sleeps_until:
                self._changed.notify_all()
            if self._thread is None or not self._thread.is_alive():
                self._thread = Thread(target=self._cut_off_in_time, name="cut-off", daemon=True)
                self._thread.start()
        try:
            yield cut_off
        finally:
            with self._changed:  # no cut goes on after the block
                self._watched.discard(cut_off)
                if self._is_closed:
                    self._changed.notify_all()

    def close(self) -> None:
        """End the thread as soon as it has nothing to watch any more."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()

    def _cut_off_in_time(self) -> None:
        with self._changed:
            while self._watched or not self._is_closed:
                late = [cut_off for cut_off in self._watched if cut_off.due_at <= time.monotonic()]
                self._watched.difference_update(late)
                for cut_off in late:
                    _cut(cut_off)
                if late:
                    continue
                self._sleeps_until = min((cut_off.due_at for cut_off in self._watched), default=math.inf)
                seconds = self._sleeps_until - time.monotonic()
                self._changed.wait(None if seconds == math.inf else seconds)
            self._thread = None


def _cut(cut_off: CutOff) -> None:
    """Cut one off; whatever comes of it, the others are watched on."""
    try:
        cut_off.cut()
    except Exception:
        log.exception("transaction not cut off")
