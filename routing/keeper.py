"""What a host does in the background: follow the changes, report how far, repair the cache, drain the call notes.

Every process of a host starts a keeper, and one of them works: that of the process which answers no calls, and another
one only as long as there is none. The two functions that bring a copy up to date are also what a change calls right
after its commit.
"""

import sqlite3
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from socket import gethostname

import structlog
from redis import RedisError
from sqlalchemy import bindparam, func, select, update
from sqlalchemy.exc import SQLAlchemyError

from models import Change, ChangeCounter, Database, Host
from routing.background import Background, Chores, Note, say_nothing
from routing.call_route import LastChange
from routing.call_route_cache import CallRouteCache
from routing.change_signal import ChangeSignal
from routing.changed_routes import ChangedRoutes
from routing.drain import drain
from routing.local_store import LocalStore
from routing.route_queries import read_all_routes, read_last_change
from routing.threads import Threads, TooSlow

log = structlog.get_logger()
FOLLOW_EVERY_SECONDS = 0.1
DRAIN_EVERY_SECONDS = 0.5
SAY_ALIVE_EVERY_SECONDS = 10.0
CLOSE_WITHIN_SECONDS = 2.0
# Whoever makes a change writes it into the copies of its own host: two at once would wait for one another's locks.
MAKERS_START_SECONDS = 0.005
LARGEST_APPLY = 50_000
TRIES = 5
ID_IN_THE_DATABASE = select(Change.id).where(Change.n == bindparam("n", type_=Change.n.type)).scalar_subquery()
REPORT_KNOWN = (
    update(Host)
    .where(Host.id == bindparam("host_id"), func.coalesce(ID_IN_THE_DATABASE, "") == bindparam("change_id"))
    .values(known=bindparam("n"), seen_at=bindparam("seen_at", type_=Host.seen_at.type))
)
# A name that is not resolved has no timeout, and changes are to be followed meanwhile.
REPAIR_WITHIN_SECONDS = 1.0
FAILURES = (SQLAlchemyError, RedisError, sqlite3.Error, OSError, TooSlow)


def register_host(database: Database, local_store: LocalStore) -> None:
    """Make this host one that every change waits for, then copy all routes.

    In this order: a change acknowledged before the registration is in the copy, and one after it waits for us. A host
    that was evicted, or whose database went back, must not vouch for its old copy, so it forgets `known` first.
    """
    local_store.forget_known()
    with database.writing() as session:
        session.merge(Host(id=local_store.host_id(), name=gethostname(), known=-1, seen_at=datetime.now(UTC)))
    with database.reading() as session:
        last = read_last_change(session)
        local_store.replace_all(last.n, read_all_routes(session), last.id)
    report_known(database, local_store)


def catch_up_host(changed_routes: ChangedRoutes, local_store: LocalStore) -> int | None:
    """Bring this host's copy to the state of the last committed change; return that, or None on a host that has none.

    Another process of this host may do the same at the same time: then whoever comes second starts again. Raises
    DatabaseWentBack when the change that this host knows is not in the database, or is another one there.
    """
    while (here := local_store.last_change()) is not None:
        changed = changed_routes.since(here)
        if changed is None:
            raise DatabaseWentBack(here.n, changed_routes.last().n)
        if changed.n == here.n or local_store.advance(here.n, changed):
            return changed.n
    return None


def report_known(database: Database, local_store: LocalStore) -> LastChange | None:
    """Tell everybody how far this host has followed, and return that.

    None if nobody waits for it any more because it was evicted; and if the database does not have that change: it may
    have been told by another server than the one that is asked now, before a failover.
    """
    host_id = local_store.host_id()
    with database.writing_once() as connection:
        here = local_store.last_change() or LastChange(-1, "")
        values = {"host_id": host_id, "n": here.n, "change_id": here.id, "seen_at": datetime.now(UTC)}
        return here if connection.execute(REPORT_KNOWN, values).rowcount == 1 else None


def catch_up_cache(changed_routes: ChangedRoutes, cache: CallRouteCache) -> None:
    """Bring Redis to the state of the last committed change: apply what it missed, or begin an empty hash.

    Whoever else does so at the same time wins; after TRIES the next round goes on. Right after a change, Redis most
    likely is in the state of the one before: from there it is moved without being asked first.
    """
    before = changed_routes.made_after
    if before and (changed := changed_routes.since(before)) and cache.apply(before, changed):
        return
    for _ in range(TRIES):
        seen = cache.last_change()
        changed = changed_routes.since(seen) if seen else None
        if seen and changed and changed.n == seen.n:
            return
        if seen is None or changed is None or len(changed.routes) > LARGEST_APPLY:
            last = changed_routes.last()
            is_done = cache.restart(seen.n if seen else None, last.n, last.id)
        else:
            is_done = cache.apply(seen, changed)
        if is_done:
            return


def go_past(database: Database, known: int) -> None:
    """Let the change numbers of a restored database go on beyond the ones that a host knows of its lost history.

    So `known` only ever grows, and no worker takes a new change for the one of the same number that it has followed.
    """
    with database.writing() as session:
        n = session.execute(update(ChangeCounter).values(n=ChangeCounter.n + 1).returning(ChangeCounter.n)).scalar_one()
        n = max(n, known + 1)
        session.execute(update(ChangeCounter).values(n=n))
        session.add(Change(n=n, made_by="keeper", action="database.went_back", before={"known": known}))


class DatabaseWentBack(SQLAlchemyError):
    """The database does not have the change that this host knows: it was restored from an older backup."""

    def __init__(self, known: int, n: int) -> None:
        self.known = known
        super().__init__(f"the database, at change {n}, does not have this host's change {known}")


class Keeper:
    """The background threads of one process: one follows the changes, the other drains, which may take its time."""

    def __init__(
        self,
        data_dir: Path,
        database: Database,
        local_store: LocalStore,
        cache: CallRouteCache | None,
        note: Note = say_nothing,
    ) -> None:
        self._data_dir = data_dir
        self._database = database
        self._local_store = local_store
        self._cache = cache
        self._reported: LastChange | None = None
        self._repairer = Threads(1, "cache-repair")
        self._chores = Chores("keeper", FAILURES, note)
        self._signal = ChangeSignal(database)
        self._follower = Background(
            "keeper", data_dir, FOLLOW_EVERY_SECONDS, lambda: self.keep_up(), self._signal.wait, self._stop_following
        )
        self._drainer = Background(
            "drainer", data_dir, DRAIN_EVERY_SECONDS, self._drain_as_chore, let_go=self._chores.forget
        )

    def start(self, stands_in: bool = False) -> None:
        """Begin to work in threads that end with their process; who stands in, while no other process works."""
        self._follower.start(stands_in)
        self._drainer.start(stands_in)

    def stop(self, seconds: float = 0.0) -> None:
        """Let the present rounds be the last, and wait for the end of each at most so long."""
        for each in (self._follower, self._drainer):
            each.stop(seconds / 2)

    def close(self) -> None:
        """Stop, and give the threads a moment to let go of what they have open."""
        self.stop(CLOSE_WITHIN_SECONDS)
        self._repairer.close()

    def work(self) -> None:
        """Do everything once. One part's failure does not keep the others from their work."""
        self.keep_up()
        self._drain_as_chore()

    def drain(self) -> int:
        """Move this host's call notes to the database; return how many events that were."""
        return drain(self._data_dir / "calls", self._local_store, self._database)

    def keep_up(self) -> None:
        """Follow the changes once, here and in Redis, which may hang: then this goes on without it after a second."""
        told = self._signal.take_told()
        if any(announcement.made_on == self._local_store.id_if_opened for announcement in told):
            time.sleep(MAKERS_START_SECONDS)
        changed_routes = ChangedRoutes(self._database, told=[announcement.step for announcement in told])
        self._chores.attempt("follow changes", lambda: self._mending(lambda: self._follow(changed_routes)))
        if changed_routes.told_last not in (None, self._reported):
            changed_routes.forget()  # the database has not confirmed what was told, and Redis is not to go there
        if cache := self._cache:
            repair = partial(catch_up_cache, changed_routes, cache)
            self._chores.attempt("repair cache", lambda: self._repairer.run(repair, REPAIR_WITHIN_SECONDS))

    def _stop_following(self) -> None:
        self._signal.close()
        self._chores.forget()

    def _drain_as_chore(self) -> None:
        self._chores.attempt("drain call notes", lambda: self._mending(self.drain))

    def _mending(self, work: Callable[[], object]) -> None:
        with self._local_store.mending():
            work()

    def _follow(self, changed_routes: ChangedRoutes) -> None:
        known = self._catch_up(changed_routes)
        if known is not None:
            is_reported = self._reported is not None and self._reported.n == known
            if is_reported and not self._chores.is_due("say alive", SAY_ALIVE_EVERY_SECONDS):
                return
            self._reported = report_known(self._database, self._local_store)
            if self._reported is not None:
                return
            self._signal.close()  # it may lead to another server
            self._catch_up(ChangedRoutes(self._database))
        self._reported = None
        register_host(self._database, self._local_store)

    def _catch_up(self, changed_routes: ChangedRoutes) -> int | None:
        try:
            return catch_up_host(changed_routes, self._local_store)
        except DatabaseWentBack as error:
            log.error("database went back; copying everything again", problem=str(error))
            go_past(self._database, error.known)
            return None
