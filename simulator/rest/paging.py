"""Cut a list into pages as Twilio's 2010 API does: the SDK follows ``next_page_uri`` until it is null.

https://www.twilio.com/docs/usage/twilios-response#response-formats-list-paging-information

The token names the last resource of the page before, so that nothing is skipped or doubled when others come or go
meanwhile. Inferred: the token's form, and that a page size out of range counts as the nearest limit.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from simulator.rest.errors import INVALID_PAGE_TOKEN, TwilioError

DEFAULT_PAGE_SIZE = 50
LARGEST_PAGE_SIZE = 1000
TOKEN = re.compile(r"PA([0-9a-f]{32})")


def page_of(
    key: str, resources: Sequence[tuple[int, dict[str, Any]]], path: str, arguments: Mapping[str, str]
) -> dict[str, Any]:
    """Return one page of resources that come with their position, the highest position first."""
    size, page = page_size(arguments), _whole(arguments.get("Page"), 0)
    rest = _after_token(resources, arguments.get("PageToken"), skipped=page * size)
    shown = rest[:size]
    filters = {name: value for name, value in arguments.items() if name not in ("Page", "PageSize", "PageToken")}
    next_page = {"Page": page + 1, "PageToken": f"PA{shown[-1][0]:032x}"} if len(rest) > size else None
    previous_page = {"Page": page - 1} if page else None
    return {
        key: [resource for _, resource in shown],
        "first_page_uri": _uri(path, filters, size, {"Page": 0}),
        "next_page_uri": _uri(path, filters, size, next_page),
        "previous_page_uri": _uri(path, filters, size, previous_page),
        "page": page,
        "page_size": size,
        "start": page * size,
        "end": page * size + max(len(shown) - 1, 0),
        "uri": f"{path}?{urlencode(arguments)}" if arguments else path,
    }


def page_size(arguments: Mapping[str, str]) -> int:
    """Return how many resources a page has."""
    return min(_whole(arguments.get("PageSize"), DEFAULT_PAGE_SIZE) or DEFAULT_PAGE_SIZE, LARGEST_PAGE_SIZE)


def _after_token(
    resources: Sequence[tuple[int, dict[str, Any]]], token: str | None, skipped: int
) -> Sequence[tuple[int, dict[str, Any]]]:
    if token is None:
        return resources[skipped:]
    match = TOKEN.fullmatch(token)
    if match is None:
        raise TwilioError(INVALID_PAGE_TOKEN, "Invalid PageToken")
    last_position = int(match[1], 16)
    return [resource for resource in resources if resource[0] < last_position]


def _uri(path: str, filters: Mapping[str, str], size: int, place: Mapping[str, object] | None) -> str | None:
    return None if place is None else f"{path}?{urlencode({**filters, 'PageSize': size, **place})}"


def _whole(text: str | None, default: int) -> int:
    return int(text) if text is not None and text.isdecimal() else default
