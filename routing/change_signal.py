"""Learn of a change as it is committed, instead of at the next look: PostgreSQL tells whoever listens.

It tells the routes, too, as the change left them (`announcement.py`). Whoever misses that, because nobody tells
(SQLite, a connection pooler in transaction mode, a lost connection), finds the change by looking, at most `seconds`
later.
https://www.postgresql.org/docs/current/sql-notify.html
"""

import time
from contextlib import suppress
from threading import Event
from typing import Any

from psycopg import Connection as PsycopgConnection
from psycopg import Error as PsycopgError
from sqlalchemy import Insert, String, bindparam, func
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.sql.dml import ReturningInsert

from models import Database
from routing.announcement import Announcement, last_in_a_row, read_announcement

CHANNEL = "clara_changes"
# How long the database is left alone after it could not be listened to.
PAUSE_SECONDS = 5.0


def announcing(insertion: Insert) -> ReturningInsert[Any]:
    """Let PostgreSQL tell the hosts the parameter `announcement` once what is inserted is committed, else nothing."""
    return insertion.returning(func.pg_notify(CHANNEL, bindparam("announcement", type_=String())))


class ChangeSignal:
    """Waits for the next change, on a connection of its own. For one thread; never raises for want of a database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._listening: PsycopgConnection[Any] | None = None
        self._not_before = 0.0
        self._told: list[Announcement] = []

    def wait(self, seconds: float, stopping: Event) -> None:
        """Return when a change is announced, and after so many seconds at the latest; at the end at once.

        Whoever does not wait any more closes this: to a connection that nobody reads, the database would go on telling.
        """
        if stopping.is_set():
            return
        listening = self._listening or self._listen()
        if listening is None:
            stopping.wait(seconds)
            return
        try:
            told = [notification.payload for notification in listening.notifies(timeout=seconds, stop_after=1)]
            self._told = last_in_a_row(map(read_announcement, told))
        except PsycopgError:
            self.close()
            stopping.wait(seconds)

    def take_told(self) -> list[Announcement]:
        """Return what was told of the changes that ended the last wait, one after another up to the newest."""
        told, self._told = self._told, []
        return told

    def close(self) -> None:
        """Stop listening."""
        listening, self._listening, self._told = self._listening, None, []
        if listening is not None:
            with suppress(PsycopgError):
                listening.close()

    def _listen(self) -> PsycopgConnection[Any] | None:
        if self._database.is_sqlite or time.monotonic() < self._not_before:
            return None
        try:
            self._listening = self._database.own_connection()
            self._listening.execute(f"LISTEN {CHANNEL}")
        except (PsycopgError, SQLAlchemyError):
            self._not_before = time.monotonic() + PAUSE_SECONDS
            self.close()
        return self._listening
