"""Answers in the form of Twilio's API."""

import json
from collections.abc import Mapping
from typing import Any

from werkzeug.wrappers import Response

from simulator.rest.errors import TwilioError
from simulator.story import new_sid


def json_response(resource: Mapping[str, Any], status: int = 200) -> Response:
    """Return a resource, or a page of them."""
    return _with_headers(Response(json.dumps(resource), status=status, content_type="application/json;charset=utf-8"))


def empty_response() -> Response:
    """Return what follows a deletion: 204 and nothing."""
    return _with_headers(Response(status=204))


def error_response(error: TwilioError) -> Response:
    """Return an error in Twilio's words."""
    response = json_response(error.as_json(), error.status)
    if error.status == 401:
        response.headers["WWW-Authenticate"] = 'Basic realm="Twilio API"'
    return response


def _with_headers(response: Response) -> Response:
    """Add what a caller should log: https://www.twilio.com/docs/usage/rest-api-best-practices."""
    response.headers["Twilio-Request-Id"] = new_sid("RQ")
    return response
