"""Make a change: commit it under its change number, then make it true everywhere before saying so.

The counter's row is taken first. All changes therefore happen one after another, their numbers are gapless and in
the order of the commits, and an edit of an agent cannot miss a number that is being given to it at the same time.
"""

import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, TypeVar

import structlog
from redis import RedisError
from sqlalchemy import Connection, insert, select, update
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

from models import Change, ChangeCounter, ChangedNumber, Database, Host
from operations.cut_off import cutting_off_after
from operations.errors import DatabaseUnavailable, Invalid, OutcomeUnknown
from operations.permissions import check_may
from routing.call_route_cache import CallRouteCache
from routing.change_signal import announce_change
from routing.changed_routes import ChangedRoutes
from routing.deadline import DATABASE_FAILURES, QUESTIONS_AT_ONCE, DeadlinedDatabase
from routing.keeper import catch_up_cache, catch_up_host, report_known
from routing.local_store import LocalStore
from routing.threads import Threads, TooSlow

log = structlog.get_logger()
Answer = TypeVar("Answer")
BEGIN_WITHIN_SECONDS = 2.0
COMMIT_WITHIN_SECONDS = 5.0
CONFIRM_WITHIN_SECONDS = 2.0
FIRST_ASKED_AFTER_SECONDS = 0.001
ASK_EVERY_SECONDS = 0.02
SHORTEST_QUESTION_SECONDS = 0.1
NOBODY_TO_ASK = ("every host, because the database does not answer",)


@dataclass(frozen=True, slots=True)
class Who:
    """Who makes a change, for the audit trail, with which role (`permissions.py`), and in which account.

    None is no account, or one that is being made.
    """

    account_id: int | None
    name: str
    role: str

    @property
    def account(self) -> int:
        """Return the account's id, for what is only done in one; raise Invalid if none was named."""
        if self.account_id is None:
            raise Invalid("Say in which account this is to be done.")
        return self.account_id


@dataclass(frozen=True, slots=True)
class Outcome:
    """How far change `n` got: in force on every host, or not yet on those named in `unconfirmed`.

    `warnings` are sentences about what is still open elsewhere, such as at Twilio.
    """

    n: int
    in_force: bool
    unconfirmed: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    def warning(self, *sentences: str) -> "Outcome":
        """Return the same outcome with more warnings."""
        return replace(self, warnings=(*self.warnings, *sentences))


@dataclass(slots=True)
class Draft:
    """A change in the making. `session` holds its transaction, `n` will be its number."""

    session: Session
    who: Who
    action: str
    n: int
    is_recorded: bool = False
    _outcome: Outcome | None = None

    @property
    def outcome(self) -> Outcome:
        """How far the change got; only known after its block has ended."""
        if self._outcome is None:
            raise RuntimeError("the change is still being made")
        return self._outcome

    def ended(self, outcome: Outcome) -> None:
        self._outcome = outcome

    def record(
        self,
        phone_numbers: Iterable[str],
        before: dict[str, Any] | None,
        after: dict[str, Any] | None,
        reason: str | None = None,
    ) -> None:
        """Write the audit row, naming the phone numbers (E.164) whose routes this change may alter."""
        row = {"n": self.n, "account_id": self.who.account_id, "made_by": self.who.name, "action": self.action}
        self.session.flush()
        self.session.execute(insert(Change).values(**row, before=before, after=after, reason=reason))
        named = [{"n": self.n, "phone_number": phone_number} for phone_number in sorted(set(phone_numbers))]
        if named:
            self.session.execute(insert(ChangedNumber), named)
        announce_change(self.session)
        self.is_recorded = True


class Changes:
    """The one way to change what calls depend on.

    No server that stands still can hold whoever makes a change: what asks the database outside of the transaction does
    so in threads of our own, and the transaction's connection is cut off when its time is up.
    """

    def __init__(self, database: Database, local_store: LocalStore, cache: CallRouteCache | None) -> None:
        self.database = database
        self._local_store = local_store
        self._cache = cache
        self._deadlined = DeadlinedDatabase(database, "change-query")
        self._beginning = Threads(QUESTIONS_AT_ONCE, "change-begin")
        # A single one, because each thread that touches the local store opens a connection to it.
        self._applying = Threads(1, "change-apply")

    @contextmanager
    def making(self, who: Who, action: str) -> Iterator[Draft]:
        """Open a change; at the end of the block commit it and make it true everywhere. `draft.outcome` tells how far.

        A block that records nothing, because everything is already as wanted, commits nothing, but the outcome is the
        same: whatever is committed so far is applied and confirmed (again). Raises DatabaseUnavailable when nothing
        was changed, OutcomeUnknown when the commit itself was cut off: both within BEGIN_WITHIN_SECONDS and
        COMMIT_WITHIN_SECONDS, also if the server stands still. Raises Forbidden before anything else.
        """
        check_may(who.role, action)
        is_committing = False
        try:
            # The pool asks the server whether a connection still is one, and would wait for the answer for ever.
            connection = self._beginning.run(self.database.engine.connect, BEGIN_WITHIN_SECONDS)
            with cutting_off_after(COMMIT_WITHIN_SECONDS) as cut_off, self.database.writing(connection) as session:
                cut_off.watch(session)
                draft = Draft(session, who, action, _take_change_number(session))
                yield draft
                if not draft.is_recorded:
                    session.rollback()
                is_committing = True
        except (OperationalError, PoolTimeout, TooSlow) as error:
            log.error("change failed", action=action, problem=type(error).__name__)
            raise (OutcomeUnknown() if is_committing else DatabaseUnavailable()) from error
        draft.ended(self.confirm(draft.n if draft.is_recorded else draft.n - 1))

    def ask(self, question: Callable[[Connection], Answer]) -> Answer:
        """Return the database's answer to a short question outside of any change.

        Raises DatabaseUnavailable within BEGIN_WITHIN_SECONDS, also if the server stands still.
        """
        try:
            return self._deadlined.ask(question, BEGIN_WITHIN_SECONDS)
        except DATABASE_FAILURES as error:
            raise DatabaseUnavailable from error

    def confirm(self, n: int) -> Outcome:
        """Make change `n` true on this host and in Redis, and wait until every registered host has followed it.

        Redis is not waited for: nobody believes it before it has caught up. Returns within about
        CONFIRM_WITHIN_SECONDS, whatever the database does.
        """
        give_up_at = time.monotonic() + CONFIRM_WITHIN_SECONDS
        with suppress(TooSlow):  # then the keepers will do it
            self._applying.run(self._apply_here, CONFIRM_WITHIN_SECONDS)
        asked_after = FIRST_ASKED_AFTER_SECONDS
        unconfirmed: tuple[str, ...] = NOBODY_TO_ASK
        while True:
            # The last question has little time. If it has no answer, whoever was behind before is still named.
            unconfirmed = self._ask_who_is_behind(n, give_up_at - time.monotonic(), unconfirmed)
            if not unconfirmed or time.monotonic() >= give_up_at:
                return Outcome(n, not unconfirmed, unconfirmed)
            time.sleep(asked_after)
            asked_after = min(asked_after * 2, ASK_EVERY_SECONDS)

    def hosts_without(self, n: int) -> tuple[str, ...]:
        """Return the hosts on which change `n` is not in force yet, without waiting for them."""
        return self._ask_who_is_behind(n, SHORTEST_QUESTION_SECONDS)

    def close(self) -> None:
        """End the threads that are not busy; one that hangs does not keep the process from ending."""
        self._deadlined.close()
        self._applying.close()
        self._beginning.close()

    def _ask_who_is_behind(
        self, n: int, seconds: float, if_nobody_knows: tuple[str, ...] = NOBODY_TO_ASK
    ) -> tuple[str, ...]:
        try:
            question = partial(hosts_behind, n=n)
            return self._deadlined.ask(question, max(seconds, SHORTEST_QUESTION_SECONDS))
        except DATABASE_FAILURES:
            return if_nobody_knows

    def _apply_here(self) -> None:
        """Spare the keepers' next round on this host; if anything fails here, they will do it."""
        try:
            changed_routes = ChangedRoutes(self.database)
            if catch_up_host(changed_routes, self._local_store) is not None:
                report_known(self.database, self._local_store)
            if self._cache is not None:
                catch_up_cache(changed_routes, self._cache)
        except (SQLAlchemyError, RedisError, sqlite3.Error, OSError) as error:
            log.warning("change not applied at once", problem=type(error).__name__)


def hosts_behind(connection: Connection, n: int) -> tuple[str, ...]:
    """Return the names of the registered hosts that have not reported change `n` yet."""
    query = select(Host.name, Host.id).where(Host.known < n).order_by(Host.name)
    return tuple(f"{name} ({host_id[:8]})" for name, host_id in connection.execute(query))


def _take_change_number(session: Session) -> int:
    taken = update(ChangeCounter).values(n=ChangeCounter.n + 1).returning(ChangeCounter.n)
    return session.execute(taken).scalar_one()
