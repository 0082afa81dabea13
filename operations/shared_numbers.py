"""Which locations an agent answers for, and which agents a location has: derived from the numbers that they share.

Nothing of it is stored, so it cannot disagree with the numbers. It is no part of an agent's or a location's etag, nor
of the audit trail, which tells of a number's move already.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import Agent, Location, Number


def with_locations(session: Session, agents: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Add to agents, as shown, their `locations` by name and their `numbers_count`, with one query for all."""
    rows = _rows(session, (Number.agent_id, Location.id, Location.name), Location, agents)
    return [_with_shared(agent, "locations", rows) for agent in agents]


def with_agents(session: Session, locations: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Add to locations, as shown, their `agents` by name and their `numbers_count`, with one query for all."""
    rows = _rows(session, (Number.location_id, Agent.id, Agent.name), Agent, locations)
    return [_with_shared(location, "agents", rows) for location in locations]


def _rows(
    session: Session, columns: tuple[Any, Any, Any], other: type[Agent | Location], holders: Sequence[dict[str, Any]]
) -> dict[int, list[tuple[int | None, str | None, int]]]:
    """Return for each holder's id who shares numbers with it, and how many; the id None is nobody."""
    mine, other_id, other_name = columns
    query = (
        select(mine, other_id, other_name, func.count())
        .select_from(Number)
        .outerjoin(other)
        .where(mine.in_([holder["id"] for holder in holders]))
        .group_by(mine, other_id, other_name)
        .order_by(other_name, other_id)
    )
    found: dict[int, list[tuple[int | None, str | None, int]]] = {}
    for holder_id, *shared in session.execute(query):
        found.setdefault(holder_id, []).append(tuple(shared))
    return found


def _with_shared(
    holder: dict[str, Any], word: str, rows: dict[int, list[tuple[int | None, str | None, int]]]
) -> dict[str, Any]:
    mine = rows.get(holder["id"], [])
    shared = [{"id": other_id, "name": name} for other_id, name, _ in mine if other_id is not None]
    return holder | {word: shared, "numbers_count": sum(count for *_, count in mine)}
