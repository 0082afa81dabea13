"""Errors of the API: one shape, for everything that can go wrong."""

import json
from importlib import import_module
from typing import Any

import pytest
from flask import Flask
from gunicorn.http.errors import InvalidChunkSize
from sqlalchemy.exc import ProgrammingError

from admin.api.problems import PROBLEM_JSON
from tests.admin.api.conftest import Api

AGENT = {"name": "Zoe", "handoff_kind": "client", "handoff_target": "zoe"}


def test_problem_has_every_member_of_the_one_shape(api: Api) -> None:
    """RFC 9457, with our code and the fields in question."""
    answer = api.get("/agents/77")

    assert answer.content_type == PROBLEM_JSON
    assert answer.json == {
        "type": "about:blank",
        "title": "Not Found",
        "status": 404,
        "detail": "There is no agent with the id 77.",
        "code": "not_found",
        "errors": [],
    }
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "path", ["/", "/nothing", "/numbers/", "//numbers", "/numbers/1/nothing", "/%00", "/numb%C3%A9rs"]
)
def test_address_that_is_nowhere_is_a_problem_too(nobody: Api, path: str) -> None:
    """404 without a token, for it says nothing of any account; never a redirect."""
    answer = nobody.get(path)

    assert (answer.status_code, answer.json["code"]) == (404, "not_found")


@pytest.mark.parametrize("method", ["PUT", "OPTIONS", "TRACE", "DELETE", "PROPFIND"])
def test_method_that_is_not_taken_is_a_problem_too(nobody: Api, method: str) -> None:
    """It says which ones are. There is no CORS: browsers of other sites get nothing."""
    answer = nobody.ask(method, "/numbers")

    assert (answer.status_code, answer.json["code"]) == (405, "method_not_allowed")
    assert answer.headers["Allow"].startswith("GET, HEAD")
    assert not [name for name in answer.headers.keys() if name.startswith("Access-Control")]  # noqa: SIM118


@pytest.mark.parametrize("path", ["/", "/twilio", "/api/v1", "/api/v12/numbers", "/api"])
def test_other_addresses_are_none_of_the_apis_business(app: Flask, path: str) -> None:
    """They answer as they did before."""
    assert app.test_client().get(path).mimetype == "text/html"


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[" * 5000, b'{"a":' + b"9" * 5000 + b"}", b"\xff", b'"\xed\xa0\x80"', b"\xef\xbb\xbf{}"]
)
def test_body_that_is_no_json_cannot_be_read(api: Api, body: bytes) -> None:
    """400: nothing in it has a name that an error could point to."""
    answer = api.post("/agents", data=body, content_type="application/json")

    assert (answer.status_code, answer.json["code"]) == (400, "malformed")


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ("null", "#"),
        ("[]", "#"),
        (json.dumps(AGENT | {"account_id": 1}), "#/account_id"),
        (json.dumps(AGENT | {"id": 1}), "#/id"),
        (json.dumps(AGENT | {"a/b~c": 1}), "#/a~1b~0c"),
        (json.dumps(AGENT | {"name": 7}), "#/name"),
        (json.dumps(AGENT | {"name": None}), "#/name"),
        (json.dumps(AGENT | {"name": "Z\0e"}), "#/name"),
        (json.dumps(AGENT | {"name": "\ud800"}), "#"),
        (json.dumps(AGENT | {"name": "Z" * 101}), "#/name"),
        (json.dumps(AGENT | {"handoff_kind": "fax"}), "#/handoff_kind"),
        (json.dumps({"name": "Zoe", "handoff_kind": "client"}), "#/handoff_target"),
    ],
)
def test_value_that_cannot_be_used_is_pointed_to(api: Api, body: str, pointer: str) -> None:
    """422; a field that is not named in the document is refused like any other mistake, also one of the table's."""
    answer = api.post("/agents", data=body, content_type="application/json")

    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json["errors"]] == [pointer]
    assert answer.json["detail"] == answer.json["errors"][0]["detail"]
    assert api.get("/agents").json == []


def test_every_value_that_cannot_be_used_is_named(api: Api) -> None:
    """So that a form can be mended in one go."""
    answer = api.post("/agents", json={"name": "", "handoff_kind": "fax", "colour": "red"})

    assert answer.json["detail"] == "4 values cannot be used."
    assert {error["pointer"]: error["detail"] for error in answer.json["errors"]} == {
        "#/name": "String should have at least 1 character.",
        "#/handoff_kind": ("This should be 'stream', 'conversation_relay', 'sip', 'phone', 'client' or 'redirect'."),
        "#/handoff_target": "This field is needed.",
        "#/colour": "There is no such field here.",
    }


def test_what_an_operation_refuses_is_unusable_too(api: Api) -> None:
    """The same status for the same thing, whoever finds out."""
    answer = api.post("/agents", json=AGENT | {"handoff_kind": "phone"})

    assert (answer.status_code, answer.json["code"]) == (422, "invalid")
    assert answer.json["detail"].startswith("“zoe” is not a phone number")


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("colour=red", "colour"),
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("limit=many", "limit"),
        ("limit=" + "9" * 5000, "limit"),
        ("agent_id=" + "9" * 19, "agent_id"),
        ("agent_id=-1", "agent_id"),
        ("status=lost", "status"),
        ("status=", "status"),
        ("needs_attention=perhaps", "needs_attention"),
        ("search=%00", "search"),
        ("limit=1&limit=2", "limit"),
    ],
)
def test_query_that_cannot_be_used_is_refused(api: Api, query: str, name: str) -> None:
    """A filter that was misspelt must not list everything."""
    answer = api.get(f"/numbers?{query}")

    assert answer.status_code == 422
    assert [error["parameter"] for error in answer.json["errors"]] == [name]


def test_endpoint_without_a_query_takes_none(api: Api, number: dict[str, Any]) -> None:
    """What nobody would look at is refused."""
    assert api.get(f"/numbers/{number['id']}?fields=label").json["errors"] == [
        {"detail": "There is no such parameter here.", "parameter": "fields"}
    ]


@pytest.mark.parametrize("cursor", ["x", "bm8", "WzFd", "%ff", "W10", "a" * 1000])
def test_cursor_that_was_never_given_out_is_refused(api: Api, cursor: str) -> None:
    """Also one of another list."""
    assert api.get(f"/numbers?cursor={cursor}").json["detail"] == "This cursor is not one that this list has given out."


@pytest.mark.parametrize("content_type", [None, "text/plain", "application/x-www-form-urlencoded", "application/jsonp"])
def test_only_json_is_read(api: Api, content_type: str | None) -> None:
    """415 for a form, which a page of another site could send."""
    answer = api.post("/agents", data=json.dumps(AGENT), content_type=content_type)

    assert (answer.status_code, answer.json["code"]) == (415, "not_json")


def test_large_body_is_not_read(api: Api) -> None:
    """413 beyond 1 MB."""
    answer = api.post("/agents", data=b" " * 1_000_001, content_type="application/json")

    assert (answer.status_code, answer.json["code"]) == (413, "too_large")


@pytest.mark.parametrize("error", [OSError("gone"), InvalidChunkSize(b"zz")])
def test_body_that_breaks_off_is_no_request(api: Api, error: Exception) -> None:
    """A client that goes away, or chunks that are none: the server raises what it likes."""

    class BrokenOff:
        def read(self, _size: int = -1) -> bytes:
            raise error

    environ = {"wsgi.input": BrokenOff(), "CONTENT_LENGTH": "100"}
    answer = api.post("/agents", content_type="application/json", environ_overrides=environ)

    assert (answer.status_code, answer.json["code"]) == (400, "malformed")


@pytest.mark.parametrize("name", ["0", "-1", "007x", "9223372036854775808", "9" * 5000, "٣", "1.0", "%00", "x", "%20"])
def test_id_that_nothing_can_have_is_of_nothing(api: Api, name: str) -> None:
    """404 and never an error, however long it is."""
    assert api.get(f"/numbers/{name}").json["code"] == "not_found"
    assert api.get(f"/changes/{name}").json["code"] == "not_found"


def test_error_of_ours_is_logged_and_not_told(
    api: Api, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """The last resort."""

    def fail(*_: object) -> None:
        raise ZeroDivisionError("a secret of ours")

    monkeypatch.setattr(import_module("admin.api.agents"), "read_agents", fail)
    answer = api.get("/agents")

    assert (answer.status_code, answer.json["code"]) == (500, "internal_error")
    assert "secret" not in answer.text
    [line] = [json.loads(line) for line in capfd.readouterr().err.splitlines()]
    assert (line["event"], line["level"], line["endpoint"]) == ("api request failed", "error", "api.agents_show_all")


def test_no_word_of_sql_is_told(api: Api, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    """Whatever the database says."""

    def fail(*_: object) -> None:
        raise ProgrammingError("SELECT secret", {}, Exception("no such column"))

    monkeypatch.setattr(import_module("admin.api.agents"), "read_agents", fail)
    answer = api.get("/agents")

    assert (answer.status_code, answer.json["code"]) == (503, "database_unavailable")
    assert "SELECT" not in answer.text + capfd.readouterr().err
