"""Make a usual request for any endpoint from its declaration: its path filled in, and the least body it takes."""

from typing import Any

from admin.api.endpoint import PATH_PARAMETER, Endpoint

# What a text is to be where any other would be refused for what it is not.
TEXTS = {
    "phone_number": "+14155550149",
    "forward_to": "+14155550149",
    "handoff_target": "front-desk",
    "handoff_kind": "client",
    "email": "zoe@example.com",
    "timezone": "Europe/Berlin",
    "country": "US",
    "month": "2026-01",
    "type": "local",
}


def path_of(endpoint: Endpoint, named: dict[str, Any]) -> str:
    """Fill the path in; what it names must be among `named`."""
    return PATH_PARAMETER.sub(lambda found: str(named[found[1]]), endpoint.path)


def usual_request(endpoint: Endpoint) -> dict[str, Any]:
    """Return what the test client sends along: query and body, each with what must be in it and nothing else."""
    request: dict[str, Any] = {"query_string": _least(endpoint.query) if endpoint.query else {}}
    if endpoint.body:
        request["json"] = _least(endpoint.body)
    return request


def _least(model: Any) -> dict[str, Any]:
    schema = model.model_json_schema()
    return {name: _value(name, schema["properties"][name], schema) for name in schema.get("required", [])}


def _value(name: str, schema: dict[str, Any], whole: dict[str, Any]) -> Any:
    if "$ref" in schema:
        return _value(name, whole["$defs"][schema["$ref"].rpartition("/")[2]], whole)
    if "anyOf" in schema:
        return _value(name, schema["anyOf"][0], whole)
    if "enum" in schema:
        return TEXTS[name] if TEXTS.get(name) in schema["enum"] else schema["enum"][0]
    match schema.get("type"):
        case "integer":
            return schema.get("minimum", 1)
        case "boolean":
            return True
        case "array":
            return [_value(name, schema["items"], whole)] * schema.get("minItems", 0)
        case "object":
            return {inner: _value(inner, schema["properties"][inner], whole) for inner in schema.get("required", [])}
        case _:
            return TEXTS.get(name, "x" * max(schema.get("minLength", 1), 1))
