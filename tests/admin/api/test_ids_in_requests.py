"""An id of another account that is named in a body or in a query is like one that nobody has."""

import re
from typing import Any

import pytest
from werkzeug.test import TestResponse

from operations.add_number import add_number
from operations.agents import create_agent
from operations.changes import Changes, Who
from operations.locations import create_location
from simulator.rest import RunningSimulator
from tests.admin.api.conftest import Api

MISSING = 999_999_999
# {agent} is one of the own account; <agent> in a path, and agent in a body, the one of somebody else.
REQUESTS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "buy for an agent": ("POST", "/numbers", {"phone_number": "+14155550110", "agent_id": "agent"}),
    "buy for a location": ("POST", "/numbers", {"phone_number": "+14155550110", "location_id": "location"}),
    "assign to an agent": ("PATCH", "/numbers/{number}", {"agent_id": "agent", "move": True}),
    "assign to a location": ("PATCH", "/numbers/{number}", {"location_id": "location", "move": True}),
    "pause": ("POST", "/numbers/pause", {"numbers": ["number"]}),
    "resume": ("POST", "/numbers/resume", {"numbers": ["number"]}),
    "assign many": ("POST", "/numbers/assign", {"numbers": ["number"], "agent_id": None}),
    "give to an agent": ("PUT", "/agents/{agent}/numbers", {"numbers": ["number"], "move": True}),
    "give to a location": ("PUT", "/locations/{location}/numbers", {"numbers": ["number"], "move": True}),
    "repair": ("POST", "/sync/repairs", {"number_id": "number", "kind": "wrong_webhooks"}),
    "hand an agent's numbers on": ("DELETE", "/agents/{agent}?reassign_to=<agent>", {}),
    "hand a location's numbers on": ("DELETE", "/locations/{location}?reassign_to=<location>", {}),
    "list an agent's numbers": ("GET", "/numbers?agent_id=<agent>", {}),
    "list a location's numbers": ("GET", "/numbers?location_id=<location>", {}),
    "list a number's calls": ("GET", "/calls?number_id=<number>", {}),
    "list an agent's calls": ("GET", "/calls?agent_id=<agent>", {}),
    "list a location's calls": ("GET", "/calls?location_id=<location>", {}),
}


def make_one_of_each(changes: Changes, whose: Who, phone_number: str) -> dict[str, int]:
    """Give an account an agent, a location, and a number that has both."""
    agent = create_agent(changes, whose, "Clara", "client", "front-desk")
    location = create_location(changes, whose, "Downtown")
    number, _ = add_number(changes, whose, phone_number, "Clara", "Downtown")
    return {"agent": agent["id"], "location": location["id"], "number": number["id"]}


@pytest.fixture
def own(changes: Changes, other: Who) -> dict[str, int]:
    """The ids of what the stranger has."""
    return make_one_of_each(changes, other, "+14155550101")


@pytest.fixture
def theirs(changes: Changes, who: Who) -> dict[str, int]:
    """The ids of what the business has: one and the same for all three, because they are its first ones."""
    ids = make_one_of_each(changes, who, "+14155550100")
    assert len(set(ids.values())) == 1
    return ids


@pytest.mark.parametrize("request_name", REQUESTS)
def test_id_of_another_account_is_like_a_missing_one(
    stranger: Api, twilio_server: RunningSimulator, theirs: dict[str, int], own: dict[str, int], request_name: str
) -> None:
    """The same answer but for the id in it, and nothing of it is found or done."""
    of_theirs = ask(stranger, REQUESTS[request_name], own, theirs)
    of_nobody = ask(stranger, REQUESTS[request_name], own, dict.fromkeys(theirs, MISSING))

    assert of_nobody.status_code == (200 if request_name.startswith("list") else 404)
    assert of_theirs.status_code == of_nobody.status_code
    assert re.sub(rf"\b{theirs['agent']}\b", str(MISSING), of_theirs.text) == of_nobody.text


def ask(api: Api, request: tuple[str, str, dict[str, Any]], own: dict[str, int], named: dict[str, int]) -> TestResponse:
    """Ask it with the own ids where the path has {…}, and with the others everywhere else."""
    method, path, body = request
    path = re.sub(r"<(\w+)>", lambda found: str(named[found[1]]), path.format(**own))
    return api.ask(
        method, path, **({"json": {name: _named(value, named) for name, value in body.items()}} if body else {})
    )


def _named(value: Any, named: dict[str, int]) -> Any:
    if isinstance(value, list):
        return [_named(each, named) for each in value]
    return named.get(value, value) if isinstance(value, str) else value
