"""Whatever is sent as a cursor, made up or another account's own, leads to rows of one's own account only."""

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest

from admin.api import ENDPOINTS
from admin.api.endpoint import Endpoint
from operations.add_number import add_number
from operations.agents import create_agent
from operations.changes import Changes, Who
from operations.locations import create_location
from operations.permissions import MEMBER
from operations.tokens import create_token
from operations.users import create_user
from tests.admin.api.conftest import Api
from tests.admin.api.usual_requests import path_of, usual_request
from tests.operations.past_calls import store_call

LISTS = [endpoint for endpoint in ENDPOINTS if endpoint.query and "cursor" in endpoint.query.model_fields]
WHEN = {"calls_count": {"from": "2026-03-01", "until": "2026-03-31"}}
Ids = dict[str, int]


@pytest.fixture
def ids(changes: Changes, who: Who, other: Who) -> tuple[Ids, Ids]:
    """Two accounts whose things stand by turns in every order; the ids of the first agent and location of each."""
    first: dict[Who, Ids] = {}
    for index, letter in enumerate("ABCDEF"):
        whose = (who, other)[index % 2]
        agent = create_agent(changes, whose, f"{letter} Clara", "client", "front-desk")
        location = create_location(changes, whose, f"{letter} Downtown")
        create_user(changes, whose, f"{letter.lower()}@example.com", MEMBER)
        create_token(changes, whose, MEMBER, letter)
        of = first.setdefault(whose, {"agent_id": agent["id"], "location_id": location["id"]})
        number = add_number(changes, whose, f"+1415555010{index}", of["agent_id"], of["location_id"])[0]["phone_number"]
        place = {"location_id": location["id"], "location_name": location["name"]}
        store_call(changes, whose.account_id, f"2026-03-0{index + 1}T12:00Z", to_number=number, **place)
    return first[who], first[other]


def ask(api: Api, endpoint: Endpoint, ids: Ids, **query: Any) -> Any:
    """Ask for a page of a list, with whatever else it needs."""
    needed = usual_request(endpoint)["query_string"] | WHEN.get(endpoint.name, {})
    return api.ask("GET", path_of(endpoint, ids), query_string=needed | query)


def rows_of(answer: Any) -> set[str]:
    """Return what tells the rows of a page from all others, also of one that stands within something else."""
    shown = answer.json
    rows = shown if isinstance(shown, list) else shown.get("locations") or shown.get("numbers") or []
    names = ("id", "call_sid", "n", "location", "number")
    return {str(next(row[name] for name in names if row.get(name))) for row in rows}


def next_cursor(answer: Any) -> str:
    """Return the cursor in a page's header Link."""
    return str(answer.headers["Link"].partition("cursor=")[2].partition(">")[0].partition("&")[0])


def cursors() -> Iterator[str]:
    """Make up cursors: no base64, no JSON, another number of values, other kinds of them, huge ones, and SQL."""
    yield from ("x", "=", "💥", "A" * 5_000, "' OR 1=1 --", "%00", "../")
    values: list[Any] = [None, [], {}, [None], [[]], [{}], [1], ["a"], ["a", "b"], [1, 1, 1, 1], [True, True]]
    values += [
        [2**70, 2**70],
        ["9999-99-99", 1],
        ["0001-01-01T00:00:00+23:59", 1],
        ["\ud800", 1],
        ["\x00", 1],
        [1e308, 1],
    ]
    values += [["2026-01-01T00:00:00", 1], ["2026-01-01T00:00:00+00:00", "1; DROP TABLE numbers"], "x", 5]
    values += [[0], ["", 0], ["9999-01-01T00:00:00+00:00", 2**62]]
    for value in values:
        yield base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def test_cursor_that_no_list_gave_out_is_refused(api: Api, ids: tuple[Ids, Ids]) -> None:
    """Or leads to some place of the account's own list; never an error of ours."""
    assert len(LISTS) > 5
    for endpoint in LISTS:
        own = rows_of(ask(api, endpoint, ids[0]))
        for cursor in cursors():
            answer = ask(api, endpoint, ids[0], cursor=cursor)
            assert answer.status_code in (200, 422), (endpoint.name, cursor)
            assert answer.status_code == 422 or rows_of(answer) <= own, (endpoint.name, cursor)


def test_cursor_of_another_account_leads_to_ones_own_rows(api: Api, stranger: Api, ids: tuple[Ids, Ids]) -> None:
    """It is a place in an order, and no right to anything."""
    own_ids, their_ids = ids
    for endpoint in LISTS:
        own, theirs = rows_of(ask(api, endpoint, own_ids)), rows_of(ask(stranger, endpoint, their_ids))
        first_page = ask(stranger, endpoint, their_ids, limit=1)
        assert "Link" in first_page.headers, endpoint.name
        cursor = next_cursor(first_page)

        found = rows_of(ask(api, endpoint, own_ids, cursor=cursor))

        assert not own & theirs, endpoint.name
        assert found, endpoint.name
        assert found <= own, endpoint.name
