"""What is asked: the request, read and checked before an endpoint sees any of it."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import request
from pydantic import BaseModel, ValidationError
from sqlalchemy.orm import Session
from werkzeug.exceptions import BadRequest, HTTPException, UnsupportedMediaType

from admin.api.json_writer import JSON
from admin.api.problems import NotAcceptable
from operations.changes import Changes, Who
from operations.errors import NotFound
from operations.pages import LARGEST_ID

Model = TypeVar("Model", bound=BaseModel)
LARGEST_BODY_BYTES = 1_000_000
LONGEST_KEY = 255
LONGEST_PATH_TEXT = 100
READ_WITHIN_SECONDS = 5.0
# What pydantic says in words of Python, for people who send JSON.
PLAINER = {
    "extra_forbidden": "There is no such field here.",
    "missing": "This field is needed.",
    "model_type": "The body is to be a JSON object.",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks, and on which conditions. `parts` are the application's, such as `parts["twilio"]`."""

    who: Who
    parts: Mapping[str, Any]
    if_match: str | None = None
    idempotency_key: str | None = None

    @property
    def account(self) -> int:
        return self.who.account

    @property
    def changes(self) -> Changes:
        changes: Changes = self.parts["changes"]
        return changes

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Open a session to read in, which is cut off after READ_WITHIN_SECONDS if the database stands still."""
        changes = self.changes
        with changes.cut_offs.after(READ_WITHIN_SECONDS) as cut_off, changes.database.reading() as session:
            cut_off.watch(session)
            yield session


def read_body(model: type[Model]) -> Model:
    """Read the body; one whose every field may be left out may be left out itself."""
    text = _read_whole_body()
    if not text and not any(field.is_required() for field in model.model_fields.values()):
        return model()
    if request.mimetype != JSON:
        raise UnsupportedMediaType
    try:
        return model.model_validate_json(text)
    except ValidationError as error:
        raise _body_problem(error, text) from None


def read_query(model: type[Model]) -> Model:
    """Read the query; a parameter that is given twice is refused, because nobody knows which one counts."""
    twice = [name for name, values in request.args.lists() if len(values) > 1]
    if twice:
        raise NotAcceptable([{"detail": "This is given more than once.", "parameter": name} for name in twice])
    try:
        return model.model_validate_strings(request.args.to_dict())
    except ValidationError as error:
        raise NotAcceptable([_query_error(problem) for problem in _problems(error)]) from None


def check_query_is_empty() -> None:
    """Refuse what an endpoint without a query would not look at."""
    if request.args:
        detail = "There is no such parameter here."
        raise NotAcceptable([{"detail": detail, "parameter": name} for name in request.args])


def read_path(values: Mapping[str, str], types: Mapping[str, type]) -> dict[str, int | str]:
    """Read what the path names; raise NotFound for what cannot be the name of anything."""
    return {name: _read_id(text) if types[name] is int else _read_text(text) for name, text in values.items()}


def read_if_match() -> str | None:
    """Return the etags of If-Match as `check_is_unchanged` wants them, None without that header.

    A weak etag matches nothing here (https://www.rfc-editor.org/rfc/rfc9110#section-13.1.1): its W/ stays before it.
    Missing quotes are forgiven.
    """
    header = request.headers.get("If-Match")
    if header is None or header.strip() == "*":
        return "*" if header else None
    etags = [part.strip().strip('"') for part in header.split(",")]
    return ",".join(etag for etag in etags if etag != "*")


def read_idempotency_key() -> str | None:
    """Return the Idempotency-Key, under which the same request is done once however often it is sent."""
    key = request.headers.get("Idempotency-Key")
    if key is not None and not (0 < len(key) <= LONGEST_KEY and key.isascii() and key.isprintable()):
        detail = f"An Idempotency-Key has 1 to {LONGEST_KEY} printable ASCII characters."
        raise NotAcceptable([{"detail": detail, "header": "Idempotency-Key"}])
    return key


def _read_whole_body() -> bytes:
    """Read the body up to its limit; one that cannot be read to its end is no JSON.

    A door: the server raises what it likes for broken chunks and lost connections, and a stranger chooses which.
    """
    request.max_content_length = LARGEST_BODY_BYTES
    try:
        return request.get_data(cache=False)
    except HTTPException:
        raise
    except Exception:  # noqa: BLE001
        raise BadRequest from None


def _body_problem(error: ValidationError, text: bytes) -> Exception:
    """Tell JSON that cannot be read from JSON that cannot be used, such as text with half a character in it."""
    problems = list(_problems(error))
    if problems[0]["type"] != "json_invalid":
        return NotAcceptable([_body_error(problem) for problem in problems])
    if not _is_json(text):
        return BadRequest()
    return NotAcceptable(
        [{"detail": "This holds text that is not Unicode, or a number beyond bounds.", "pointer": "#"}]
    )


def _is_json(text: bytes) -> bool:
    try:
        json.loads(text.decode())
    except (ValueError, RecursionError):
        return False
    return True


def _problems(error: ValidationError) -> list[Any]:
    return list(error.errors(include_url=False, include_input=False, include_context=False))


def _body_error(problem: Mapping[str, Any]) -> dict[str, str]:
    steps = [str(step).replace("~", "~0").replace("/", "~1") for step in problem["loc"]]
    return {"detail": _sentence(problem), "pointer": "#" + "".join(f"/{step}" for step in steps)}


def _query_error(problem: Mapping[str, Any]) -> dict[str, str]:
    name = ".".join(map(str, problem["loc"]))
    return {"detail": _sentence(problem).replace("field", "parameter"), "parameter": name}


def _sentence(problem: Mapping[str, Any]) -> str:
    said = str(problem["msg"]).removeprefix("Value error, ").replace("Input should", "This should")
    return PLAINER.get(problem["type"]) or said.rstrip(".") + "."


def _read_id(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 20 and 1 <= int(text) <= LARGEST_ID):
        raise NotFound("There is nothing with such an id.")
    return int(text)


def _read_text(text: str) -> str:
    if len(text) > LONGEST_PATH_TEXT or not text.isprintable():
        raise NotFound("There is nothing with such a name.")
    return text
