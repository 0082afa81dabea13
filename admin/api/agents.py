"""/agents: who answers calls."""

from typing import Annotated, Literal

from pydantic import Field

from admin.api.answers import Changed, Created, Deleted, One, PageOf, Row
from admin.api.asked import Asked
from admin.api.endpoint import Resource
from admin.api.schema import (
    LEFT_OUT,
    Etag,
    HeirQuery,
    Id,
    Moment,
    Name,
    PageQuery,
    PhoneNumber,
    Reference,
    Shown,
    Taken,
)
from operations.agents import create_agent, delete_agent, edit_agent, get_agent, read_agents
from operations.checking import LONGEST_URL
from operations.in_force import Outcome
from operations.pages import Page
from operations.permissions import READ

HandoffKind = Literal["stream", "conversation_relay", "sip", "phone", "client", "redirect"]
Target = Annotated[
    str, Field(min_length=1, max_length=LONGEST_URL, description="URL, SIP URI, phone number or client identity.")
]
agents = Resource("Agents")


class NewAgent(Taken):
    """An agent to create: how a call is handed to it, and who is dialled when that fails."""

    name: Name
    handoff_kind: HandoffKind
    handoff_target: Target
    fallback_number: PhoneNumber | None = None


class AgentEdits(Taken):
    """What is to be different about an agent; `fallback_number` null is none."""

    name: Name = LEFT_OUT
    handoff_kind: HandoffKind = LEFT_OUT
    handoff_target: Target = LEFT_OUT
    fallback_number: PhoneNumber | None = None


class ShownAgent(Shown):
    """Somebody or something that answers calls."""

    id: Id
    name: str
    handoff_kind: HandoffKind
    handoff_target: str
    fallback_number: str | None
    created_at: Moment
    locations: Annotated[list[Reference], Field(description="Those that share numbers with it. No part of the etag.")]
    numbers_count: int
    etag: Etag


@agents.get("/agents", READ, PageOf(ShownAgent))
def show_all(asked: Asked, query: PageQuery) -> Page:
    """List the agents by name."""
    with asked.reading() as session:
        return read_agents(session, asked.account, query.cursor, query.limit)


@agents.post("/agents", "agent.created", Created(ShownAgent, "/agents/{id}"), errors=(409,))
def create(asked: Asked, body: NewAgent) -> Row:
    """Create an agent."""
    return create_agent(asked.changes, asked.who, **body.given())


@agents.get("/agents/{agent_id}", READ, One(ShownAgent))
def show(asked: Asked, agent_id: int) -> Row:
    """Show an agent."""
    with asked.reading() as session:
        return get_agent(session, asked.account, agent_id)


@agents.patch("/agents/{agent_id}", "agent.edited", Changed(ShownAgent), errors=(409,), if_match=True)
def edit(asked: Asked, agent_id: int, body: AgentEdits) -> tuple[Row, Outcome]:
    """Edit an agent; the routes of all its numbers follow."""
    edits = {name: value or "" for name, value in body.given().items()}
    return edit_agent(asked.changes, asked.who, agent_id, if_match=asked.if_match, **edits)


@agents.delete("/agents/{agent_id}", "agent.deleted", Deleted(), errors=(409,), if_match=True)
def delete(asked: Asked, agent_id: int, query: HeirQuery) -> Outcome:
    """Delete an agent, and say whose its numbers are to be if it has any."""
    return delete_agent(asked.changes, asked.who, agent_id, query.heir, asked.if_match)
