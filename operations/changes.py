"""Make a change: commit it under its change number, then make it true everywhere before saying so.

The counter's row is taken first. All changes therefore happen one after another, their numbers are gapless and in
the order of the commits, and an edit of an agent cannot miss a number that is being given to it at the same time.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

import structlog
from sqlalchemy import Connection, String, bindparam, func, insert, select, text, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

from models import Base, Change, ChangeCounter, ChangedNumber, Database
from models.base import now
from models.change import new_change_id
from operations.cut_off import CutOffs
from operations.errors import DatabaseUnavailable, Invalid, OutcomeUnknown
from operations.in_force import InForce, Outcome
from operations.permissions import check_may
from routing.announcement import write_announcement
from routing.call_route import LastChange, RoutesAsOf, RoutesStep
from routing.call_route_cache import CallRouteCache
from routing.change_signal import announcing
from routing.changed_routes import ChangedRoutes
from routing.deadline import DATABASE_FAILURES, QUESTIONS_AT_ONCE, DeadlinedDatabase
from routing.local_store import LocalStore
from routing.route_queries import read_routes_of
from routing.threads import Threads, TooSlow

log = structlog.get_logger()
Answer = TypeVar("Answer")
BEGIN_WITHIN_SECONDS = 2.0
COMMIT_WITHIN_SECONDS = 5.0
# Reading the routes of more would hold up the changes that wait for their number.
ROUTES_READ_INSIDE = 1_000
# The tables and not the classes, whose statements SQLAlchemy takes another, longer way with.
TABLES = Base.metadata.tables
COUNTER, CHANGES = TABLES[ChangeCounter.__tablename__], TABLES[Change.__tablename__]
CHANGED_NUMBERS = TABLES[ChangedNumber.__tablename__]
# In words, because SQLAlchemy leaves the tables' names out of what SQLite is to return, and both columns are called n.
IS_THE_ONE_BEFORE = text("changes.n = change_counter.n - 1")
NEXT_NUMBER = (
    update(COUNTER)
    .values(n=COUNTER.c.n + 1)
    .returning(COUNTER.c.n, select(CHANGES.c.id).where(IS_THE_ONE_BEFORE).scalar_subquery().label("id_before"))
)
ADD_CHANGE = insert(CHANGES)
NAME_NUMBERS = insert(CHANGED_NUMBERS)
# PostgreSQL does it all with one statement.
NAMED = select(
    bindparam("named_by", type_=CHANGED_NUMBERS.c.n.type), func.unnest(bindparam("named", type_=ARRAY(String)))
)
NAMING = NAME_NUMBERS.from_select(["n", "phone_number"], NAMED).cte("naming")
ADD_NAME_AND_ANNOUNCE = announcing(ADD_CHANGE).add_cte(NAMING)


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


@dataclass(slots=True)
class Draft:
    """A change in the making. `session` holds its transaction, `n` will be its number, `made_on` is this host's id."""

    session: Session
    who: Who
    action: str
    n: int
    before: LastChange
    made_on: str
    id: str = field(default_factory=new_change_id)
    _named: list[str] = field(default_factory=list)
    _row: dict[str, Any] = field(default_factory=dict)
    _outcome: Outcome | None = None

    @property
    def is_recorded(self) -> bool:
        return bool(self._row)

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
        """Prepare the audit row, once, naming the phone numbers (E.164) whose routes this change may alter."""
        if self.is_recorded:
            raise RuntimeError("a change has one audit row")
        self.session.flush()
        self._named = sorted(set(phone_numbers))
        row = {"n": self.n, "id": self.id, "account_id": self.who.account_id, "made_by": self.who.name}
        row |= {"action": self.action, "before": before, "after": after, "reason": reason}
        row["made_at"] = now()  # SQLAlchemy fills in no default in a statement that has a second INSERT
        self._row = row

    def write(self) -> RoutesStep | None:
        """Write the audit row and announce the change, when all else is done; return what leads on from the one before.

        That is read while nobody else can change it, so that whoever follows right after the commit, here or on another
        host, need not ask the database again. None if it is much.
        """
        self.session.flush()
        step = None
        if len(self._named) <= ROUTES_READ_INSIDE:
            step = RoutesStep(self.before, RoutesAsOf(self.n, read_routes_of(self.session, self._named), self.id))
        if self.session.get_bind().dialect.name == "postgresql":
            more = {"named_by": self.n, "named": self._named, "announcement": write_announcement(self.made_on, step)}
            self.session.execute(ADD_NAME_AND_ANNOUNCE, self._row | more)
        else:
            self.session.execute(ADD_CHANGE, self._row)
            if self._named:
                self.session.execute(NAME_NUMBERS, [{"n": self.n, "phone_number": named} for named in self._named])
        return step


class Changes:
    """The one way to change what calls depend on.

    No server that stands still can hold whoever makes a change: what asks the database outside of the transaction does
    so in threads of our own, and the transaction's connection is cut off when its time is up.
    """

    def __init__(
        self, database: Database, deadlined: DeadlinedDatabase, local_store: LocalStore, cache: CallRouteCache | None
    ) -> None:
        self.database = database
        self.cut_offs = CutOffs()
        self._deadlined = deadlined
        self._local_store = local_store
        self._in_force = InForce(database, deadlined, local_store, cache)
        self._beginning = Threads(QUESTIONS_AT_ONCE, "change-begin")

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
            with self.cut_offs.after(COMMIT_WITHIN_SECONDS) as cut_off, self.database.writing(connection) as session:
                cut_off.watch(session)
                draft = _begin_change(session, who, action, self._local_store.id_if_opened)
                yield draft
                step = None
                if draft.is_recorded:
                    step = draft.write()
                else:
                    session.rollback()
                is_committing = True
        except (OperationalError, PoolTimeout, TooSlow) as error:
            log.error("change failed", action=action, problem=type(error).__name__)
            raise (OutcomeUnknown() if is_committing else DatabaseUnavailable()) from error
        n = draft.n if draft.is_recorded else draft.n - 1
        draft.ended(self.confirm(n, ChangedRoutes(self.database, made=step)))

    def ask(self, question: Callable[[Connection], Answer]) -> Answer:
        """Return the database's answer to a short question outside of any change.

        Raises DatabaseUnavailable within BEGIN_WITHIN_SECONDS, also if the server stands still.
        """
        try:
            return self._deadlined.ask(question, BEGIN_WITHIN_SECONDS)
        except DATABASE_FAILURES as error:
            raise DatabaseUnavailable from error

    def confirm(self, n: int, changed_routes: ChangedRoutes | None = None) -> Outcome:
        """Make change `n` true everywhere, as `InForce.confirm` does, with what is known already of what it changed."""
        return self._in_force.confirm(n, changed_routes or ChangedRoutes(self.database))

    def hosts_without(self, n: int) -> tuple[str, ...]:
        """Return the hosts on which change `n` is not in force yet, without waiting for them."""
        return self._in_force.hosts_without(n)

    def close(self) -> None:
        """End the threads that are not busy; one that hangs does not keep the process from ending."""
        self._in_force.close()
        self._beginning.close()
        self.cut_offs.close()


def _begin_change(session: Session, who: Who, action: str, host_id: str) -> Draft:
    """Take the next change number, which locks the counter until the end of the transaction.

    Who had to wait for the lock may not see the id of the change before; the one who follows then asks for it.
    """
    row = session.execute(NEXT_NUMBER).one()
    return Draft(session, who, action, row.n, LastChange(row.n - 1, row.id_before or ""), host_id)
