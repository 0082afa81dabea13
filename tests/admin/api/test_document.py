"""The OpenAPI document, and what every endpoint must declare."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from openapi_spec_validator import validate

from admin.api import ENDPOINTS, PREFIX
from admin.api.document import describe
from operations.permissions import LEAST_ROLES
from tests.admin.api.checked import DOCUMENT
from tests.admin.api.conftest import Api
from tests.conftest import PUBLIC_URL


def test_document_is_shown_to_anybody(nobody: Api) -> None:
    """It says nothing of any account."""
    answer = nobody.get("/openapi.json")

    assert (answer.status_code, answer.content_type) == (200, "application/json")
    assert answer.json == describe(ENDPOINTS, PUBLIC_URL + PREFIX)


def test_document_is_valid() -> None:
    """As OpenAPI 3.1 has it."""
    assert DOCUMENT["openapi"].startswith("3.1.")
    validate(DOCUMENT)


def test_every_endpoint_declares_an_action_of_the_table(app: Flask) -> None:
    """There is nothing below the prefix that is not declared, but for the document itself."""
    declared = {f"api.{endpoint.name}" for endpoint in ENDPOINTS}
    registered = {rule.endpoint for rule in app.url_map.iter_rules() if rule.rule.startswith(f"{PREFIX}/")}

    assert len(declared) == len(ENDPOINTS)
    assert registered == declared | {"api.document"}
    assert {endpoint.action for endpoint in ENDPOINTS} <= {*LEAST_ROLES}


def test_what_changes_something_is_no_get() -> None:
    """And what only reads needs no more than the right to read, what asks Twilio apart."""
    reading = {endpoint.action for endpoint in ENDPOINTS if endpoint.method == "GET"}
    changing = {endpoint.action for endpoint in ENDPOINTS if endpoint.method != "GET"}

    assert reading <= {"account.read", "number.searched", "number.compared"}
    assert "account.read" not in changing


def test_every_endpoint_says_in_a_sentence_what_it_does() -> None:
    """It is the summary in the document."""
    summaries = [operation["summary"] for path in DOCUMENT["paths"].values() for operation in path.values()]

    assert [summary for summary in summaries if not re.fullmatch(r"[A-Z].{5,118}\.", summary)] == []


def test_everything_that_is_taken_has_bounds() -> None:
    """A text has a longest, an integer a smallest and a largest, a list a longest: the tables have them too."""
    taken = [endpoint.body.__name__ for endpoint in ENDPOINTS if endpoint.body]
    bodies = [DOCUMENT["components"]["schemas"][name] for name in taken]
    operations = [operation for path in DOCUMENT["paths"].values() for operation in path.values()]
    queries = [one for operation in operations for one in operation["parameters"] if one["in"] == "query"]

    assert len(bodies) > 3
    assert [part for part in [*parts_of(bodies), *parts_of(queries)] if not has_bounds(part)] == []


@pytest.mark.parametrize("body", [endpoint.body for endpoint in ENDPOINTS if endpoint.body])
def test_no_body_takes_what_it_does_not_name(body: Any) -> None:
    """Nor anything of another type than it says."""
    assert (body.model_config["extra"], body.model_config["strict"]) == ("forbid", True)


def parts_of(schema: Any) -> Iterator[dict[str, Any]]:
    """Yield a schema and every schema in it."""
    if isinstance(schema, list):
        for part in schema:
            yield from parts_of(part)
    elif isinstance(schema, dict):
        yield schema
        for part in schema.values():
            yield from parts_of(part)


def has_bounds(part: dict[str, Any]) -> bool:
    if "enum" in part or "const" in part or "format" in part:
        return True
    needed = {"string": {"maxLength"}, "integer": {"minimum", "maximum"}, "array": {"maxItems"}}
    kind = part.get("type")
    return needed.get(kind, set()) <= {*part} if isinstance(kind, str) else True
