"""Read call routes from the database, always together with the change number they are true for."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, and_, bindparam, func, literal_column, select
from sqlalchemy.exc import NoResultFound
from sqlalchemy.orm import Session, aliased

from models import Agent, Change, ChangeCounter, ChangedNumber, ForwardedLine, Location, Number
from models.one_of_many import is_one_of, planned_anew
from routing.call_route import PAUSED, PENDING, RELEASED, ROUTED, UNASSIGNED, UNKNOWN, CallRoute, LastChange, RoutesAsOf

NUMBERS_A_QUERY = 500
LINES = (
    select(func.aggregate_strings(ForwardedLine.phone_number, ","))
    .where(ForwardedLine.number_id == Number.id)
    .correlate(Number)
    .scalar_subquery()
)
ROUTE_COLUMNS = (
    Number.phone_number,
    Number.status,
    Number.account_id,
    Number.id.label("number_id"),
    Number.agent_id,
    Agent.name.label("agent_name"),
    Agent.handoff_kind,
    Agent.handoff_target,
    Agent.fallback_number,
    Number.location_id,
    Location.name.label("location_name"),
    Number.paused_treatment,
    Number.paused_message,
    Number.paused_forward_to,
    LINES.label("lines"),
)
IS_LIVE = Number.status != "released"
ROUTES = (
    select(*ROUTE_COLUMNS)
    .select_from(Number)
    .outerjoin(Agent, Agent.id == Number.agent_id)
    .outerjoin(Location, Location.id == Number.location_id)
)
ROUTES_IN_ORDER = ROUTES.order_by(IS_LIVE, Number.id)
ROUTES_OF_ONE = ROUTES_IN_ORDER.where(Number.phone_number == bindparam("phone_number"))
ROUTES_OF_MANY = ROUTES_IN_ORDER.where(is_one_of(Number.phone_number, "phone_numbers"))
# There is only one. PostgreSQL, which has no statistics of so small a table, would plan for thousands.
THE_COUNTER = ChangeCounter.id == literal_column("1")
ROUTE_NOW = (
    select(ChangeCounter.n, Change.id.label("change_id"), *ROUTE_COLUMNS)
    .select_from(ChangeCounter)
    .outerjoin(Change, Change.n == ChangeCounter.n)
    .outerjoin(Number, Number.phone_number == bindparam("phone_number"))
    .outerjoin(Agent, Agent.id == Number.agent_id)
    .outerjoin(Location, Location.id == Number.location_id)
    .where(THE_COUNTER)
    .order_by(IS_LIVE.desc(), Number.id.desc())
    .limit(1)
)
SEEN = bindparam("seen", type_=Change.n.type)
SEEN_CHANGE = aliased(Change)
CHANGED_SINCE = (
    select(ChangeCounter.n, Change.id.label("change_id"), SEEN_CHANGE.id.label("seen_id"), ChangedNumber.phone_number)
    .select_from(ChangeCounter)
    .outerjoin(Change, Change.n == ChangeCounter.n)
    .outerjoin(SEEN_CHANGE, SEEN_CHANGE.n == SEEN)
    .outerjoin(ChangedNumber, and_(ChangedNumber.n > SEEN, func.coalesce(SEEN_CHANGE.id, "") == bindparam("seen_id")))
    .where(THE_COUNTER)
    .distinct()
)


def read_route(connection: Connection, phone_number: str) -> RoutesAsOf:
    """Read one number's route and the change counter in one statement, which is one snapshot."""
    row = connection.execute(ROUTE_NOW, {"phone_number": phone_number}).one()
    route = CallRoute(phone_number, UNKNOWN) if row.number_id is None else _route(row)
    return RoutesAsOf(row.n, {phone_number: route}, row.change_id or "")


def read_last_change(session: Session) -> LastChange:
    """Return the last committed change as this session's snapshot sees it."""
    query = select(ChangeCounter.n, Change.id).outerjoin(Change, Change.n == ChangeCounter.n).where(THE_COUNTER)
    row = session.execute(query).one()
    return LastChange(row.n, row.id or "")


def read_routes_changed_since(session: Session, seen: LastChange) -> RoutesAsOf | None:
    """Return the routes, as they are now, of the numbers that the changes after `seen` name; None if it never happened.

    Then the database was restored from a backup: it has no such change, or another one under that number. `session`
    must be one snapshot: whoever held the state of `seen` and writes these routes holds that of the answer's `n`.
    Raises NoResultFound for a database that has tables and not even the counter's row: somebody is restoring it.
    """
    rows = session.execute(CHANGED_SINCE, {"seen": seen.n, "seen_id": seen.id}).all()
    if not rows:
        raise NoResultFound
    n, change_id, seen_id, _ = rows[0]
    if (seen_id or "") != seen.id:
        return None
    named = list({row.phone_number for row in rows if row.phone_number})
    return RoutesAsOf(n, read_routes_of(session, named), change_id or "")


def read_routes_of(session: Session, phone_numbers: Sequence[str]) -> dict[str, CallRoute]:
    """Return the routes of numbers, of however many; one that was never had is unknown."""
    routes = {phone_number: CallRoute(phone_number, UNKNOWN) for phone_number in phone_numbers}
    for start in range(0, len(phone_numbers), NUMBERS_A_QUERY):
        routes.update(read_some_routes(session, phone_numbers[start : start + NUMBERS_A_QUERY]))
    return routes


def read_all_routes(session: Session) -> Iterator[CallRoute]:
    """Stream the route of every number ever had; where one was had more than once, the one that counts comes last."""
    query = ROUTES.order_by(Number.phone_number, IS_LIVE, Number.id).execution_options(yield_per=5000)
    return (_route(row) for row in session.execute(query))


def read_some_routes(session: Session, phone_numbers: Sequence[str]) -> dict[str, CallRoute]:
    """Return the routes of numbers that are or were had, at most NUMBERS_A_QUERY of them."""
    if len(phone_numbers) == 1:
        found = session.execute(ROUTES_OF_ONE, {"phone_number": phone_numbers[0]})
    else:
        with planned_anew(session):
            found = session.execute(ROUTES_OF_MANY, {"phone_numbers": phone_numbers})
    return {row.phone_number: _route(row) for row in found}


def _route(row: Any) -> CallRoute:
    decision = decide(row.status, row.agent_id)
    is_paused = decision == PAUSED
    return CallRoute(
        phone_number=row.phone_number,
        decision=decision,
        account_id=row.account_id,
        number_id=row.number_id,
        agent_id=row.agent_id,
        agent_name=row.agent_name,
        handoff_kind=row.handoff_kind,
        handoff_target=row.handoff_target,
        fallback_number=row.fallback_number,
        location_id=row.location_id,
        location_name=row.location_name,
        paused_treatment=row.paused_treatment if is_paused else None,
        paused_message=row.paused_message if is_paused else None,
        paused_forward_to=row.paused_forward_to if is_paused else None,
        lines=tuple(sorted(row.lines.split(","))) if row.lines else (),
    )


def decide(status: str, agent_id: int | None) -> str:
    """Turn a number's status into what its callers meet."""
    if status == "active":
        return ROUTED if agent_id is not None else UNASSIGNED
    return {"paused": PAUSED, "released": RELEASED}.get(status, PENDING)
