"""The OpenAPI 3.1 document, from what the endpoints declare (https://spec.openapis.org/oas/v3.1.1)."""

import inspect
from collections.abc import Iterator, Sequence
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from admin.api.answers import Said
from admin.api.asked import LONGEST_KEY, LONGEST_PATH_TEXT
from admin.api.endpoint import Endpoint
from admin.api.json_writer import JSON
from admin.api.problems import PROBLEM_JSON
from admin.api.schema import Problem
from operations.pages import LARGEST_ID
from operations.permissions import LEAST_ROLES, ROLE_NAMES

Json = dict[str, Any]
REFERENCE = "#/components/schemas/{model}"
# Whoever asks for anything may get these: no token, not the role, an error of ours, no database.
ALWAYS = (401, 403, 500, 503)
HEADERS: dict[str, Json] = {
    "ETag": {"description": "What was shown, for If-Match.", "schema": {"type": "string"}},
    "Link": {"description": "The next page (rel=next), relative to this address.", "schema": {"type": "string"}},
    "Location": {"description": "Where it is found from now on.", "schema": {"type": "string"}},
    "Idempotency-Replayed": {
        "description": "true: this was done before, under the same key, and not again.",
        "schema": {"type": "string", "enum": ["true", "false"]},
    },
    "Content-Disposition": {"description": "The name of the file.", "schema": {"type": "string"}},
}
ID: Json = {"type": "integer", "minimum": 1, "maximum": LARGEST_ID}
TEXT: Json = {"type": "string", "minLength": 1, "maxLength": LONGEST_PATH_TEXT}
IF_MATCH: Json = {
    "name": "If-Match",
    "in": "header",
    "description": "The ETag of what was seen: if it is another one by now, nothing is done (412).",
    "schema": {"type": "string"},
}
IDEMPOTENCY_KEY: Json = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "Chosen by you, new for each intent: the same request with the same key is done once.",
    "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST_KEY, "pattern": "^[ -~]+$"},
}


def describe(endpoints: Sequence[Endpoint], base: str) -> Json:
    """Return the document of these endpoints; `base` is the URL that their paths are below."""
    models = {model for endpoint in endpoints for model in _models_of(endpoint)} | {Problem}
    # By name, or the order of a set would decide how the document looks.
    in_order = [(model, "validation") for model in sorted(models, key=lambda model: model.__name__)]
    _, definitions = models_json_schema(in_order, ref_template=REFERENCE)  # type: ignore[arg-type]
    paths: dict[str, Json] = {}
    for endpoint in endpoints:
        paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = _operation(endpoint)
    return {
        "openapi": "3.1.1",
        "info": {
            "title": "Clara Voice Router",
            "version": "1",
            "description": "Numbers, and who answers them. Authentication, errors, pages: see docs/api.md.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": base}],
        "security": [{"token": []}],
        "tags": [{"name": tag} for tag in dict.fromkeys(endpoint.tag for endpoint in endpoints)],
        "paths": paths,
        "components": {
            "schemas": _tidy(definitions["$defs"]),
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer", "bearerFormat": "clara_…"}},
            "responses": {f"{status}": _problem_response(status) for status in HTTPStatus if status >= 400},
        },
    }


def statuses_of(endpoint: Endpoint) -> set[int]:
    """Return every status that an endpoint may answer with."""
    return {*endpoint.answers.said(), *_errors_of(endpoint)}


def _operation(endpoint: Endpoint) -> Json:
    needed = ROLE_NAMES[LEAST_ROLES[endpoint.action]]
    operation: Json = {
        "operationId": endpoint.name,
        "tags": [endpoint.tag],
        "summary": (inspect.getdoc(endpoint.view) or "").partition("\n")[0],
        "description": f"Needs the role {needed} ({endpoint.action}).",
        "parameters": list(_parameters(endpoint)),
        "responses": {f"{status}": _response(said) for status, said in endpoint.answers.said().items()}
        | {f"{status}": {"$ref": f"#/components/responses/{status}"} for status in sorted(_errors_of(endpoint))},
    }
    if endpoint.body:
        is_needed = any(field.is_required() for field in endpoint.body.model_fields.values())
        operation["requestBody"] = {"required": is_needed, "content": {JSON: {"schema": _reference(endpoint.body)}}}
    return operation


def _errors_of(endpoint: Endpoint) -> Iterator[int]:
    yield from ALWAYS
    yield from endpoint.errors
    yield 422  # every query is read, if only to refuse what nobody would look at
    if endpoint.path_types:
        yield 404
    if endpoint.body:
        yield from (400, 413, 415)
    if endpoint.if_match:
        yield 412


def _parameters(endpoint: Endpoint) -> Iterator[Json]:
    for name, kind in endpoint.path_types.items():
        yield {"name": name, "in": "path", "required": True, "schema": ID if kind is int else TEXT}
    if endpoint.query:
        schema = endpoint.query.model_json_schema(ref_template=REFERENCE)
        needed = schema.get("required", [])
        for name, field in _tidy(schema)["properties"].items():
            described = {"description": field.pop("description")} if "description" in field else {}
            yield {"name": name, "in": "query", "required": name in needed, "schema": field} | described
    if endpoint.if_match:
        yield IF_MATCH
    if endpoint.idempotency_key:
        yield IDEMPOTENCY_KEY


def _response(said: Said) -> Json:
    response: Json = {"description": said.sentence}
    if said.headers:
        response["headers"] = {name: HEADERS[name] for name in said.headers}
    if said.model:
        schema = _reference(said.model)
        content = {"type": "array", "items": schema} if said.is_list else schema
        response["content"] = {said.content_type: {"schema": content}}
    elif said.content_type != JSON:
        response["content"] = {said.content_type: {"schema": {"type": "string"}}}
    return response


def _problem_response(status: HTTPStatus) -> Json:
    return {
        "description": f"{status.phrase}.",
        "content": {PROBLEM_JSON: {"schema": {"$ref": REFERENCE.format(model=Problem.__name__)}}},
    }


def _models_of(endpoint: Endpoint) -> Iterator[type[BaseModel]]:
    yield from (said.model for said in endpoint.answers.said().values() if said.model)
    if endpoint.body:
        yield endpoint.body


def _reference(model: type[BaseModel]) -> Json:
    return {"$ref": REFERENCE.format(model=model.__name__)}


def _tidy(schema: Any) -> Any:
    """Leave out what pydantic says beyond need: titles of fields, and null as the default of what may be left out."""
    if isinstance(schema, list):
        return [_tidy(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        name: _tidy(part)
        for name, part in schema.items()
        if not (name == "title" and isinstance(part, str)) and not (name == "default" and part is None)
    }
