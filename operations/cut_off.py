"""Cut a transaction off whose time is up, because a server that stands still would hold it for ever.

PostgreSQL's own timeouts are kept by the server, and TCP's see nothing: the kernel of a frozen server still confirms.
"""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event

import structlog
from psycopg import Connection, Error
from sqlalchemy.orm import Session

from routing.threads import Threads

log = structlog.get_logger()
# More than a process has connections.
WATCHED_AT_ONCE = 100


class CutOff:
    """Ends the connection of the session that it watches; whoever waits for an answer on it gets OperationalError."""

    def __init__(self) -> None:
        self._connection: Connection | None = None

    def watch(self, session: Session) -> None:
        """Remember the session's connection. SQLite's is left alone: it is a file, and waits no longer than told."""
        connection = session.connection().connection.dbapi_connection
        if isinstance(connection, Connection):
            self._connection = connection

    def cut(self) -> None:
        """Shut the socket down under the connection, which is only safe to close in the thread that uses it."""
        if self._connection is None:
            return
        log.error("database stands still, transaction cut off")
        try:
            with socket.socket(fileno=os.dup(self._connection.fileno())) as shared:
                shared.shutdown(socket.SHUT_RDWR)
        except (OSError, Error) as error:
            log.warning("connection was gone already", problem=type(error).__name__)


class CutOffs:
    """Watches transactions in threads that are kept, because a new one for each would take five times as long."""

    def __init__(self) -> None:
        self._watchers = Threads(WATCHED_AT_ONCE, "cut-off")

    @contextmanager
    def after(self, seconds: float) -> Iterator[CutOff]:
        """Cut off what is watched if the block takes longer."""
        cut_off, has_ended = CutOff(), Event()
        watching = self._watchers.begin(lambda: None if has_ended.wait(seconds) else cut_off.cut())
        try:
            yield cut_off
        finally:
            has_ended.set()
            if not watching.cancel():
                watching.result()  # the connection is not given away while it is being cut off

    def close(self) -> None:
        """End the threads."""
        self._watchers.close()
