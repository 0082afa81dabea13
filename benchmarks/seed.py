"""Fill an empty, migrated database with numbers that all have an agent and a location, and make the host's copy."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import insert

from app import create_app
from benchmarks.calls import phone_number
from config.settings import Settings
from models import Account, Agent, Database, Location, Number

AGENTS, LOCATIONS = 200, 50
BATCH = 5_000


def seed(settings: Settings, numbers: int) -> None:
    """Insert the numbers in bulk, which is safe before the host's first copy, then let the keeper make that copy."""
    database = Database(settings.database)
    with database.writing() as session:
        session.execute(insert(Account), [{"id": 1, "name": "Benchmark"}])
        session.execute(insert(Agent), [_agent(agent_id) for agent_id in range(1, AGENTS + 1)])
        session.execute(insert(Location), [_location(location_id) for location_id in range(1, LOCATIONS + 1)])
        for start in range(0, numbers, BATCH):
            session.execute(insert(Number), [_number(index) for index in range(start, min(start + BATCH, numbers))])
    database.close()
    app = create_app(settings)
    app.extensions["keeper"].work()
    app.extensions["close"]()


def agent_of(numbers: int) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield each number with what a handler needs to hand its calls over: the same that our routes hold."""
    for index in range(numbers):
        number = _number(index)
        agent, location = _agent(number["agent_id"]), _location(number["location_id"])
        yield (
            number["phone_number"],
            {
                "url": agent["handoff_target"],
                "agent_id": str(agent["id"]),
                "agent_name": agent["name"],
                "location_id": str(location["id"]),
                "location_name": location["name"],
            },
        )


def _agent(agent_id: int) -> dict[str, Any]:
    return {
        "id": agent_id,
        "account_id": 1,
        "name": f"Agent {agent_id}",
        "handoff_kind": "stream",
        "handoff_target": f"wss://agents.example.com/{agent_id}",
    }


def _location(location_id: int) -> dict[str, Any]:
    return {"id": location_id, "account_id": 1, "name": f"Location {location_id}"}


def _number(index: int) -> dict[str, Any]:
    return {
        "account_id": 1,
        "phone_number": phone_number(index),
        "status": "active",
        "agent_id": 1 + index % AGENTS,
        "location_id": 1 + index % LOCATIONS,
    }
