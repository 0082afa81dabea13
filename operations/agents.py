"""Create, edit and delete agents. An edit renews the routes of all the agent's numbers."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import HANDOFF_KINDS, Agent, Number
from operations.changes import Changes, Outcome, Who
from operations.checking import read_handoff_target, read_name, read_phone_number
from operations.errors import Conflict, Invalid
from operations.finding import find_agent
from operations.named import check_name_is_free, find_all
from operations.showing import show_agent


def create_agent(
    changes: Changes, who: Who, name: str, handoff_kind: str, handoff_target: str, fallback_number: str | None = None
) -> dict[str, Any]:
    """Create an agent; raises Invalid for an unusable hand-off, Conflict when the name is taken."""
    agent = Agent(account_id=who.account, name=read_name(name, "an agent"))
    _set_handoff(agent, handoff_kind, handoff_target)
    agent.fallback_number = read_phone_number(fallback_number) if fallback_number else None
    with changes.making(who, "agent.created") as draft:
        check_name_is_free(draft.session, agent)
        draft.session.add(agent)
        draft.session.flush()
        draft.record([], None, show_agent(agent))
    return show_agent(agent)


def edit_agent(changes: Changes, who: Who, agent: str, **edits: str | None) -> tuple[dict[str, Any], Outcome]:
    """Edit an agent's `name`, `handoff_kind`, `handoff_target` or `fallback_number` (empty for none)."""
    with changes.making(who, "agent.edited") as draft:
        found = find_agent(draft.session, who.account, agent)
        before = show_agent(found)
        _apply_edits(found, edits)
        check_name_is_free(draft.session, found)
        after = show_agent(found)
        if after != before:
            draft.record(numbers_of_agent(draft.session, found.id), before, after)
    return after, draft.outcome


def delete_agent(changes: Changes, who: Who, agent: str) -> None:
    """Delete an agent; raises Conflict naming its numbers while it still has any."""
    with changes.making(who, "agent.deleted") as draft:
        found = find_agent(draft.session, who.account, agent)
        if numbers := numbers_of_agent(draft.session, found.id):
            raise Conflict("agent_has_numbers", f"“{found.name}” still answers {', '.join(numbers[:20])}.")
        draft.session.delete(found)
        draft.record([], show_agent(found), None)


def list_agents(session: Session, account_id: int) -> list[dict[str, Any]]:
    """Return the agents of an account by name."""
    return [show_agent(agent) for agent in find_all(session, Agent, account_id)]


def numbers_of_agent(session: Session, agent_id: int) -> list[str]:
    """Return the phone numbers that an agent answers, in order."""
    query = select(Number.phone_number).where(Number.agent_id == agent_id).order_by(Number.phone_number)
    return list(session.scalars(query))


def _apply_edits(agent: Agent, edits: dict[str, str | None]) -> None:
    name, kind, target = edits.get("name"), edits.get("handoff_kind"), edits.get("handoff_target")
    if name is not None:
        agent.name = read_name(name, "an agent")
    if kind is not None or target is not None:
        _set_handoff(agent, kind or agent.handoff_kind, target or agent.handoff_target)
    if (fallback_number := edits.get("fallback_number")) is not None:
        agent.fallback_number = read_phone_number(fallback_number) if fallback_number else None


def _set_handoff(agent: Agent, kind: str, target: str) -> None:
    if kind not in HANDOFF_KINDS:
        raise Invalid(f"A hand-off is one of: {', '.join(HANDOFF_KINDS)}.")
    agent.handoff_kind = kind
    agent.handoff_target = read_handoff_target(kind, target)
