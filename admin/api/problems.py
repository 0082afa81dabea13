"""Every error of the API, as RFC 9457 has it: one shape, one writer, whoever raised it.

| what is wrong | status |
|---|---|
| no token, or one that does not hold | 401 |
| the body is no JSON | 400 |
| the JSON, the query or a header says what cannot be used | 422 |
| not JSON at all, or too much of it | 415, 413 |
| the operation was refused | as its error says (`operations/errors.py`) |
| the database fails | 503, without a word of SQL |
| so many ask at once that calls might have to wait | 503 (`admin/places.py`) |
| anything else: ours to mend | 500, with a line in the log |
"""

from collections.abc import Mapping, Sequence

import structlog
from flask import Blueprint, Response, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.http import HTTP_STATUS_CODES

from admin.api.json_writer import write_json
from admin.places import AGAIN_AFTER_SECONDS, TooBusy
from operations.errors import DatabaseUnavailable, OperationError
from routing.deadline import DATABASE_FAILURES

log = structlog.get_logger()
PROBLEM_JSON = "application/problem+json"
SENTENCES = {
    400: ("malformed", "The request cannot be read: its body is not JSON."),
    404: ("not_found", "There is nothing at this address."),
    405: ("method_not_allowed", "This address does not take this method."),
    413: ("too_large", "The body is too large: at most 1 MB is read."),
    415: ("not_json", "Send the body as JSON, with the header Content-Type: application/json."),
}


class Unauthorized(OperationError):
    """Nobody knows who asks."""

    status = 401
    code = "unauthorized"


class NotAcceptable(OperationError):
    """The body, the query or a header can be read, but says what cannot be used; `errors` says so for each field."""

    status = 422

    def __init__(self, errors: Sequence[Mapping[str, str]]) -> None:
        super().__init__(errors[0]["detail"] if len(errors) == 1 else f"{len(errors)} values cannot be used.")
        self.errors = errors


def write_problem(
    status: int,
    code: str,
    detail: str,
    errors: Sequence[Mapping[str, str]] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Write a problem. `type` is about:blank, so `title` is the status in words; `code` says which problem it is."""
    content = {
        "type": "about:blank",
        "title": HTTP_STATUS_CODES[status],
        "status": status,
        "detail": detail,
        "code": code,
        "errors": list(errors),
    }
    return write_json(status, content, headers, PROBLEM_JSON)


def register_problems(api: Blueprint) -> None:
    """Answer for every error of its endpoints; an address that is nowhere belongs to no blueprint."""
    api.register_error_handler(OperationError, _refused)
    api.register_error_handler(HTTPException, say_http_problem)
    for failure in DATABASE_FAILURES:
        api.register_error_handler(failure, _database_failed)
    api.register_error_handler(Exception, _unexpected)


def _refused(error: OperationError) -> Response:
    headers = {}
    if error.status == 401:  # https://www.rfc-editor.org/rfc/rfc6750#section-3
        headers = {"WWW-Authenticate": 'Bearer realm="Clara Voice Router"'}
    if error.status in (401, 403):
        log.warning("request forbidden", endpoint=request.endpoint, problem=error.code, address=request.remote_addr)
    if isinstance(error, TooBusy):
        headers = {"Retry-After": f"{AGAIN_AFTER_SECONDS}"}
    return write_problem(error.status, error.code, error.message, getattr(error, "errors", ()), headers)


def say_http_problem(error: HTTPException) -> Response:
    """Write what is wrong with a request as a problem."""
    status = error.code if error.code in SENTENCES else 400
    headers = {}
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        headers["Allow"] = ", ".join(sorted(error.valid_methods))
    return write_problem(status, *SENTENCES[status], headers=headers)


def _database_failed(error: Exception) -> Response:
    log.error("api database failed", endpoint=request.endpoint, problem=type(error).__name__)
    return _refused(DatabaseUnavailable())


def _unexpected(error: Exception) -> Response:
    """The door: whatever was not foreseen is logged here, and the client learns nothing of it."""
    log.error("api request failed", endpoint=request.endpoint, exc_info=error)
    return write_problem(500, "internal_error", "Something went wrong on our side. It was logged; please try again.")
