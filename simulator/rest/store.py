"""Keep what the simulated Twilio knows in one SQLite file, shared by processes and kept over restarts."""

import os
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

FILE_NAME = "twilio.db"
BUSY_SECONDS = 30.0
VERSION = 1
TABLES = (
    """CREATE TABLE account (
        account_sid TEXT PRIMARY KEY, auth_token TEXT NOT NULL, friendly_name TEXT NOT NULL,
        created_at REAL NOT NULL)""",
    "CREATE TABLE api_key (sid TEXT PRIMARY KEY, secret TEXT NOT NULL, account_sid TEXT NOT NULL)",
    """CREATE TABLE incoming_number (
        position INTEGER PRIMARY KEY AUTOINCREMENT, sid TEXT NOT NULL UNIQUE, account_sid TEXT NOT NULL,
        phone_number TEXT NOT NULL UNIQUE, settings TEXT NOT NULL, created_at REAL NOT NULL, updated_at REAL NOT NULL,
        reads_until_in_use INTEGER NOT NULL, in_use_at REAL NOT NULL)""",
    """CREATE TABLE paper (
        sid TEXT PRIMARY KEY, account_sid TEXT NOT NULL, iso_country TEXT NOT NULL, locality TEXT,
        number_type TEXT, status TEXT)""",
    """CREATE TABLE ended_call (
        position INTEGER PRIMARY KEY AUTOINCREMENT, call_sid TEXT NOT NULL UNIQUE, account_sid TEXT NOT NULL,
        from_number TEXT NOT NULL, to_number TEXT NOT NULL, forwarded_from TEXT, phone_number_sid TEXT,
        status TEXT NOT NULL, is_billed INTEGER NOT NULL, started_at INTEGER NOT NULL,
        duration_seconds INTEGER NOT NULL)""",
    """CREATE TABLE fault (
        position INTEGER PRIMARY KEY AUTOINCREMENT, method TEXT NOT NULL, resource TEXT NOT NULL,
        effect TEXT NOT NULL, is_done INTEGER NOT NULL, seconds REAL NOT NULL)""",
)


@contextmanager
def open_store(folder: Path) -> Iterator[sqlite3.Connection]:
    """Yield the store in one transaction: committed at the end, undone by an exception.

    Transactions stand in line, whichever thread or process they come from, so that two buyers never both win.
    A killed process leaves nothing half-done; a power cut may, which a simulator can bear.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / FILE_NAME
    if not path.exists():
        _create_file(path)
    with closing(sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)) as store:
        store.row_factory = sqlite3.Row
        store.execute("PRAGMA synchronous = OFF")
        store.execute("BEGIN IMMEDIATE")
        try:
            _create_tables(store)
            yield store
        except BaseException:
            store.execute("ROLLBACK")
            raise
        store.execute("COMMIT")


def _create_file(path: Path) -> None:
    """Create the file empty, readable by its owner only: it holds tokens."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def _create_tables(store: sqlite3.Connection) -> None:
    [version] = store.execute("PRAGMA user_version").fetchone()
    if version == VERSION:
        return
    if version:
        raise RuntimeError(f"The simulator's {FILE_NAME} is of another version: delete it to start afresh.")
    for table in TABLES:
        store.execute(table)
    store.execute(f"PRAGMA user_version = {VERSION}")
