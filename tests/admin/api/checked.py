"""Hold every answer of the API against its OpenAPI document."""

import json
from typing import Any

from flask import Flask
from jsonschema import Draft202012Validator
from werkzeug.exceptions import HTTPException
from werkzeug.test import TestResponse

from admin.api import ENDPOINTS, PREFIX
from admin.api.document import describe
from admin.api.problems import PROBLEM_JSON

DOCUMENT = describe(ENDPOINTS, PREFIX)
OPERATIONS = {operation["operationId"]: operation for path in DOCUMENT["paths"].values() for operation in path.values()}


def check_answer(app: Flask, method: str, path: str, answer: TestResponse) -> None:
    """Insist that the document tells of this status, content type, content and headers."""
    name = _find_endpoint(app, method, path)
    if name is None:
        assert answer.content_type == PROBLEM_JSON
        assert_fits({"$ref": "#/components/schemas/Problem"}, answer.json)
    elif name != "document":
        _check_is_said(OPERATIONS[name], f"{method} {path}", answer)


def _check_is_said(operation: dict[str, Any], asked: str, answer: TestResponse) -> None:
    said = operation["responses"].get(str(answer.status_code))
    assert said, f"{asked}: nobody said that it answers {answer.status_code}: {answer.text}"
    said = _follow(said)
    assert set(said.get("headers", {})) - {"Link"} <= set(answer.headers.keys()), f"{asked}: headers"
    [(content_type, content)] = said.get("content", {"": {}}).items()
    assert answer.mimetype == content_type, asked
    if answer.mimetype.endswith("json"):
        assert_fits(content["schema"], json.loads(answer.data))


def assert_fits(schema: dict[str, Any], value: Any) -> None:
    """Insist that a value is as the schema has it, formats included."""
    whole = schema | {"components": DOCUMENT["components"]}  # where its references lead
    validator = Draft202012Validator(whole, format_checker=Draft202012Validator.FORMAT_CHECKER)
    problems = [f"{error.json_path}: {error.message}" for error in validator.iter_errors(value)]
    assert problems == []


def _find_endpoint(app: Flask, method: str, path: str) -> str | None:
    adapter = app.url_map.bind("localhost")
    try:
        name, _ = adapter.match(path.partition("?")[0], method)
    except HTTPException:
        return None
    return str(name).removeprefix("api.")


def _follow(said: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in said:
        return said
    found: dict[str, Any] = DOCUMENT["components"]["responses"][said["$ref"].rpartition("/")[2]]
    return found
