"""Numbers from the agent's and the location's side, and many at once."""

from typing import Any

import pytest

from operations.add_number import add_number
from operations.changes import Changes, Who
from tests.admin.api.conftest import Api

SECOND = "+14155550101"


@pytest.fixture
def ids(changes: Changes, who: Who, number: dict[str, Any]) -> list[int]:
    """The ids of the number of Clara's, Downtown, and of one that nobody has."""
    return [number["id"], add_number(changes, who, SECOND)[0]["id"]]


def id_of(api: Api, resource: str, name: str) -> int:
    """Return the id of an agent or a location."""
    found: int = next(row["id"] for row in api.get(f"/{resource}").json if row["name"] == name)
    return found


@pytest.mark.parametrize(
    ("part", "resource", "new"), [("agent", "agents", "Bruno"), ("location", "locations", "Airport")]
)
def test_whole_set_is_given_by_who_has_seen_the_present_one(
    api: Api, ids: list[int], part: str, resource: str, new: str
) -> None:
    """What another one has needs `move`; the etag is that of the set, on every page."""
    path = f"/{resource}/{id_of(api, resource, new)}/numbers"
    empty = api.get(path)

    refused = api.put(path, json={"numbers": ids})
    given = api.put(path, json={"numbers": ids, "move": True}, headers={"If-Match": empty.headers["ETag"]})
    page = api.get(f"{path}?limit=1")
    stale = api.put(path, json={"numbers": []}, headers={"If-Match": empty.headers["ETag"]})

    assert (empty.json, refused.status_code, refused.json["code"]) == ([], 409, f"number_has_{part}")
    assert [number[part]["name"] for number in given.json["numbers"]] == [new, new]
    assert (len(page.json), page.headers["ETag"]) == (1, given.headers["ETag"])
    assert "Link" in page.headers
    assert stale.status_code == 412
    assert api.put(path, json={"numbers": []}, headers={"If-Match": page.headers["ETag"]}).json["numbers"] == []


@pytest.mark.parametrize(
    ("part", "resource", "old", "new"),
    [
        ("agent", "agents", "Clara", "Bruno"),
        ("location", "locations", "Downtown", "Airport"),
    ],
)
def test_single_number_is_given_and_taken(
    api: Api, ids: list[int], part: str, resource: str, old: str, new: str
) -> None:
    """Taking it from who has it not any more does nothing to who has it."""
    before, after = (f"/{resource}/{id_of(api, resource, name)}/numbers/{ids[0]}" for name in (old, new))

    refused = api.put(after)
    moved = api.put(after, json={"move": True})
    kept = api.delete(before)
    taken = api.delete(after)

    assert (refused.status_code, moved.status_code, kept.status_code, taken.status_code) == (409, 200, 200, 200)
    assert (moved.json[part]["name"], kept.json[part]["name"], taken.json[part]) == (new, new, None)


def test_many_numbers_are_assigned_at_once(api: Api, ids: list[int]) -> None:
    """All or none, under one change number; null takes them away."""
    bruno, airport = id_of(api, "agents", "Bruno"), id_of(api, "locations", "Airport")

    refused = api.post("/numbers/assign", json={"numbers": ids, "agent_id": bruno})
    moved = api.post("/numbers/assign", json={"numbers": ids, "agent_id": bruno, "location_id": airport, "move": True})
    taken = api.post("/numbers/assign", json={"numbers": ids, "agent_id": None})

    assert refused.json["code"] == "number_has_agent"
    assert {(row["agent"]["name"], row["location"]["name"]) for row in moved.json["numbers"]} == {("Bruno", "Airport")}
    assert {(row["agent"], row["location"]["name"]) for row in taken.json["numbers"]} == {(None, "Airport")}
    assert taken.json["change"] == moved.json["change"] + 1
    assert api.post("/numbers/assign", json={"numbers": [*ids, 999_999]}).status_code == 404
    assert api.post("/numbers/assign", json={"numbers": []}).status_code == 422


def test_agents_show_their_locations_and_locations_their_agents(api: Api, ids: list[int]) -> None:
    """They follow from the numbers that are shared."""
    api.put(f"/agents/{id_of(api, 'agents', 'Bruno')}/numbers/{ids[1]}")
    api.put(f"/locations/{id_of(api, 'locations', 'Downtown')}/numbers/{ids[1]}")

    bruno = api.get(f"/agents/{id_of(api, 'agents', 'Bruno')}").json
    downtown = next(row for row in api.get("/locations").json if row["name"] == "Downtown")

    assert ([row["name"] for row in bruno["locations"]], bruno["numbers_count"]) == (["Downtown"], 1)
    assert ([row["name"] for row in downtown["agents"]], downtown["numbers_count"]) == (["Bruno", "Clara"], 2)
