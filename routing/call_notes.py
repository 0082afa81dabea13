"""Note every webhook on this host's disk before it is answered, so that no call is lost.

Each process appends to a file of its own, one JSON line an event. An appended line is in the kernel's hands: it
survives a killed process, and costs two microseconds where a database row costs twenty and a lock. The keeper moves
the lines to the database (`drain.py`) and removes a file once its process is gone or has begun another.
"""

import fcntl
import os
import random
import uuid
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import RLock
from typing import Any

import structlog

from config.json_text import as_json, from_json

log = structlog.get_logger()
LARGEST_FILE_BYTES = 8_000_000
LINES_KEPT_IN_MEMORY = 10_000


@dataclass(frozen=True, slots=True)
class NotedEvent:
    """One thing that happened to a call; its `details` depend on its `kind` (`call_record.py` says how)."""

    id: str
    account_sid: str
    call_sid: str
    kind: str
    noted_at: datetime
    details: dict[str, Any]


class CallNotes:
    """Appends events to this process's file in `folder`.

    When the disk refuses, the lines wait in memory until it takes one again, and the log names the call as a last
    witness: the caller is answered all the same.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = RLock()
        self._file: NotesFile | None = None
        self._unwritten: deque[bytes] = deque(maxlen=LINES_KEPT_IN_MEMORY)

    def note(self, kind: str, account_sid: str, call_sid: str, details: dict[str, Any]) -> None:
        """Note an event of a call now. Never raises for want of disk."""
        line = event_line(kind, account_sid, call_sid, details)
        try:
            if self._unwritten:
                self._write_unwritten()
            self._usable_file().append(line)
        except OSError as error:
            self._unwritten.append(line)
            log.error("call not noted on disk", call_sid=call_sid, kind=kind, problem=str(error))

    def write_waiting(self) -> None:
        """Write the lines that wait in memory, if the disk takes them again: no further call may come to do it."""
        if self._unwritten:
            with suppress(OSError):
                self._write_unwritten()

    def _usable_file(self) -> "NotesFile":
        """Return this process's file, or a new one when it is full or not ours; made once."""
        if self._file is not None and self._file.is_usable():
            return self._file
        with self._lock:
            if self._file is None or not self._file.is_usable():
                self._file = NotesFile(self._folder)
            return self._file

    def _write_unwritten(self) -> None:
        with self._lock:
            while self._unwritten:
                self._usable_file().append(self._unwritten[0])
                self._unwritten.popleft()


class NotesFile:
    """A file of notes that one process writes. It is locked as long as that process lives and uses it."""

    def __init__(self, folder: Path) -> None:
        self._file = -1
        self._process_id = os.getpid()
        self._bytes = 0
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{uuid.uuid4().hex}.new"
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        path.rename(path.with_suffix(".jsonl"))  # only now may the keeper see it: it removes files that nobody locks

    def is_usable(self) -> bool:
        """Tell whether to go on here: it is not full, and not the file of the process that we were forked from."""
        return self._bytes < LARGEST_FILE_BYTES and self._process_id == os.getpid()

    def append(self, line: bytes) -> None:
        """Write one whole line with one system call; threads may do so at the same time.

        It begins a new line of its own, so that one which a full disk tore before it does not take it along.
        """
        written = os.write(self._file, b"\n" + line)
        if written <= len(line):
            raise OSError(f"only {written} of {len(line) + 1} bytes written")
        self._bytes += written

    def __del__(self) -> None:
        if self._file >= 0:
            os.close(self._file)


def event_line(kind: str, account_sid: str, call_sid: str, details: dict[str, Any]) -> bytes:
    """Write an event that happens now as one line, under an id of its own: unique like a UUID, and no secret."""
    event = {
        "id": f"{random.getrandbits(128):032x}",
        "account_sid": account_sid,
        "call_sid": call_sid,
        "kind": kind,
        "noted_at": datetime.now(UTC),
        "details": details,
    }
    return as_json(event) + b"\n"


def read_event(line: bytes) -> NotedEvent:
    """Read what `event_line` wrote; raise ValueError for a torn or foreign line."""
    try:
        event = from_json(line)
        noted_at = datetime.fromisoformat(event["noted_at"])
        read = NotedEvent(**event | {"noted_at": noted_at})
    except (TypeError, KeyError, RecursionError) as error:
        raise ValueError(f"not an event: {error}") from error
    if noted_at.tzinfo is None:
        raise ValueError("not an event: its time has no zone")
    return read
