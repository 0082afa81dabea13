"""What an account still lacks: agents without numbers, locations that nobody answers for, and steps of the set-up."""

from typing import Any

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session

from models import Agent, Call, Location, Number

# Enough to act on; nobody reads a longer list on a start page.
MOST_SHOWN = 6


def idle_agents(session: Session, account_id: int) -> list[dict[str, Any]]:
    """Return agents of the account that have no number, by name; one more than MOST_SHOWN tells that there are more."""
    has_number = exists().where(Number.agent_id == Agent.id)
    query = select(Agent.id, Agent.name).where(Agent.account_id == account_id, ~has_number).order_by(Agent.name)
    return [{"id": row.id, "name": row.name} for row in session.execute(query.limit(MOST_SHOWN + 1))]


def uncovered_locations(session: Session, account_id: int) -> list[dict[str, Any]]:
    """Return locations of the account without any number that receives calls, by name; MOST_SHOWN + 1 at most."""
    is_covered = exists().where(Number.location_id == Location.id, _receives_calls())
    query = select(Location.id, Location.name).where(Location.account_id == account_id, ~is_covered)
    found = session.execute(query.order_by(Location.name).limit(MOST_SHOWN + 1))
    return [{"id": row.id, "name": row.name} for row in found]


def set_up_steps(session: Session, account_id: int) -> dict[str, bool]:
    """Return which steps of the set-up are done: has it an agent, a location, a number, one assigned, a call?"""
    is_live = (Number.account_id == account_id, Number.status != "released")
    steps = {
        "agent": exists().where(Agent.account_id == account_id),
        "location": exists().where(Location.account_id == account_id),
        "number": exists().where(*is_live),
        "assigned": exists().where(*is_live, Number.agent_id.is_not(None)),
        "call": exists().where(Call.account_id == account_id),
    }
    return {name: bool(session.scalar(select(condition))) for name, condition in steps.items()}


def number_to_call(session: Session, account_id: int) -> int | None:
    """Return the id of the account's newest number that receives calls: the one to try first."""
    query = select(Number.id).where(Number.account_id == account_id, _receives_calls()).order_by(Number.id.desc())
    return session.scalar(query.limit(1))


def _receives_calls() -> ColumnElement[bool]:
    return (Number.status == "active") & Number.agent_id.is_not(None)
