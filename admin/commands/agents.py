"""`flask agents create|edit|delete|numbers|list`."""

import click

from admin.commands.numbers_of import add_numbers_command
from admin.commands.shell import (
    Commands,
    account_id,
    account_option,
    changes,
    columns_of,
    json_option,
    tell,
    tell_rows,
    who,
)
from models import HANDOFF_KINDS
from operations.agents import create_agent, delete_agent, edit_agent, list_agents
from operations.holders import AGENT

agents = Commands("agents", help="Agents: who answers calls.")


@agents.command("create")
@click.argument("name")
@click.option("--handoff", type=click.Choice(HANDOFF_KINDS), required=True, help="How a call is handed to the agent.")
@click.option("--to", "target", required=True, help="URL, SIP URI, phone number or identity, as the hand-off asks for.")
@click.option("--fallback-number", help="Phone number to dial when the hand-off fails.")
@account_option
@json_option
def create(
    name: str, handoff: str, target: str, fallback_number: str | None, account: str | None, as_json: bool
) -> None:
    """Create an agent."""
    agent = create_agent(changes(), who(account), name, handoff, target, fallback_number)
    tell(as_json, agent, f"Agent {agent['id']} “{agent['name']}” created.")


@agents.command("edit")
@click.argument("agent")
@click.option("--name")
@click.option("--handoff", type=click.Choice(HANDOFF_KINDS))
@click.option("--to", "target")
@click.option("--fallback-number", help="Phone number; empty for none.")
@account_option
@json_option
def edit(
    agent: str,
    name: str | None,
    handoff: str | None,
    target: str | None,
    fallback_number: str | None,
    account: str | None,
    as_json: bool,
) -> None:
    """Edit an agent (by name or id); the routes of all its numbers follow."""
    edits = {"name": name, "handoff_kind": handoff, "handoff_target": target, "fallback_number": fallback_number}
    edited, outcome = edit_agent(changes(), who(account), agent, **edits)
    tell(as_json, edited, f"Agent “{edited['name']}” edited.", outcome)


@agents.command("delete")
@click.argument("agent")
@click.option("--reassign-to", metavar="AGENT", help="Who gets its numbers; “none” leaves them to nobody.")
@account_option
@json_option
def delete(agent: str, reassign_to: str | None, account: str | None, as_json: bool) -> None:
    """Delete an agent; one that has numbers hands them on, or stays."""
    outcome = delete_agent(changes(), who(account), agent, reassign_to)
    tell(as_json, {}, "Agent deleted.", outcome)


add_numbers_command(agents, AGENT)


@agents.command("list")
@account_option
@json_option
def list_command(account: str | None, as_json: bool) -> None:
    """List the agents."""
    with changes().database.reading() as session:
        rows = list_agents(session, account_id(account))
    tell_rows(
        as_json,
        rows,
        {
            **columns_of("id", "name", "handoff_kind", "handoff_target", "fallback_number"),
            "numbers": lambda row: row["numbers_count"],
            "locations": lambda row: ", ".join(location["name"] for location in row["locations"]),
        },
    )
