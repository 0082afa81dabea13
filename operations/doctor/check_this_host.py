"""What this host keeps on its own disk: may it write, is there room, is its copy true, is nothing left lying?"""

import fcntl
import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import sleep

from sqlalchemy import select

from models import ChangeCounter
from operations.doctor.finding import DATABASE_SECONDS, LOOK_AGAIN_SECONDS, Examined, Finding, error, ok, warning
from routing.drain import WaitingNotes, read_waiting
from routing.local_store import LOCAL_FAILURES

LITTLE_ROOM_BYTES = 1_000_000_000
NO_ROOM_BYTES = 100_000_000
WAITS_LONG = timedelta(seconds=30)
START = "Start the router on this host (systemctl start clara-router), and look for `keeper failing` in its log."
ROOM = "Make room: call notes and the host's copy of the routes are written there."


def check_data_dir(examined: Examined) -> Iterator[Finding]:
    """Yield whether this host's folder can be written and has room left."""
    folder = examined.settings.data_dir
    if not os.access(folder, os.W_OK | os.X_OK):
        yield error(
            f"DATA_DIR ({folder}) cannot be written by this user.",
            "Give the folder to the router's user (chown clara), or say the command as that user.",
        )
        return
    found = [*_say_owners(folder), *_say_room(folder)]
    yield from found or [ok(f"DATA_DIR ({folder}) can be written, and has room.")]


def _say_owners(folder: Path) -> Iterator[Finding]:
    """Yield whether somebody ran a command as another user: the router then cannot write what was made so."""
    owner = folder.stat().st_uid
    others = [path.name for path in folder.rglob("*") if _owner_of(path) not in (None, owner)]
    if others:
        yield error(
            f"In DATA_DIR {len(others)} files are another user's than the folder, such as {others[0]}.",
            f"Run `chown -R --reference={folder} {folder}`, and say commands as the router's user.",
        )


def _owner_of(path: Path) -> int | None:
    """Return whose file it is; None if it is gone by now, as files of notes are that were moved to the database."""
    try:
        return path.lstat().st_uid
    except FileNotFoundError:
        return None


def _say_room(folder: Path) -> Iterator[Finding]:
    free = shutil.disk_usage(folder).free
    if free < NO_ROOM_BYTES:
        yield error(f"Only {free // 1_000_000} MB are left on the disk of DATA_DIR.", ROOM)
    elif free < LITTLE_ROOM_BYTES:
        yield warning(f"Only {free // 1_000_000} MB are left on the disk of DATA_DIR.", ROOM)


def check_keeper(examined: Examined) -> Iterator[Finding]:
    """Yield whether a process of this host does the background work: it holds the lock on its file."""
    lock = examined.settings.data_dir / "keeper.lock"
    if not lock.exists() or not _is_locked(lock):
        yield error("No process on this host follows changes and moves call notes: the router does not run.", START)
    else:
        yield ok("A process of this host follows changes and moves call notes.")


def _is_locked(path: Path) -> bool:
    with path.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def check_local_store(examined: Examined) -> Iterator[Finding]:
    """Yield whether the host's copy of the routes can be read and is as of the last change."""
    try:
        lag = _lag(examined)
        if lag != 0:
            sleep(LOOK_AGAIN_SECONDS)
            lag = _lag(examined)
    except LOCAL_FAILURES as problem:
        yield error(
            f"This host's copy of the routes cannot be read ({type(problem).__name__}: {problem}).",
            "Start the router: it puts a broken host.db aside and makes it anew. If that does not help, stop it, move "
            "host.db and its companions out of DATA_DIR (not the folder calls), and start it again.",
        )
        return
    if lag is None:
        yield error("This host has no copy of the routes yet, and would route by the database alone.", START)
    elif lag:
        yield error(f"This host's copy of the routes is {lag} changes behind the database.", START)
    else:
        yield ok("This host's copy of the routes is as of the last change.")


def _lag(examined: Examined) -> int | None:
    known = examined.local_store.known()
    query = select(ChangeCounter.n)
    n = examined.deadlined.ask(lambda connection: connection.execute(query).scalar_one(), DATABASE_SECONDS)
    return None if known is None else max(0, n - known)


def check_call_notes(examined: Examined) -> Iterator[Finding]:
    """Yield whether call notes wait for longer than a round of the keeper, or were set aside."""
    waiting = read_waiting(examined.settings.data_dir / "calls", examined.local_store)
    if _waits_long(waiting):
        since = f"{waiting.oldest:%Y-%m-%d %H:%M:%S} UTC"
        yield error(
            f"{waiting.waiting_bytes} bytes of call notes are not in the database, the first since {since}.",
            f"Do not delete DATA_DIR. Mend the database if it does not answer. {START}",
        )
    if waiting.set_aside:
        yield warning(
            f"{waiting.set_aside} call notes were set aside, because the database did not take them.",
            "See `call note set aside` in the log; rename calls/set-aside.txt to calls/again.jsonl to try them again.",
        )
    if not _waits_long(waiting) and not waiting.set_aside:
        yield ok("Every call note is in the database, or will be in a moment.")


def _waits_long(waiting: WaitingNotes) -> bool:
    return waiting.oldest is not None and datetime.now(UTC) - waiting.oldest > WAITS_LONG
