"""/agents and /locations: they are alike to whoever asks."""

from dataclasses import dataclass
from typing import Any

import pytest

from tests.admin.api.conftest import Api


@dataclass(frozen=True)
class Kind:
    """A resource, what creates one, and what it lacks to be whole."""

    path: str
    new: dict[str, Any]
    shown: dict[str, Any]
    edits: dict[str, Any]


AGENTS = Kind(
    "/agents",
    {"name": "Zoe", "handoff_kind": "client", "handoff_target": "zoe"},
    {"fallback_number": None},
    {"handoff_kind": "phone", "handoff_target": "+14155550184", "fallback_number": "+14155550185"},
)
LOCATIONS = Kind("/locations", {"name": "Harbour"}, {"timezone": "UTC"}, {"timezone": "Europe/Berlin"})


@pytest.fixture(params=[AGENTS, LOCATIONS], ids=["agents", "locations"])
def kind(request: pytest.FixtureRequest) -> Kind:
    """Agents and locations in turn."""
    found: Kind = request.param
    return found


def test_created_one_is_found_where_it_is_said(api: Api, kind: Kind) -> None:
    """201 with a Location, and the etag that it is shown with."""
    answer = api.post(kind.path, json=kind.new)
    found = api.get(answer.headers["Location"].removeprefix("/api/v1"))

    assert answer.status_code == 201
    assert kind.new.items() | kind.shown.items() <= answer.json.items()
    assert found.json == answer.json
    assert found.headers["ETag"] == answer.headers["ETag"] == f'"{answer.json["etag"]}"'


def test_name_is_taken_once(api: Api, kind: Kind) -> None:
    """409 for the second one."""
    api.post(kind.path, json=kind.new)

    answer = api.post(kind.path, json=kind.new)

    assert (answer.status_code, answer.json["code"]) == (409, f"{kind.path[1:-1]}_exists")


def test_edited_one_keeps_what_was_not_sent(api: Api, kind: Kind) -> None:
    """200 with the change; null is refused for what must be something."""
    one = api.post(kind.path, json=kind.new).json

    answer = api.patch(f"{kind.path}/{one['id']}", json=kind.edits)
    refused = api.patch(f"{kind.path}/{one['id']}", json={"name": None})

    assert (answer.status_code, answer.json["in_force"]) == (200, True)
    assert (kind.edits | {"name": kind.new["name"]}).items() <= answer.json.items()
    assert refused.json["errors"][0]["pointer"] == "#/name"


def test_edit_of_what_has_changed_meanwhile_is_refused(api: Api, kind: Kind) -> None:
    """412, for an edit and for a deletion; nothing is overwritten."""
    seen = api.post(kind.path, json=kind.new)
    path, headers = f"{kind.path}/{seen.json['id']}", {"If-Match": seen.headers["ETag"]}
    edited = api.patch(path, json=kind.edits, headers=headers)

    statuses = [
        api.patch(path, json={"name": "Yara"}, headers=headers).status_code,
        api.delete(path, headers=headers).status_code,
        api.delete(path, headers={"If-Match": edited.headers["ETag"]}).status_code,
    ]

    assert statuses == [412, 412, 200]


def test_deleted_one_is_gone(api: Api, kind: Kind) -> None:
    """200 with the change."""
    one = api.post(kind.path, json=kind.new).json

    answer = api.delete(f"{kind.path}/{one['id']}")

    assert answer.status_code == 200
    assert api.get(f"/changes/{answer.json['change']}").json["action"] == f"{kind.path[1:-1]}.deleted"
    assert api.get(f"{kind.path}/{one['id']}").status_code == 404


def test_one_with_numbers_is_not_deleted(api: Api, kind: Kind, number: dict[str, Any]) -> None:
    """409 that names them."""
    holder = number[kind.path[1:-1]]["id"]

    answer = api.delete(f"{kind.path}/{holder}")

    assert (answer.status_code, answer.json["code"]) == (409, f"{kind.path[1:-1]}_has_numbers")
    assert number["phone_number"] in answer.json["detail"]


def test_they_are_listed_by_name_page_by_page(api: Api, kind: Kind) -> None:
    """In the order of their names, the same one after another."""
    for name in ("Cleo", "Anna", "Bert"):
        api.post(kind.path, json=kind.new | {"name": name})

    first = api.get(f"{kind.path}?limit=2")
    second = api.get(kind.path + first.headers["Link"].removeprefix("<").partition(">")[0])

    assert [one["name"] for one in first.json + second.json] == ["Anna", "Bert", "Cleo"]
    assert "Link" not in second.headers


def test_fallback_number_is_taken_away_by_null(api: Api) -> None:
    """As everything is that may be none."""
    agent = api.post("/agents", json=AGENTS.new | {"fallback_number": "+1 (415) 555-0185"}).json

    answer = api.patch(f"/agents/{agent['id']}", json={"fallback_number": None})

    assert (agent["fallback_number"], answer.json["fallback_number"]) == ("+14155550185", None)
