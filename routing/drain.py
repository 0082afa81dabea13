"""Move call notes from this host's disk to the database: read in batches, commit, and only then forget.

Draining the same lines twice does no harm: an event has an id of its own and a call is folded from its events anew.
"""

import fcntl
import os
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields
from datetime import datetime
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import select, tuple_, update
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.orm import Session

from config.json_text import as_json
from models import Call, CallEvent, Database
from models.insert_new import insert_new
from routing.call_notes import NotedEvent, read_event
from routing.call_record import fold
from routing.local_store import LocalStore

log = structlog.get_logger()
BATCH_BYTES = 250_000
# What the database says of a value, and what our own code says of a line that another version of it wrote.
REJECTIONS = (DataError, IntegrityError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
LARGEST_PEEK_BYTES = 20_000
COLUMNS = tuple(field.name for field in fields(NotedEvent))
CallKey = tuple[str, str]


@dataclass(frozen=True, slots=True)
class WaitingNotes:
    """Call notes that are not yet in the database: how many bytes, since when, and the lines set aside."""

    waiting_bytes: int
    oldest: datetime | None
    set_aside: int


def drain(folder: Path, local_store: LocalStore, database: Database) -> int:
    """Move everything noted on this host, by living and dead processes alike; return how many events that were.

    Raises what the database or the local store raise; what was not committed stays and is drained next time.
    """
    return sum(_drain_file(path, local_store, database) for path in sorted(folder.glob("*.jsonl")))


def read_waiting(folder: Path, local_store: LocalStore) -> WaitingNotes:
    """Return what is noted on this host and not yet in the database; raises what the local store raises."""
    waiting_bytes, oldest = 0, None
    for path in folder.glob("*.jsonl"):
        with suppress(FileNotFoundError):  # drained and removed meanwhile
            start = local_store.drained_bytes(path.name)
            waiting_bytes += max(0, path.stat().st_size - start)
            moment = _first_moment(path, start)
            oldest = min(filter(None, (oldest, moment)), default=None)
    set_aside = folder / "set-aside.txt"
    aside = set_aside.read_bytes().count(b"\n") if set_aside.exists() else 0
    return WaitingNotes(waiting_bytes, oldest, aside)


def _first_moment(path: Path, start: int) -> datetime | None:
    """Return when the first event after `start` was noted; None if there is none that can be read."""
    with path.open("rb") as file:
        file.seek(start)
        text = file.read(LARGEST_PEEK_BYTES)
    for line in filter(None, text.split(b"\n")):
        with suppress(ValueError):
            return read_event(line).noted_at
    return None


def _drain_file(path: Path, local_store: LocalStore, database: Database) -> int:
    """Move one file's events; another process of this host may drain it at the same time, and remove it."""
    try:
        return _move_events(path, local_store, database)
    except FileNotFoundError:
        return 0


def _move_events(path: Path, local_store: LocalStore, database: Database) -> int:
    count = 0
    is_abandoned = _is_abandoned(path)
    start = local_store.drained_bytes(path.name)
    while batch := _read_whole_lines(path, start):
        events = list(_read_events(batch, path))
        _store_or_set_aside(events, path, database)
        start += len(batch)
        local_store.set_drained_bytes(path.name, start)
        count += len(events)
    if is_abandoned:
        _remove(path, start, local_store)
    return count


def _is_abandoned(path: Path) -> bool:
    """Tell whether the process that wrote this file has died or begun another one: then nobody holds its lock."""
    with path.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


def _read_whole_lines(path: Path, start: int) -> bytes:
    """Read up to BATCH_BYTES, more only when one line is longer; never a line whose end is not written yet."""
    with path.open("rb") as file:
        file.seek(start)
        text = file.read(BATCH_BYTES)
        if b"\n" not in text:
            text += file.readline()
        return text[: text.rfind(b"\n") + 1]


def _read_events(lines: bytes, path: Path) -> Iterator[NotedEvent]:
    """Read the events of whole lines. What is none is half of a line that was written again, or foreign."""
    for line in filter(None, lines.split(b"\n")):
        try:
            yield read_event(line)
        except ValueError:
            log.error("torn call note skipped", file=path.name, bytes=len(line))
            _set_aside(path, line)


def _remove(path: Path, drained_bytes: int, local_store: LocalStore) -> None:
    """Remove an abandoned file that is drained; a torn last line of a killed process goes with it, and is said."""
    if torn := os.path.getsize(path) - drained_bytes:
        log.error("torn call note skipped", file=path.name, bytes=torn)
    path.unlink()
    local_store.set_drained_bytes(path.name, None)


def _store_or_set_aside(events: Sequence[NotedEvent], path: Path, database: Database) -> None:
    """Store a batch. If a value in it is rejected, store the events singly and set that one aside.

    One bad event must not hold up all others forever, and is not thrown away either: `set-aside.txt` renamed to
    `….jsonl` is drained again.
    """
    try:
        with database.writing() as session:
            store_events(session, events)
        return
    except REJECTIONS:
        log.warning("batch of call notes rejected; storing one by one", file=path.name)
    for event in events:
        try:
            with database.writing() as session:
                store_events(session, [event])
        except REJECTIONS as error:
            log.error("call note set aside", call_sid=event.call_sid, problem=type(error).__name__)
            _set_aside(path, as_json(_columns(event)))


def _set_aside(path: Path, line: bytes) -> None:
    with (path.parent / "set-aside.txt").open("ab") as file:
        file.write(line + b"\n")


def store_events(session: Session, events: Sequence[NotedEvent]) -> None:
    """Store events and bring the records of their calls up to date, in the transaction of `session`.

    A call that is new gets its record from these events alone. For one that is there already, its row is locked and
    the record folded again from all of its events, so that hosts which drain the same call agree.
    """
    if not events:
        return
    by_call: dict[CallKey, list[NotedEvent]] = defaultdict(list)
    for event in events:
        by_call[event.account_sid, event.call_sid].append(event)
    in_order = sorted(events, key=lambda event: event.id)  # two hosts lock rows in one order, and never one another
    insert_new(session, CallEvent, [_columns(event) for event in in_order])
    calls = [fold(by_call[key]) for key in sorted(by_call)]
    if known_calls := by_call.keys() - insert_new(session, Call, calls, ["account_sid", "call_sid"]):
        _fold_again(session, sorted(known_calls))


def _columns(event: NotedEvent) -> dict[str, Any]:
    """Return the event's own values, not copies: `dataclasses.asdict` takes longer than everything else here."""
    return {name: getattr(event, name) for name in COLUMNS}


def _fold_again(session: Session, keys: Sequence[CallKey]) -> None:
    is_one_of = tuple_(Call.account_sid, Call.call_sid).in_(keys)
    locked = select(Call.id, Call.account_sid, Call.call_sid).where(is_one_of).order_by(Call.id).with_for_update()
    ids = {(row.account_sid, row.call_sid): row.id for row in session.execute(locked)}
    by_call: dict[CallKey, list[NotedEvent]] = defaultdict(list)
    for row in session.scalars(select(CallEvent).where(tuple_(CallEvent.account_sid, CallEvent.call_sid).in_(keys))):
        event = NotedEvent(row.id, row.account_sid, row.call_sid, row.kind, row.noted_at, row.details)
        by_call[row.account_sid, row.call_sid].append(event)
    session.execute(update(Call), [{"id": ids[key], **fold(events)} for key, events in by_call.items()])
