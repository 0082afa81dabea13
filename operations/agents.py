"""Create, edit and delete agents. An edit renews the routes of all the agent's numbers."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy.orm import Session

from models import HANDOFF_KINDS, Agent
from operations.changes import Changes, Who
from operations.checking import read_name, read_phone_number
from operations.delete_holder import delete_holder
from operations.dialled_numbers import check_may_be_dialled, dialled_by
from operations.errors import Invalid, at_field
from operations.finding import find_agent
from operations.handoff_target import read_target_to_save
from operations.holders import AGENT, numbers_held
from operations.in_force import Outcome
from operations.named import check_name_is_free, find_all, find_named
from operations.pages import USUAL_PAGE, Order, Page, read_page
from operations.shared_numbers import with_locations
from operations.showing import check_is_unchanged, show_agent

BY_NAME = Order((Agent.name, Agent.id))


def create_agent(
    changes: Changes, who: Who, name: str, handoff_kind: str, handoff_target: str, fallback_number: str | None = None
) -> dict[str, Any]:
    """Create an agent.

    Raises Invalid for an unusable hand-off, Conflict when the name is taken or a telephone would be a loop.
    """
    agent = Agent(account_id=who.account, name=read_name(name, "an agent"))
    _set_handoff(agent, handoff_kind, handoff_target)
    agent.fallback_number = read_phone_number(fallback_number) if fallback_number else None
    with changes.making(who, "agent.created") as draft:
        check_name_is_free(draft.session, agent)
        _check_telephones(draft.session, agent)
        draft.session.add(agent)
        draft.session.flush()
        draft.record([], None, show_agent(agent))
        [shown] = with_locations(draft.session, [show_agent(agent)])
    return shown


def edit_agent(
    changes: Changes, who: Who, agent: str | int, *, if_match: str | None = None, **edits: str | None
) -> tuple[dict[str, Any], Outcome]:
    """Edit an agent's `name`, `handoff_kind`, `handoff_target` or `fallback_number` (empty for none).

    Raises as `create_agent` does; what it dialled before is not asked about again.
    """
    with changes.making(who, "agent.edited") as draft:
        found = find_agent(draft.session, who.account, agent)
        before, dialled_before = show_agent(found), dialled_by(found).values()
        numbers = numbers_held(draft.session, AGENT, found.id)
        check_is_unchanged(before, if_match)
        _apply_edits(found, edits)
        check_name_is_free(draft.session, found)
        _check_telephones(draft.session, found, dialled_before, [number.id for number in numbers])
        after = show_agent(found)
        if after != before:
            draft.record([number.phone_number for number in numbers], before, after)
        [shown] = with_locations(draft.session, [after])
    return shown, draft.outcome


def delete_agent(
    changes: Changes, who: Who, agent: str | int, reassign_to: str | int | None = None, if_match: str | None = None
) -> Outcome:
    """Delete an agent; raises Conflict naming its numbers unless it is said which agent they go to, or “none”."""
    return delete_holder(changes, who, AGENT, agent, reassign_to, if_match)


def list_agents(session: Session, account_id: int) -> list[dict[str, Any]]:
    """Return the agents of an account by name, each with its locations."""
    return with_locations(session, [show_agent(agent) for agent in find_all(session, Agent, account_id)])


def read_agents(
    session: Session, account_id: int, cursor: str | None = None, limit: int = USUAL_PAGE, search: str | None = None
) -> Page:
    """Return a page of the agents of an account by name, each with its locations; those with `search` in their name."""
    query = find_named(Agent, account_id, search)
    page = read_page(session, query, BY_NAME, show_agent, cursor, limit)
    return Page(with_locations(session, page.rows), page.next_cursor)


def get_agent(session: Session, account_id: int, agent: str | int) -> dict[str, Any]:
    """Return an agent (by name or id) with its locations; raises NotFound."""
    [shown] = with_locations(session, [show_agent(find_agent(session, account_id, agent))])
    return shown


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
    is_as_before = (kind, target.strip()) == (agent.handoff_kind, agent.handoff_target)
    agent.handoff_kind = kind
    with at_field("handoff_target"):
        agent.handoff_target = target.strip() if is_as_before else read_target_to_save(kind, target)


def _check_telephones(
    session: Session, agent: Agent, before: Collection[str] = (), answering: Sequence[int] = ()
) -> None:
    """Raise what `check_may_be_dialled` raises for the telephones of an agent that it did not dial `before`."""
    for field, phone_number in dialled_by(agent).items():
        if phone_number not in before:
            with at_field(field):
                check_may_be_dialled(session, phone_number, answering)
