"""The one way in which the API writes JSON."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from flask import Response

JSON = "application/json"
# What an account's answers say is for whoever asked and for no cache, and nobody may take it for anything but JSON.
ALWAYS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


def write_json(
    status: int, content: Any, headers: Mapping[str, str] | None = None, content_type: str = JSON
) -> Response:
    """Write what is shown: plain dictionaries and lists of texts, integers, booleans and None."""
    return write_text(status, json.dumps(content, ensure_ascii=False), content_type, headers)


def write_text(
    status: int, text: str | Iterator[str], content_type: str, headers: Mapping[str, str] | None = None
) -> Response:
    """Write a text, finished or piece by piece, with the headers that every answer has."""
    return Response(text, status, {**ALWAYS, **(headers or {})}, content_type=content_type)
