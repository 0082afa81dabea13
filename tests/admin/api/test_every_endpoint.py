"""What holds for every endpoint there is, and for each that will be: tokens, roles, tenants."""

import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from admin.api import ENDPOINTS
from admin.api.answers import PREFIX
from admin.api.endpoint import Endpoint
from operations.add_number import add_number
from operations.agents import create_agent
from operations.changes import Changes, Who
from operations.forwarded_lines import add_line
from operations.locations import create_location
from operations.permissions import may
from operations.tokens import create_token
from operations.users import create_user
from tests.admin.api.conftest import ROLES, Api
from tests.admin.api.usual_requests import path_of, usual_request
from tests.operations.past_calls import store_call

Ids = dict[str, int | str]
MISSING: dict[type, int | str] = {int: 999_999_999, str: "CA" + "9" * 32}
WITH_ID = [(endpoint, name) for endpoint in ENDPOINTS for name in endpoint.path_types]


@pytest.fixture
def one_of_everything(changes: Changes) -> Callable[[Who, int], Ids]:
    """Give an account one of everything; return the ids by the names that they have in paths."""

    def make(whose: Who, index: int) -> Ids:
        agent = create_agent(changes, whose, "Clara", "phone", "+14155550182")
        location = create_location(changes, whose, "Downtown")
        number, outcome = add_number(changes, whose, f"+1415555010{index}", "Clara", "Downtown")
        user = create_user(changes, whose, f"zoe{index}@example.com", "member")
        return {
            "agent_id": agent["id"],
            "location_id": location["id"],
            "number_id": number["id"],
            "user_id": user["id"],
            "line_id": add_line(changes, whose, number["id"], f"+1415555015{index}")[0]["id"],
            "token_id": create_token(changes, whose, "member")["id"],
            "n": outcome.n,
            "call_sid": store_call(changes, whose.account_id, "2026-03-01T12:00Z"),
        }

    return make


@pytest.fixture
def theirs(one_of_everything: Callable[[Who, int], Ids], who: Who) -> Ids:
    """What the business has."""
    return one_of_everything(who, 0)


@pytest.fixture
def own(one_of_everything: Callable[[Who, int], Ids], other: Who) -> Ids:
    """What the stranger has."""
    return one_of_everything(other, 1)


def test_every_endpoint_asks_for_a_token(client: FlaskClient) -> None:
    """Before anything else, so that nobody learns what there is."""
    asked = [(endpoint.method, PREFIX + path_of(endpoint, missing_ids(endpoint))) for endpoint in ENDPOINTS]
    statuses = {(method, path): client.open(path, method=method, data=b"{").status_code for method, path in asked}

    assert {asked: status for asked, status in statuses.items() if status != 401} == {}


@pytest.mark.parametrize("role", ROLES)
def test_every_endpoint_is_open_to_the_roles_of_the_table_only(api_of: Callable[..., Api], role: str) -> None:
    """403 for all others; asked for what does not exist, so that nothing is done."""
    api = api_of(role)
    answers = {endpoint.name: ask(api, endpoint, missing_ids(endpoint)) for endpoint in ENDPOINTS}

    refused = {name: answer.json["code"] for name, answer in answers.items() if answer.status_code == 403}
    assert refused == {endpoint.name: "forbidden" for endpoint in ENDPOINTS if not may(role, endpoint.action)}


def test_every_id_of_another_account_is_like_one_that_is_missing(stranger: Api, own: Ids, theirs: Ids) -> None:
    """404, byte for byte the same but for the id in it, whichever id of a path it is and whatever is asked."""
    assert len(WITH_ID) > 8
    for endpoint, name in WITH_ID:
        missing = MISSING[endpoint.path_types[name]]
        of_theirs = ask(stranger, endpoint, own | {name: theirs[name]})
        of_nobody = ask(stranger, endpoint, own | {name: missing})

        assert (of_theirs.status_code, of_nobody.status_code) == (404, 404), endpoint.name
        assert re.sub(rf"\b{theirs[name]}\b", str(missing), of_theirs.text) == of_nobody.text, endpoint.name
        assert {*of_theirs.headers.keys()} == {*of_nobody.headers.keys()}, endpoint.name


def test_owner_finds_what_the_stranger_did_not(api: Api, theirs: Ids) -> None:
    """The ids of the test above are really somebody's."""
    found = {
        endpoint.name: ask(api, endpoint, theirs).status_code for endpoint, _ in WITH_ID if endpoint.method == "GET"
    }

    assert {name: status for name, status in found.items() if status != 200} == {}


def ask(api: Api, endpoint: Endpoint, ids: Ids) -> TestResponse:
    return api.ask(endpoint.method, path_of(endpoint, ids), **usual_request(endpoint))


def missing_ids(endpoint: Endpoint) -> Ids:
    return {name: MISSING[kind] for name, kind in endpoint.path_types.items()}
