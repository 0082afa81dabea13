"""/numbers/…/pause and resume: what callers meet, until when, and many at once."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.admin.api.conftest import NUMBER, OTHERS, Api

TOMORROW = (datetime.now(UTC) + timedelta(days=1)).replace(microsecond=0)
PAUSES: list[dict[str, Any]] = [
    {},
    {"treatment": "not_in_service", "reason": "holidays"},
    {"treatment": "message", "message": "Back on Monday."},
    {"treatment": "forward", "forward_to": "+1 415 555 0177"},
    {"resume_at": TOMORROW.isoformat()},
]


@pytest.fixture
def path(number: dict[str, Any]) -> str:
    """Where the business's number is."""
    return f"/numbers/{number['id']}"


@pytest.mark.parametrize("pause", PAUSES)
def test_number_is_paused_as_said_and_resumed(api: Api, path: str, pause: dict[str, Any]) -> None:
    """And it is in force."""
    paused = api.post(f"{path}/pause", json=pause)
    shown = paused.json["paused"]

    assert (paused.status_code, paused.json["status"], paused.json["in_force"]) == (200, "paused", True)
    assert shown["treatment"] == pause.get("treatment", "busy")
    assert shown["message"] == pause.get("message")
    assert shown["forward_to"] == ("+14155550177" if "forward_to" in pause else None)
    assert (shown["resume_at"] is None) == ("resume_at" not in pause)
    assert api.get(path).json["paused"] == shown
    assert api.post(f"{path}/resume").json["status"] == "active"


def test_body_may_be_left_out_and_repeated(api: Api, path: str) -> None:
    """The second answer is for the change that is committed already."""
    changes = [api.post(f"{path}/pause").json["change"] for _ in range(2)]

    assert changes[0] == changes[1]


@pytest.mark.parametrize(
    ("pause", "status"),
    [
        ({"treatment": "music"}, 422),
        ({"treatment": "message"}, 422),
        ({"message": "Closed."}, 422),
        ({"treatment": "message", "message": "two\nlines"}, 422),
        ({"treatment": "forward", "forward_to": "0800"}, 422),
        ({"treatment": "forward", "forward_to": "+19002345678"}, 422),
        ({"treatment": "forward", "forward_to": NUMBER}, 409),
        ({"resume_at": "2019-12-24T09:00:00Z"}, 422),
        ({"resume_at": "2099-12-24T09:00:00"}, 422),
        ({"resume_at": "tomorrow"}, 422),
    ],
)
def test_unusable_pause_is_refused(api: Api, path: str, pause: dict[str, Any], status: int) -> None:
    """With a sentence, and nothing is changed."""
    answer = api.post(f"{path}/pause", json=pause)

    assert answer.status_code == status
    assert answer.json["detail"]
    assert api.get(path).json["status"] == "active"


def test_treatment_left_out_is_that_of_the_account(api: Api, path: str) -> None:
    """Which refuses what a pause would refuse."""
    refused = api.patch("/account", json={"paused_treatment": "forward", "paused_forward_to": "+19005550123"})
    edited = api.patch("/account", json={"paused_treatment": "forward", "paused_forward_to": "+14155550177"})

    paused = api.post(f"{path}/pause", json={}).json["paused"]

    assert (refused.status_code, edited.json["paused_forward_to"]) == (422, "+14155550177")
    assert (paused["treatment"], paused["forward_to"]) == ("forward", "+14155550177")


def test_number_that_was_changed_meanwhile_is_not_paused(api: Api, path: str) -> None:
    """If-Match has the etag that the person has seen."""
    etag = api.get(path).headers["ETag"]
    assert api.post(f"{path}/pause", headers={"If-Match": etag}).status_code == 200

    assert api.post(f"{path}/resume", headers={"If-Match": etag}).status_code == 412


def test_many_are_paused_and_resumed_in_one_change(api: Api, numbers: list[str]) -> None:
    """One change number for all."""
    ids = [row["id"] for row in api.get("/numbers").json if row["status"] in ("active", "paused")]

    paused = api.post("/numbers/pause", json={"numbers": ids, "treatment": "message", "message": "Snow."})
    resumed = api.post("/numbers/resume", json={"numbers": ids})

    assert [row["paused"]["message"] for row in paused.json["numbers"]] == ["Snow."] * 3
    assert resumed.json["change"] == paused.json["change"] + 1
    assert {row["status"] for row in resumed.json["numbers"]} == {"active"}


@pytest.mark.parametrize("what", ["pause", "resume"])
def test_all_or_none(api: Api, numbers: list[str], what: str) -> None:
    """The refusal names every number that cannot be, and why; an unknown one is not found."""
    rows = api.get("/numbers").json
    before = [row["etag"] for row in rows]

    refused = api.post(f"/numbers/{what}", json={"numbers": [row["id"] for row in rows]})
    missing = api.post(f"/numbers/{what}", json={"numbers": [rows[0]["id"], 999_999]})

    assert (refused.status_code, refused.json["code"], missing.status_code) == (409, "numbers_refused", 404)
    assert OTHERS[2] in refused.json["detail"]
    assert OTHERS[3] in refused.json["detail"]
    assert [row["etag"] for row in api.get("/numbers").json] == before
