"""What this host keeps on its own disk: every call route as of `known`, and which numbers lately changed.

One SQLite file, shared by all processes of the host. `known` is the last change applied here; it and the routes move
together in one transaction, so that the copy is always exactly the state after change `known`.

Because every call reads `known`, it is published in a few shared bytes beside the file, after each such transaction and
before anybody is told of it. It may lag behind the file for a moment, or after a crash until the next opening, and is
never ahead of it: a reader then takes this host for being a little behind, which is always safe.
"""

import sqlite3
import threading
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import structlog

from routing.call_route import CallRoute, LastChange, RoutesAsOf, route_from_json
from routing.local_file import OpenFile, is_broken, is_of_a_broken_file, lock_of, open_file, put_aside
from routing.shared_number import SharedNumber

log = structlog.get_logger()
Result = TypeVar("Result")
CHANGES_KEPT = 10_000
STREAMS_KEPT = 10_000
STREAM_ERROR = "stream-error"
LOCAL_FAILURES = (sqlite3.Error, OSError)


class LocalStore:
    """The host's own file. Every method may raise LOCAL_FAILURES; who calls from the call path decides what then.

    Connections belong to one thread of one process; the file is opened on first use, so nothing is inherited by fork.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._published: SharedNumber | None = None
        self._host_id = ""
        self._opened = threading.local()
        self._all_opened: list[sqlite3.Connection] = []

    def host_id(self) -> str:
        """Return this host's id: 32 hexadecimal digits, made when the file was made."""
        return str(self._connection().execute("SELECT id FROM host").fetchone()[0])

    @property
    def id_if_opened(self) -> str:
        """This host's id without touching the file; empty as long as no thread of this process has opened it."""
        return self._host_id

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
        known, names_from = connection.execute("SELECT known, names_from FROM host").fetchone()
        return numbers if known is not None and seen >= names_from else None

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

    @contextmanager
    def mending(self) -> Iterator[None]:
        """Do something with the file; if it turns out to be broken, begin a new one, and raise the error all the same.

        For whoever then makes the copy anew or is followed by who does (docs/decisions/0019-a-broken-file-is-left.md).
        """
        try:
            yield
        except sqlite3.DatabaseError as error:
            if is_of_a_broken_file(error):
                self._begin_anew()
            raise

    def _begin_anew(self) -> None:
        """Put a broken file aside, unless somebody else has just done so. Before that, this host vouches for nothing.

        All other processes go over to the new file with their next question, because they hold the old one no more for
        the one of its name. As long as one of them lives, the host stays the one that it was.
        """
        with lock_of(self._path):
            if not is_broken(self._path):
                return
            self._shared().write(None)
            aside = put_aside(self._path, self._host_id or uuid.uuid4().hex)
        log.error("host's own file was broken, and is made anew", kept_as=aside.name)

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
        is_published = False
        while not is_published:
            opened = self._open_file()
            with lock_of(self._path):
                if is_published := opened.is_current(self._path):
                    known = opened.connection.execute("SELECT known FROM host").fetchone()[0]
                    self._shared().write(known)

    def _shared(self) -> SharedNumber:
        if self._published is None:
            self._published = SharedNumber(self._path.with_suffix(".known"))
        return self._published

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
        return self._open_file().connection

    def _open_file(self) -> OpenFile:
        """Return this thread's connection, to another file if the one that it had was put aside or removed."""
        opened: OpenFile | None = getattr(self._opened, "file", None)
        if opened and not opened.is_current(self._path):
            self._all_opened.remove(opened.connection)
            opened.connection.close()
            opened = None
        if opened is None:
            opened = self._opened.file = open_file(self._path, self._host_id or uuid.uuid4().hex)
            self._all_opened.append(opened.connection)
            self._host_id = str(opened.connection.execute("SELECT id FROM host").fetchone()[0])
        return opened


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
