"""What the API takes and no more: no field that is another's, no costly destination."""

from collections.abc import Callable
from typing import Any

import pytest

from admin.api import ENDPOINTS
from admin.api.endpoint import Endpoint
from operations.add_number import add_number
from operations.agents import create_agent
from operations.changes import Changes, Who
from tests.admin.api.conftest import Api
from tests.admin.api.usual_requests import path_of, usual_request
from tests.attack.foreign_fields import FOREIGN

WITH_A_BODY = [endpoint for endpoint in ENDPOINTS if endpoint.body]
# Texts of request bodies: those that are dialled, and all others. A new one must be told which it is.
DESTINATIONS = {"handoff_target", "fallback_number", "forward_to", "paused_forward_to"}
OTHER_TEXTS = {
    *("phone_number", "line", "name", "label", "reason", "message", "treatment", "until", "timezone", "handoff_kind"),
    *("email", "role", "kind", "action", "type", "country", "confirm", "resume_at", "test_phone"),
    *("paused_message", "paused_treatment"),
}
COSTLY = ("+19002345678", "+4418712345678", "+881612345678", "+97912345678", "+882161234567")


def missing(endpoint: Endpoint) -> dict[str, Any]:
    return {name: 999_999 if kind is int else "CA" + "9" * 32 for name, kind in endpoint.path_types.items()}


@pytest.mark.parametrize("stack", ["sqlite"], indirect=True)
def test_no_body_takes_a_field_of_something_else(api: Api) -> None:
    """Each column and each shown field that an endpoint does not declare is refused by name; nothing is ignored."""
    assert len(WITH_A_BODY) > 15
    for endpoint in WITH_A_BODY:
        usual = usual_request(endpoint)
        foreign = set(FOREIGN) - set(endpoint.body.model_fields)
        sent = usual | {"json": usual["json"] | dict.fromkeys(foreign, 1)}

        answer = api.ask(endpoint.method, path_of(endpoint, missing(endpoint)), **sent)

        assert answer.status_code == 422, endpoint.name
        assert {error["pointer"].removeprefix("#/") for error in answer.json["errors"]} >= foreign, endpoint.name


@pytest.mark.parametrize("stack", ["sqlite"], indirect=True)
def test_no_query_takes_a_parameter_of_something_else(api: Api) -> None:
    """A filter that is not looked at would show what was not asked for."""
    for endpoint in ENDPOINTS:
        sent = usual_request(endpoint)
        sent["query_string"] |= {"account_id": "2"}

        answer = api.ask(endpoint.method, path_of(endpoint, missing(endpoint)), **sent)

        assert answer.status_code == 422, endpoint.name
        assert [error["parameter"] for error in answer.json["errors"]] == ["account_id"], endpoint.name


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "9999-12-31"])
def test_moment_at_the_ends_of_time_is_no_error_of_ours(api: Api, changes: Changes, who: Who, moment: str) -> None:
    """Where it cannot be told in UTC any more, it is refused."""
    number = add_number(changes, who, "+14155550100")[0]["id"]

    asked = [
        api.post(f"/numbers/{number}/pause", json={"resume_at": moment}),
        *(api.get(path, query_string={"from": moment}) for path in ("/calls", "/changes", "/calls/statistics")),
        *(api.get(path, query_string={"until": moment}) for path in ("/calls", "/changes", "/calls/statistics")),
        api.get(f"/numbers/{number}/what-if", query_string={"at": moment}),
    ]

    assert [answer.status_code for answer in asked if answer.status_code not in (200, 422)] == []


def test_every_text_of_a_body_is_known_for_a_destination_or_none() -> None:
    """So that nobody adds one which is dialled and not looked at."""
    bodies = [endpoint.body.model_json_schema() for endpoint in WITH_A_BODY]
    schemas = [schema for body in bodies for schema in (body, *body.get("$defs", {}).values())]
    texts = {name for schema in schemas for name, field in schema.get("properties", {}).items() if is_text(field)}

    assert texts - OTHER_TEXTS - DESTINATIONS == set()
    assert texts >= DESTINATIONS


def is_text(field: dict[str, Any]) -> bool:
    return any(kind.get("type") == "string" for kind in (field, *field.get("anyOf", [])))


def test_no_destination_costs_a_fortune_or_comes_back(
    api: Api, api_of: Callable[..., Api], changes: Changes, who: Who, other: Who
) -> None:
    """Premium-rate, shared-cost, satellite, global numbers, our own and other accounts': refused in each field."""
    agent = create_agent(changes, who, "Clara", "phone", "+14155550182")["id"]
    number = add_number(changes, who, "+14155550100", "Clara")[0]["id"]
    add_number(changes, other, "+14155550101")
    before = [api.get(f"/agents/{agent}").json, api.get(f"/numbers/{number}").json]
    phone = {"handoff_kind": "phone"}
    for destination in (*COSTLY, "+14155550100", "+14155550101"):
        answers = [
            api.post("/agents", json=phone | {"name": "Zoe", "handoff_target": destination}),
            api.post(
                "/agents", json=phone | {"name": "Z", "handoff_target": "+14155550183", "fallback_number": destination}
            ),
            api.patch(f"/agents/{agent}", json={"handoff_target": destination}),
            api.patch(f"/agents/{agent}", json={"fallback_number": destination}),
            api.post(f"/numbers/{number}/pause", json={"treatment": "forward", "forward_to": destination}),
            api.post("/numbers/pause", json={"numbers": [number], "treatment": "forward", "forward_to": destination}),
            api.patch("/account", json={"paused_treatment": "forward", "paused_forward_to": destination}),
        ]
        assert [answer.status_code for answer in answers if answer.status_code not in (409, 422)] == [], destination

    assert [api.get(f"/agents/{agent}").json, api.get(f"/numbers/{number}").json] == before
