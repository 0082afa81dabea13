"""What this host keeps on its own disk: every call route as of `known`, and which numbers lately changed.

One SQLite file, shared by all processes of the host. `known` is the last change applied here; it and the routes move
together in one transaction, so that the copy is always exactly the state after change `known`.

Because every call reads `known`, it is published in a few shared bytes beside the file, after each such transaction and
before anybody is told of it. It may lag behind the file for a moment, or after a crash until the next opening, and is
never ahead of it: a reader then takes this host for being a little behind, which is always safe.
"""

import errno
import fcntl
import os
import sqlite3
import threading
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from routing.call_route import CallRoute, LastChange, RoutesAsOf, route_from_json
from routing.shared_number import SharedNumber

Result = TypeVar("Result")
CHANGES_KEPT = 10_000
STREAMS_KEPT = 10_000
STREAM_ERROR = "stream-error"
BUSY_SECONDS = 2.0
LOCAL_FAILURES = (sqlite3.Error, OSError)
# Also that of the routes' JSON: a copy that another version made is made anew, because it may lack what that version
# did not know (docs/decisions/0009-versions-of-the-routes-copies.md).
SCHEMA_VERSION = 2
SCHEMA = """
CREATE TABLE IF NOT EXISTS host (
    one INTEGER PRIMARY KEY CHECK (one = 1), id TEXT NOT NULL, known INTEGER, known_id TEXT NOT NULL DEFAULT '',
    names_from INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS routes (phone_number TEXT PRIMARY KEY, route TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS changed (n INTEGER, phone_number TEXT, PRIMARY KEY (n, phone_number)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS streams (call_sid TEXT PRIMARY KEY, event TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS drained (file TEXT PRIMARY KEY, bytes INTEGER NOT NULL) WITHOUT ROWID;
"""


class LocalStore:
    """The host's own file. Every method may raise LOCAL_FAILURES; who calls from the call path decides what then.

    Connections belong to one thread of one process; the file is opened on first use, so nothing is inherited by fork.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._published: SharedNumber | None = None
        self._opened = threading.local()
        self._all_opened: list[sqlite3.Connection] = []

    def host_id(self) -> str:
        """Return this host's id: 32 hexadecimal digits, made when the file was made."""
        return str(self._connection().execute("SELECT id FROM host").fetchone()[0])

    def known(self) -> int | None:
        """Return the last change applied here; None before the first complete copy. Read it each time."""
        if self._published is None:
            self._publish()
        return self._published.read() if self._published else None

    def last_change(self) -> LastChange | None:
        """Return number and id of the last change applied here, as the file has them, and publish what was not."""
        known, known_id = self._connection().execute("SELECT known, known_id FROM host").fetchone()
        if self.known() != known:
            self._publish()
        return None if known is None else LastChange(known, known_id)

    def find(self, phone_number: str) -> CallRoute | None:
        """Look up a number in the host's copy; None if it has none."""
        query = "SELECT route FROM routes WHERE phone_number = ?"
        row = self._connection().execute(query, (phone_number,)).fetchone()
        return route_from_json(row[0]) if row else None

    def numbers_changed_since(self, seen: int) -> set[str] | None:
        """Return the numbers named by the changes after `seen`; None when the list no longer reaches back that far."""
        connection = self._connection()
        query = "SELECT phone_number FROM changed WHERE n > ?"
        numbers = {row[0] for row in connection.execute(query, (seen,))}
        names_from = connection.execute("SELECT names_from FROM host").fetchone()[0]
        return numbers if seen >= names_from else None

    def advance(self, seen: int, changed: RoutesAsOf) -> bool:
        """Write what leads from the state of `seen` to that of `changed.n`; False if `known` is not `seen`."""

        def write(connection: sqlite3.Connection) -> bool:
            if connection.execute("SELECT known FROM host").fetchone()[0] != seen:
                return False
            _write_routes(connection, changed.routes.values())
            rows = ((changed.n, phone_number) for phone_number in changed.routes)
            connection.executemany("INSERT OR IGNORE INTO changed VALUES (?, ?)", rows)
            connection.execute("UPDATE host SET known = ?, known_id = ?", (changed.n, changed.change_id))
            _trim_changes(connection, changed.n)
            return True

        return self._publishing(write)

    def replace_all(self, n: int, routes: Iterable[CallRoute], change_id: str = "") -> bool:
        """Make the copy anew as of change `n`; False if a later state is already here."""

        def write(connection: sqlite3.Connection) -> bool:
            known = connection.execute("SELECT known FROM host").fetchone()[0]
            if known is not None and known > n:
                return False
            connection.execute("DELETE FROM routes")
            connection.execute("DELETE FROM changed")
            _write_routes(connection, routes)
            connection.execute("UPDATE host SET known = ?, known_id = ?, names_from = ?", (n, change_id, n))
            return True

        return self._publishing(write)

    def forget_known(self) -> None:
        """Stop vouching for the copy, because changes may have been acknowledged without this host."""
        self._publishing(lambda connection: connection.execute("UPDATE host SET known = NULL"))

    def every_route(self) -> tuple[int | None, dict[str, CallRoute | None]]:
        """Return `known` and the whole copy, garbled routes as None, in one snapshot: for checking it."""

        def read(connection: sqlite3.Connection) -> tuple[int | None, dict[str, CallRoute | None]]:
            known = connection.execute("SELECT known FROM host").fetchone()[0]
            rows = connection.execute("SELECT phone_number, route FROM routes")
            return known, {phone_number: _route_or_none(route) for phone_number, route in rows}

        return self._in_transaction(read, begin="BEGIN")

    def find_some(self, phone_numbers: Sequence[str]) -> tuple[int | None, dict[str, CallRoute | None]]:
        """Return `known` and the routes of these numbers that are here, garbled ones as None, in one snapshot."""

        def read(connection: sqlite3.Connection) -> tuple[int | None, dict[str, CallRoute | None]]:
            known = connection.execute("SELECT known FROM host").fetchone()[0]
            places = ",".join("?" * len(phone_numbers))
            query = f"SELECT phone_number, route FROM routes WHERE phone_number IN ({places})"  # noqa: S608
            rows = connection.execute(query, tuple(phone_numbers))
            return known, {phone_number: _route_or_none(route) for phone_number, route in rows}

        return self._in_transaction(read, begin="BEGIN")

    def stream_event(self, call_sid: str) -> str | None:
        """Return what was last heard on this host of a call's stream, such as stream-started."""
        row = self._connection().execute("SELECT event FROM streams WHERE call_sid = ?", (call_sid,)).fetchone()
        return str(row[0]) if row else None

    def set_stream_event(self, call_sid: str, event: str) -> None:
        """Remember a stream's event, and forget those of the oldest calls. An error stays, whatever comes after it."""

        def write(connection: sqlite3.Connection) -> None:
            statement = (
                "INSERT INTO streams VALUES (?, ?) ON CONFLICT DO UPDATE SET event = excluded.event WHERE event <> ?"
            )
            connection.execute(statement, (call_sid, event, STREAM_ERROR))
            connection.execute(
                "DELETE FROM streams WHERE rowid <= (SELECT max(rowid) FROM streams) - ?", (STREAMS_KEPT,)
            )

        self._in_transaction(write)

    def drained_bytes(self, file: str) -> int:
        """Return how many bytes of a file of call notes are already in the database."""
        row = self._connection().execute("SELECT bytes FROM drained WHERE file = ?", (file,)).fetchone()
        return int(row[0]) if row else 0

    def set_drained_bytes(self, file: str, drained_bytes: int | None) -> None:
        """Remember how far a file of call notes is drained; None when the file is gone."""
        if drained_bytes is None:
            self._connection().execute("DELETE FROM drained WHERE file = ?", (file,))
        else:
            self._connection().execute("INSERT OR REPLACE INTO drained VALUES (?, ?)", (file, drained_bytes))

    def close(self) -> None:
        """Close the connections of all threads, when nobody uses this object any more."""
        while self._all_opened:
            self._all_opened.pop().close()
        self._opened = threading.local()

    def _publishing(self, work: Callable[[sqlite3.Connection], Result]) -> Result:
        """Do a transaction that may move `known`, and publish whatever it is afterwards, also if nothing was done.

        It is on the disk before anybody is told: a host that forgot a pause in a power cut would have broken it.
        """
        connection = self._connection()
        connection.execute("PRAGMA synchronous = FULL")
        try:
            return self._in_transaction(work)
        finally:
            connection.execute("PRAGMA synchronous = NORMAL")
            self._publish()

    def _publish(self) -> None:
        """Write the recorded `known` into the shared bytes. Under the lock the last to publish has read the newest."""
        connection = self._connection()
        with _lock_of(self._path):
            published = self._published or SharedNumber(self._path.with_suffix(".known"))
            published.write(connection.execute("SELECT known FROM host").fetchone()[0])
            self._published = published

    def _in_transaction(self, work: Callable[[sqlite3.Connection], Result], begin: str = "BEGIN IMMEDIATE") -> Result:
        connection = self._connection()
        connection.execute(begin)
        try:
            result = work(connection)
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")
        return result

    def _connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._opened, "connection", None)
        if connection is None:
            connection = self._opened.connection = _open(self._path)
            self._all_opened.append(connection)
        return connection


def _open(path: Path) -> sqlite3.Connection:
    """Open the file to read and write. SQLite would open one that is read-only, and keep it so when it no longer is."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and not os.access(path, os.W_OK):
        raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(path))
    connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    if connection.execute("PRAGMA user_version").fetchone()[0] != SCHEMA_VERSION:
        _make(path, connection)
    connection.execute("PRAGMA synchronous = NORMAL")
    return connection


def _make(path: Path, connection: sqlite3.Connection) -> None:
    """Make the tables, one process after another: SQLite does not wait for the lock when it turns to WAL mode."""
    with _lock_of(path):
        connection.execute("PRAGMA journal_mode = WAL")
        connection.executescript(SCHEMA)
        connection.execute("INSERT OR IGNORE INTO host (one, id) VALUES (1, ?)", (uuid.uuid4().hex,))
        if connection.execute("PRAGMA user_version").fetchone()[0] != SCHEMA_VERSION:
            connection.execute("UPDATE host SET known = NULL")
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")


@contextmanager
def _lock_of(path: Path) -> Iterator[None]:
    """Keep all other threads and processes of this host out."""
    with path.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _route_or_none(text: str) -> CallRoute | None:
    try:
        return route_from_json(text)
    except ValueError:
        return None


def _write_routes(connection: sqlite3.Connection, routes: Iterable[CallRoute]) -> None:
    rows = ((route.phone_number, route.to_json()) for route in routes)
    connection.executemany("INSERT OR REPLACE INTO routes VALUES (?, ?)", rows)


def _trim_changes(connection: sqlite3.Connection, n: int) -> None:
    """Keep the names of the last CHANGES_KEPT changes; a worker further behind forgets all it holds instead."""
    oldest = n - CHANGES_KEPT
    if connection.execute("SELECT 1 FROM changed WHERE n <= ? LIMIT 1", (oldest,)).fetchone():
        connection.execute("DELETE FROM changed WHERE n <= ?", (oldest,))
        connection.execute("UPDATE host SET names_from = max(names_from, ?)", (oldest,))
