"""/numbers: listing, showing and assigning them."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import update

from models import Host
from operations.changes import Changes
from tests.admin.api.conftest import OTHERS, Api


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", [0, 1, 2, 3, 4]),
        ("?status=paused", [1]),
        ("?needs_attention=true", [2, 3, 4]),
        ("?needs_attention=false", [0, 1]),
        ("?needs_attention=true&status=pending", [3]),
        ("?search=main", [0]),
        ("?search=MAIN%20L", [0]),
        ("?search=50%25", [1]),
        ("?search=%25", [1]),
        ("?search=_", [1]),
        ("?search=(415)%20555-0103", [3]),
        ("?search=%2B1415", [0, 1, 2, 3, 4]),
        ("?search=%2B", []),
        ("?agent_id=9223372036854775807", []),
    ],
)
def test_numbers_are_listed_by_what_is_asked_for(api: Api, numbers: list[str], query: str, found: list[int]) -> None:
    """By phone number; a search looks at the number as people write it, and at the label."""
    assert [row["phone_number"] for row in api.get(f"/numbers{query}").json] == [numbers[index] for index in found]


def test_numbers_are_listed_by_agent_and_location(api: Api, numbers: list[str]) -> None:
    """Everything that is said must be so."""
    bruno = next(agent["id"] for agent in api.get("/agents").json if agent["name"] == "Bruno")
    airport = next(place["id"] for place in api.get("/locations").json if place["name"] == "Airport")

    assert [row["phone_number"] for row in api.get(f"/numbers?agent_id={bruno}").json] == [OTHERS[0], OTHERS[2]]
    assert [row["phone_number"] for row in api.get(f"/numbers?location_id={airport}").json] == [OTHERS[0], OTHERS[1]]
    both = api.get(f"/numbers?agent_id={bruno}&location_id={airport}").json
    assert [row["phone_number"] for row in both] == [OTHERS[0]]


def test_list_is_read_page_by_page(api: Api, numbers: list[str]) -> None:
    """The header Link leads through all of it and keeps what else was asked for."""
    pages, query = [], "?limit=2&search=1415"
    while query:
        answer = api.get(f"/numbers{query}")
        pages.append([row["phone_number"] for row in answer.json])
        query = (
            answer.headers["Link"].removeprefix("<").removesuffix('>; rel="next"') if "Link" in answer.headers else ""
        )

    assert pages == [numbers[:2], numbers[2:4], numbers[4:]]


def test_number_is_shown_with_its_etag(api: Api, number: dict[str, Any]) -> None:
    """The same in the header, in quotes."""
    answer = api.get(f"/numbers/{number['id']}")

    assert answer.json == number
    assert answer.headers["ETag"] == f'"{number["etag"]}"'
    assert answer.headers["Cache-Control"] == "no-store"


def test_number_is_assigned_and_labelled_in_one_change(api_of: Callable[..., Api], number: dict[str, Any]) -> None:
    """A Member may. What is not said stays."""
    api = api_of("member")
    bruno = api.get("/agents").json[0]

    answer = api.patch(f"/numbers/{number['id']}", json={"agent_id": bruno["id"], "move": True, "label": "Front desk"})

    assert answer.status_code == 200
    assert (answer.json["agent"]["name"], answer.json["location"]["name"]) == ("Bruno", "Downtown")
    assert answer.json["label"] == "Front desk"
    assert (answer.json["in_force"], answer.json["unconfirmed"]) == (True, [])
    assert answer.headers["ETag"] == f'"{answer.json["etag"]}"' == api.get(f"/numbers/{number['id']}").headers["ETag"]


def test_number_that_somebody_has_is_moved_only_if_that_is_said(api: Api, number: dict[str, Any]) -> None:
    """409, naming the holder."""
    bruno = api.get("/agents").json[0]

    answer = api.patch(f"/numbers/{number['id']}", json={"agent_id": bruno["id"]})

    assert (answer.status_code, answer.json["code"]) == (409, "number_has_agent")
    assert "Clara" in answer.json["detail"]


def test_null_takes_a_number_away(api: Api, number: dict[str, Any]) -> None:
    """From its agent and its location; a field that is left out takes nothing away."""
    answer = api.patch(f"/numbers/{number['id']}", json={"agent_id": None})
    same = api.patch(f"/numbers/{number['id']}", json={})

    assert (answer.json["agent"], answer.json["receiving_calls"]) == (None, False)
    assert same.json["location"]["name"] == "Downtown"
    assert same.json["etag"] == answer.json["etag"]


def test_number_is_given_to_nobody_elses_agent(api: Api, stranger: Api, number: dict[str, Any]) -> None:
    """Neither by the id of another account's agent, nor by an id that is an agent's name here."""
    theirs = stranger.post("/agents", json={"name": "Zoe", "handoff_kind": "client", "handoff_target": "zoe"}).json
    api.post("/agents", json={"name": str(theirs["id"]), "handoff_kind": "client", "handoff_target": "seven"})

    answer = api.patch(f"/numbers/{number['id']}", json={"agent_id": theirs["id"], "move": True})

    assert (answer.status_code, answer.json["code"]) == (404, "not_found")


@pytest.mark.parametrize(
    ("if_match", "status"),
    [
        ('"{etag}"', 200),
        ("*", 200),
        ('"other", "{etag}"', 200),
        ('"other"', 412),
        ('W/"{etag}"', 412),
        ("{etag}", 200),
        ("", 412),
        ('"', 412),
        ('"*"', 412),
        ('"other", ""', 412),
    ],
)
def test_change_is_made_to_what_was_seen(api: Api, number: dict[str, Any], if_match: str, status: int) -> None:
    """A weak etag matches nothing in If-Match; an etag without its quotes is forgiven."""
    headers = {"If-Match": if_match.format(etag=number["etag"])}

    answer = api.patch(f"/numbers/{number['id']}", json={"label": "Front desk"}, headers=headers)

    assert answer.status_code == status
    assert api.get(f"/numbers/{number['id']}").json["label"] == ("Front desk" if status == 200 else "Main line")


def test_change_that_a_host_has_not_confirmed_is_202(
    api: Api, changes: Changes, number: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It names the host; GET /changes/{n} tells when it is in force."""
    monkeypatch.setattr("operations.in_force.CONFIRM_WITHIN_SECONDS", 0.1)
    with changes.database.writing() as session:
        session.add(Host(id="f" * 32, name="lost-host", known=0, seen_at=datetime.now(UTC)))

    answer = api.patch(f"/numbers/{number['id']}", json={"label": "Front desk"})
    change = api.get(f"/changes/{answer.json['change']}").json

    assert (answer.status_code, answer.json["in_force"]) == (202, False)
    assert answer.json["unconfirmed"] == change["unconfirmed"] == ["lost-host (ffffffff)"]
    assert change["in_force"] is False
    with changes.database.writing() as session:
        session.execute(update(Host).values(known=change["n"]))
    assert api.get(f"/changes/{change['n']}").json["in_force"] is True


def test_released_number_is_not_assigned(api: Api, numbers: list[str]) -> None:
    """409 with a sentence."""
    released = api.get("/numbers?status=released").json[0]

    answer = api.patch(f"/numbers/{released['id']}", json={"agent_id": None})

    assert (answer.status_code, answer.json["code"]) == (409, "number_released")
