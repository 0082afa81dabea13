"""/calls: lists, receipts, counts and tables of an account's own calls."""

import csv
from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from flask import Flask

from operations.changes import Changes, Who
from tests.admin.api.conftest import NUMBER, Api
from tests.conftest import Answer
from tests.operations.past_calls import store_call


@pytest.fixture
def calls(changes: Changes, who: Who, number: dict[str, Any], other: Who) -> list[str]:
    """Two calls of the business, an older one that was answered and a refused one; others' are beside them."""
    clara = {"agent_id": 1, "agent_name": "Clara", "location_id": 1, "location_name": "Downtown", "number_id": 1}
    store_call(changes, None, "2026-03-01T12:00Z", decision="unknown")
    store_call(changes, other.account_id, "2026-03-01T12:00Z")
    return [
        store_call(changes, who.account_id, "2026-03-01T12:00Z", forwarded_from="+14155550142", **clara),
        store_call(changes, who.account_id, "2026-03-02T12:00Z", decision="paused", from_number="anonymous", **clara),
    ]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", [1, 0]),
        ("?number=%2B1%20415%20555%200100", [1, 0]),
        ("?number_id=1&agent_id=1&location_id=1", [1, 0]),
        ("?number_id=9223372036854775807", []),
        ("?agent_id=2", []),
        ("?decision=paused", [1]),
        ("?status=completed", []),
        ("?caller=anonymous", [1]),
        ("?forwarded_from=%2B14155550142", [0]),
        ("?from=2026-03-02", [1]),
        ("?until=2026-03-01", [0]),
        ("?from=2026-03-01T12:00Z&until=2026-03-02T12:00Z", [0]),
        ("?refused=true", [1]),
        ("?refused=false", [0]),
    ],
)
def test_calls_are_listed_by_what_they_have_in_common(api: Api, calls: list[str], query: str, found: list[int]) -> None:
    """Newest first, and the table has the same ones."""
    wanted = [calls[index] for index in found]

    assert [call["call_sid"] for call in api.get(f"/calls{query}").json] == wanted
    table = api.get(f"/calls.csv{query}").text
    assert [row["call_sid"] for row in csv.DictReader(StringIO(table, newline=""))] == wanted


@pytest.mark.parametrize(
    "query",
    ["?from=yesterday", "?decision=lost", "?status=", "?number=12", "?caller=", "?from=2026-03-02&until=2026-03-01"],
)
def test_filter_that_cannot_be_read_is_refused(api: Api, query: str) -> None:
    """Also of a table, which then does not begin."""
    assert api.get(f"/calls{query}").status_code == 422
    assert api.get(f"/calls.csv{query}").status_code == 422


def test_pages_keep_the_filters(api: Api, calls: list[str]) -> None:
    """Under the names that they were given by."""
    page = api.get("/calls?limit=1&from=2026-03-01&number_id=1")
    link = page.headers["Link"].removeprefix("<").removesuffix('>; rel="next"')

    assert [call["call_sid"] for call in page.json] == [calls[1]]
    assert [call["call_sid"] for call in api.get(f"/calls{link}").json] == [calls[0]]


def test_call_is_shown_with_its_receipt(
    app: Flask, api: Api, number: dict[str, Any], twilio_post: Callable[..., Answer]
) -> None:
    """From the webhook to the paragraph."""
    twilio_post(CallSid="CA" + "1" * 32)
    app.extensions["keeper"].drain()

    call = api.get("/calls/CA" + "1" * 32).json

    assert call["receipt"]["handoff"]["target"] == "+14155550182"
    assert call["receipt"]["number_changed"]["sentence"] == "Test added +1 415 555 0100."
    assert call["story"].startswith(f"+14155550199 called Main line ({NUMBER}) on ")
    assert [event["kind"] for event in call["events"]] == ["inbound_call"]


def test_calls_are_counted(api: Api, stranger: Api, calls: list[str]) -> None:
    """Per day and location; a stranger's count is another."""
    counted = api.get("/calls/statistics?from=2026-03-01&until=2026-03-31&timezone=America/Los_Angeles").json

    assert (counted["calls"], counted["lost_while_paused"], len(counted["days"])) == (2, 1, 31)
    assert counted["locations"][0]["location"] == {"id": 1, "name": "Downtown"}
    assert stranger.get("/calls/statistics?from=2026-03-01&until=2026-03-31").json["calls"] == 1
    assert api.get("/calls/statistics").json["calls"] == 0
    assert api.get("/calls/statistics?timezone=Mars/Olympus").status_code == 422
    assert api.get("/calls/statistics?from=2026-01-01&until=2026-12-31").status_code == 422


def test_stranger_sees_none_of_them(api: Api, stranger: Api, calls: list[str]) -> None:
    """Neither in a list nor by name nor in a table, and nobody's calls are hidden from everybody."""
    assert len(stranger.get("/calls").json) == 1
    assert {call["account_id"] for call in stranger.get("/calls").json} == {2}
    assert stranger.get(f"/calls/{calls[0]}").status_code == 404
    assert stranger.get("/calls?number_id=1").json == []
    assert len(stranger.get("/calls.csv").text.splitlines()) == 2


def test_table_is_a_file_of_its_own(api: Api, calls: list[str]) -> None:
    """With a name, and for nobody's cache."""
    answer = api.get("/calls.csv")

    assert answer.headers["Content-Disposition"] == 'attachment; filename="calls.csv"'
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "'+14155550100" in answer.text


def test_what_a_call_would_meet_is_told(
    api: Api, stranger: Api, number: dict[str, Any], twilio_post: Callable[..., Answer]
) -> None:
    """The TwiML that a real call gets, without one; asked by id, and only about one's own numbers."""
    told = api.get(f"/numbers/{number['id']}/what-if?from=anonymous").json

    assert told["twiml"] == twilio_post(To=NUMBER, From="anonymous").text
    assert (told["decision"], told["in_force"]) == ("routed", True)
    assert told["sentence"] == (
        f"A call to {NUMBER} would be handed to Clara (telephone): the number is active, with an agent."
    )
    assert api.get(f"/numbers/{number['id']}/what-if?at=2020-01-01").status_code == 422
    assert stranger.get(f"/numbers/{number['id']}/what-if").status_code == 404


def test_counted_locations_come_in_pages(api: Api, calls: list[str], changes: Changes, who: Who) -> None:
    """The header Link leads to the next ones, for the same days."""
    store_call(changes, who.account_id, "2026-03-01T12:00Z")

    first = api.get("/calls/statistics?from=2026-03-01&until=2026-03-31&limit=1")
    second = api.get("/calls/statistics" + first.headers["Link"].split(">")[0].lstrip("<")).json

    assert [row["location"] for row in (*first.json["locations"], *second["locations"])] == [
        {"id": 1, "name": "Downtown"},
        None,
    ]
    assert (second["calls"], second["first"]) == (3, "2026-03-01")
