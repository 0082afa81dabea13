"""What a host does in the background: follow the changes, report how far, repair the cache, drain the call notes.

Every process of a host starts a keeper; a lock on a file lets one of them work, and another takes over when that
process dies. The two functions that bring a copy up to date are also what a change calls right after its commit.
"""

import fcntl
import sqlite3
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from socket import gethostname
from threading import Event, Thread
from typing import Any, cast

import structlog
from redis import RedisError
from sqlalchemy import CursorResult, insert, update
from sqlalchemy.exc import SQLAlchemyError

from models import Database, Host
from routing.call_route_cache import CallRouteCache
from routing.drain import drain
from routing.local_store import LocalStore
from routing.route_queries import read_all_routes, read_change_number, read_routes_changed_since

log = structlog.get_logger()
FOLLOW_EVERY_SECONDS = 0.1
DRAIN_EVERY_SECONDS = 0.5
SAY_ALIVE_EVERY_SECONDS = 10.0
LARGEST_APPLY = 50_000
FAILURES = (SQLAlchemyError, RedisError, sqlite3.Error, OSError)


def register_host(database: Database, local_store: LocalStore) -> None:
    """Make this host one that every change waits for, then copy all routes.

    In this order: a change acknowledged before the registration is in the copy, and one after it waits for us. A host
    that was evicted meanwhile must not vouch for its old copy, so it forgets `known` first.
    """
    local_store.forget_known()
    with database.writing() as session:
        now = datetime.now(UTC)
        row = {"id": local_store.host_id(), "name": gethostname(), "known": -1, "registered_at": now, "seen_at": now}
        if session.get(Host, row["id"]) is None:
            session.execute(insert(Host).values(row))
    with database.reading() as session:
        n = read_change_number(session)
        local_store.replace_all(n, read_all_routes(session))
    report_known(database, local_store)


def catch_up_host(database: Database, local_store: LocalStore) -> int | None:
    """Bring this host's copy to the state of the last committed change; return that, or None on a host that has none.

    Another process of this host may do the same at the same time: then whoever comes second starts again.
    """
    while (known := local_store.known()) is not None:
        with database.reading() as session:
            if read_change_number(session) == known:
                return known
            changed = read_routes_changed_since(session, known)
        if changed.n < known:
            raise DatabaseWentBack(known, changed.n)
        if local_store.advance(known, changed):
            return changed.n
    return None


def report_known(database: Database, local_store: LocalStore) -> bool:
    """Tell everybody how far this host has followed; False if nobody waits for it any more because it was evicted."""
    with database.writing() as session:
        known = local_store.known()
        values = {"known": -1 if known is None else known, "seen_at": datetime.now(UTC)}
        result = session.execute(update(Host).where(Host.id == local_store.host_id()).values(values))
    return cast(CursorResult[Any], result).rowcount == 1


def catch_up_cache(database: Database, cache: CallRouteCache) -> None:
    """Bring Redis to the state of the last committed change: apply what it missed, or begin an empty hash."""
    while True:
        seen = cache.applied()
        with database.reading() as session:
            n = read_change_number(session)
            if seen == n:
                return
            changed = read_routes_changed_since(session, seen) if seen is not None and seen < n else None
        if changed is None or len(changed.routes) > LARGEST_APPLY:
            is_done = cache.restart(seen, n)
        else:
            is_done = cache.apply(seen or 0, changed)
        if is_done:
            return


class DatabaseWentBack(SQLAlchemyError):
    """The database has fewer changes than this host knows: it was restored from a backup."""

    def __init__(self, known: int, n: int) -> None:
        super().__init__(f"this host knows change {known}, the database only {n}")


class Keeper:
    """The background thread of one process."""

    def __init__(
        self, data_dir: Path, database: Database, local_store: LocalStore, cache: CallRouteCache | None
    ) -> None:
        self._data_dir = data_dir
        self._database = database
        self._local_store = local_store
        self._cache = cache
        self._stopping = Event()
        self._reported: int | None = None
        self._due: dict[str, float] = {}
        self._failing: set[str] = set()

    def start(self) -> None:
        """Begin to work in a thread that ends with its process."""
        Thread(target=self._run, name="keeper", daemon=True).start()

    def stop(self) -> None:
        self._stopping.set()

    def _run(self) -> None:
        self._data_dir.mkdir(parents=True, exist_ok=True)
        with (self._data_dir / "keeper.lock").open("w") as lock:
            while not self._stopping.is_set():
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    self._stopping.wait(DRAIN_EVERY_SECONDS)
                    continue
                try:
                    self.work()
                except Exception:
                    log.exception("keeper failed")  # a door: a host without a keeper would be worse than any error
                self._stopping.wait(FOLLOW_EVERY_SECONDS)

    def work(self) -> None:
        """Do once whatever is due. One part's failure does not keep the others from their work."""
        self._attempt("follow changes", self._follow)
        self._attempt("repair cache", self._repair)
        if self._is_due("drain", DRAIN_EVERY_SECONDS):
            self._attempt("drain call notes", self.drain)

    def drain(self) -> int:
        """Move this host's call notes to the database; return how many events that were."""
        return drain(self._data_dir / "calls", self._local_store, self._database)

    def _follow(self) -> None:
        known = catch_up_host(self._database, self._local_store)
        if known is None:
            register_host(self._database, self._local_store)
        elif known != self._reported or self._is_due("say alive", SAY_ALIVE_EVERY_SECONDS):
            if report_known(self._database, self._local_store):
                self._reported = known
            else:
                register_host(self._database, self._local_store)

    def _repair(self) -> None:
        if self._cache is not None:
            catch_up_cache(self._database, self._cache)

    def _is_due(self, what: str, seconds: float) -> bool:
        if time.monotonic() < self._due.get(what, 0.0):
            return False
        self._due[what] = time.monotonic() + seconds
        return True

    def _attempt(self, what: str, work: Callable[[], object]) -> None:
        """Do a part of the work; log when it begins to fail and when it succeeds again, not each time in between."""
        try:
            work()
        except FAILURES as error:
            if what not in self._failing:
                log.error("keeper failing", part=what, problem=type(error).__name__)
            self._failing.add(what)
        else:
            if what in self._failing:
                log.info("keeper recovered", part=what)
            self._failing.discard(what)
