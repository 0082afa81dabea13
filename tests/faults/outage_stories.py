"""Outages that are more than a server away: another database, another host, or none from the beginning."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
from flask import Flask

from app import create_app
from operations.changes import Changes, Who
from operations.errors import OperationError
from operations.pause_number import pause_number
from tests.conftest import Stack, migrate, settings_for
from tests.faults.fault import IN_FORCE, NOT_YET, NOTHING_CHANGED
from tests.faults.load import Load, times
from tests.faults.service import Service
from tests.faults.story import Scale, Shown, unless
from tests.faults.town import AGENT, LAST_RESORT, TO_NUMBERS, Town, fill
from tests.faults.wire import Wire
from tests.waiting import wait_for

NEVER_PAUSED = TO_NUMBERS[:-1000]
FOLLOWS_WITHIN_SECONDS = 30.0


def cut_off_host(town: Town, scale: Scale) -> Shown:
    """Cut a second host off from the database, pause a number, and connect it again."""
    with second_host(town) as (second, wire):
        wire.behave("hole")
        with Load(second.call, NEVER_PAUSED, rate=25, threads=4) as load:
            number = town.next_to_be_paused()
            outcome = pause_number(town.changes, town.who, number)[1]
            first_refuses = town.service.call(number).verb == "Reject"
            time.sleep(scale.load_seconds)
            wire.behave("pass")
            connected = time.perf_counter()
            wait_for(lambda: not town.changes.hosts_without(outcome.n), FOLLOWS_WITHIN_SECONDS)
            followed_after = time.perf_counter() - connected
        after = [second.call(number).verb for _ in range(8)]
    forget_second_host(town)
    return Shown(
        "Second host is cut off from the database while an admin pauses",
        "202 naming it; it goes on answering its calls; connected again it follows, and only then it is in force",
        {
            "the admin is told": IN_FORCE if outcome.in_force else NOT_YET,
            "hosts named": len(outcome.unconfirmed),
            "calls on the second host": len(load.answered),
            "in force after": f"{followed_after:.1f} s",
        }
        | times(load.answered),
        unless(
            admin_was_told_who_is_behind=not outcome.in_force and len(outcome.unconfirmed) == 1,
            first_host_refused_at_once=first_refuses,
            every_call_answered=all(town.is_right(call) for call in load.answered),
            second_host_followed=set(after) == {"Reject"},
        ),
    )


@contextmanager
def second_host(town: Town) -> Iterator[tuple[Service, Wire]]:
    """Run another host on the same database and Redis, with a wire of its own to the database."""
    with TemporaryDirectory(prefix="second-host-") as folder, Wire(town.direct.database_url) as wire:
        stack = Stack(wire.url, town.direct.redis_url)
        with Service(stack, Path(folder) / "host", FALLBACK_NUMBER=LAST_RESORT) as second:
            yield second, wire


def forget_second_host(town: Town) -> None:
    """Evict the host that is gone, so that changes do not wait for it."""
    own_id = town.admin.extensions["local_store"].host_id()
    with psycopg.connect(town.direct.database_url) as connection:
        connection.execute("DELETE FROM hosts WHERE id <> %s", [own_id])


def restored_backup(town: Town, scale: Scale) -> Shown:
    """Back the database up, pause a number, and restore the backup, in which it never was paused."""
    town.postgres.back_up()
    town.wait_until_recovered()
    number = town.pause_until_in_force()
    del town.paused[number]  # the backup does not know of it
    with Load(town.service.call, NEVER_PAUSED) as load:
        time.sleep(scale.load_seconds / 3)
        restoring = time.perf_counter()
        town.postgres.restore()
        restored = time.perf_counter()
        wait_for(lambda: town.service.call(number).verb == "Dial", FOLLOWS_WITHIN_SECONDS)
        followed_after = time.perf_counter() - restored
        town.wait_until_recovered()
        recovered = time.perf_counter()
        time.sleep(scale.load_seconds / 3)
        wait_for(lambda: pause_number(town.changes, town.who, number)[1].in_force, FOLLOWS_WITHIN_SECONDS)
        verbs = {town.service.call(number).verb for _ in range(8)}
    kept = {call.call_sid for call in load.answered if call.began > restored + followed_after}
    wait_for(lambda: kept <= town.stored_call_sids(), FOLLOWS_WITHIN_SECONDS)
    put_through = [call for call in load.answered if LAST_RESORT in call.said and restoring < call.began < recovered]
    wrong = [call for call in load.answered if not town.is_right(call) and call not in put_through]
    return Shown(
        "Database is restored from an older backup",
        "the restored database is the truth: hosts and Redis copy it anew, change numbers go on beyond those that any "
        "host knows; what was changed or recorded since the backup is gone with it (calls: `flask calls reconcile`). "
        "While a host copies it has no routes to vouch for: who then waits for the database for more than 250 ms is "
        "put through to FALLBACK_NUMBER",
        {
            "calls": len(load.answered),
            "wrong": len(wrong),
            "put through to FALLBACK_NUMBER": len(put_through),
            "followed after": f"{followed_after:.1f} s",
            "records since then, sent and stored": len(kept),
        }
        | times(load.answered),
        [f"wrong: {call}" for call in wrong] + unless(no_call_was_stale_after_another_pause=verbs == {"Reject"}),
    )


def first_start_without_servers(_: Town, scale: Scale) -> Shown:
    """Start a new host that has never reached anybody."""
    nowhere = Stack("postgresql://127.0.0.1:9/none", "redis://127.0.0.1:9/0")
    with TemporaryDirectory(prefix="first-start-") as folder:
        service = Service(nowhere, Path(folder) / "host", FALLBACK_NUMBER=LAST_RESORT)
        service.start(wait=False)
        try:
            service.wait_until_ready("/healthz")
            with Load(service.call, NEVER_PAUSED) as load:
                time.sleep(scale.load_seconds)
        finally:
            service.kill()
        notes = "".join(path.read_text() for path in (service.data_dir / "calls").glob("*.jsonl"))
    put_through = [call for call in load.answered if LAST_RESORT in call.said]
    noted = [call for call in load.answered if call.call_sid in notes]
    return Shown(
        "Both are down on a first start",
        "nobody knows a number: every caller is put through to FALLBACK_NUMBER, and noted on the disk",
        {"calls": len(load.answered), "put through": len(put_through), "noted": len(noted)} | times(load.answered),
        unless(everybody_put_through=len(put_through) == len(load.answered) == len(noted) > 0),
    )


def locked_sqlite(_: Town, scale: Scale) -> Shown:
    """Hold the write lock of an embedded database, as a long transaction of somebody does."""
    numbers = TO_NUMBERS[:1_000]
    with TemporaryDirectory(prefix="locked-") as folder, sqlite_host(Path(folder)) as (service, admin, who):
        changes: Changes = admin.extensions["changes"]
        database = Path(folder) / "clara.db"
        with Load(service.call, numbers) as load, closing(sqlite3.connect(database, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            time.sleep(scale.load_seconds)
            began = time.perf_counter()
            told = told_by_pause(changes, who, numbers[0])
            told_after = time.perf_counter() - began
            other.execute("ROLLBACK")
        sent = {call.call_sid for call in load.answered if AGENT in call.said}
        with closing(sqlite3.connect(database)) as reading:
            query = "SELECT call_sid FROM calls"
            wait_for(lambda: sent <= {sid for (sid,) in reading.execute(query)}, FOLLOWS_WITHIN_SECONDS)
    return Shown(
        "SQLite's write lock is held (no Redis)",
        "calls only read; records wait on the disk; the admin is told after five seconds that nothing was changed",
        {"calls": len(load.answered), "recorded": len(sent), "the admin is told": f"{told}, after {told_after:.1f} s"}
        | times(load.answered),
        unless(every_call_right=len(sent) == len(load.answered) > 0, nothing_was_changed=told == NOTHING_CHANGED),
    )


@contextmanager
def sqlite_host(folder: Path) -> Iterator[tuple[Service, Flask, Who]]:
    """Run a host on SQLite without Redis, with an admin's process beside it."""
    stack = Stack(f"sqlite:///{folder / 'clara.db'}", "")
    migrate(stack.database_url)
    admin = create_app(settings_for(stack, folder / "host"))
    who = fill(admin, 1_000)
    try:
        with Service(stack, folder / "host", FALLBACK_NUMBER=LAST_RESORT) as service:
            yield service, admin, who
    finally:
        admin.extensions["close"]()


def told_by_pause(changes: Changes, who: Who, number: str) -> str:
    """Pause a number and return what the admin is told."""
    try:
        return IN_FORCE if pause_number(changes, who, number)[1].in_force else NOT_YET
    except OperationError as error:
        return f"{error.status} {error.code}"


OUTAGE_STORIES = [first_start_without_servers, locked_sqlite, cut_off_host, restored_backup]
