"""The file of what a host keeps on its own disk: how it is opened, made, and put aside when it is broken.

Nobody may use a file any more that was put aside while he had it open. SQLite keeps out of a file's new companions once
the file has been moved (https://sqlite.org/c3ref/c_fcntl_begin_atomic_write.html, SQLITE_FCNTL_HAS_MOVED), and whoever
asks for the connection of an `OpenFile` first looks whether the file still has its name.
"""

import errno
import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

BUSY_SECONDS = 2.0
NO_FILE = (0, 0)
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


@dataclass(frozen=True, slots=True)
class OpenFile:
    """A connection to the file that had this name when it was opened, and that file's identity on the disk."""

    connection: sqlite3.Connection
    identity: tuple[int, int]

    def is_current(self, path: Path) -> bool:
        """Tell whether it still is the file of that name."""
        return _identity(path) == self.identity


def open_file(path: Path, host_id: str) -> OpenFile:
    """Open the file to read and write; make it, as that of the host `host_id`, if it is not there.

    SQLite would open one that is read-only, and keep it so when it no longer is.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and not os.access(path, os.W_OK):
        raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(path))
    opened = _open(path)
    if opened.connection.execute("PRAGMA user_version").fetchone()[0] != SCHEMA_VERSION:
        with lock_of(path):
            _make(opened.connection, host_id)
    opened.connection.execute("PRAGMA synchronous = NORMAL")
    return opened


def _open(path: Path) -> OpenFile:
    """Open a file of which it is certain that it had this name."""
    while True:
        before = _identity(path)
        connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        opened = OpenFile(connection, _identity(path))
        if before in (NO_FILE, opened.identity):
            return opened
        connection.close()  # it was put aside between two steps


def _make(connection: sqlite3.Connection, host_id: str) -> None:
    """Make the tables, one process after another: SQLite does not wait for the lock when it turns to WAL mode."""
    connection.execute("PRAGMA journal_mode = WAL")
    connection.executescript(SCHEMA)
    connection.execute("INSERT OR IGNORE INTO host (one, id) VALUES (1, ?)", (host_id,))
    if connection.execute("PRAGMA user_version").fetchone()[0] != SCHEMA_VERSION:
        connection.execute("UPDATE host SET known = NULL")
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")


def is_of_a_broken_file(error: sqlite3.Error) -> bool:
    """Tell whether an error says that the file is no database, or one with noise in it."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_OK) & 0xFF
    return code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def is_broken(path: Path) -> bool:
    """Look through the whole file; raise other errors of SQLite's, which say nothing about it."""
    try:
        with closing(sqlite3.connect(path, timeout=BUSY_SECONDS)) as connection:
            return str(connection.execute("PRAGMA quick_check(1)").fetchone()[0]) != "ok"
    except sqlite3.DatabaseError as error:
        if is_of_a_broken_file(error):
            return True
        raise


def put_aside(path: Path, host_id: str) -> Path:
    """Keep a broken file, and the last one only, under another name; make an empty one of the host `host_id`.

    The file goes before its companions: alone it may be an older state, which nobody must take for this host's.
    """
    for older in path.parent.glob(f"{path.name}.broken-*"):
        older.unlink(missing_ok=True)
    aside = path.with_name(f"{path.name}.broken-{datetime.now(UTC):%Y%m%dT%H%M%SZ}")
    path.rename(aside)
    _write_folder(path.parent)
    for companion in ("-wal", "-shm"):
        with suppress(FileNotFoundError):
            path.with_name(path.name + companion).rename(aside.with_name(aside.name + companion))
    with closing(sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)) as connection:
        _make(connection, host_id)
    return aside


def _write_folder(folder: Path) -> None:
    """Wait until the disk has the names of a folder's files."""
    opened = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


@contextmanager
def lock_of(path: Path) -> Iterator[None]:
    """Keep all other threads and processes of this host out."""
    with path.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _identity(path: Path) -> tuple[int, int]:
    """Return what a file is on its disk, whatever its name."""
    try:
        status = path.stat()
    except FileNotFoundError:
        return NO_FILE
    return status.st_dev, status.st_ino
