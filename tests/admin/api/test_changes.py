"""/changes: the audit trail through the API."""

from typing import Any

from operations.changes import Changes, Who
from operations.pause_number import pause_number, resume_number
from tests.admin.api.conftest import NUMBER, Api


def test_changes_are_listed_newest_first_page_by_page(
    api: Api, changes: Changes, who: Who, number: dict[str, Any]
) -> None:
    """The Link of a page leads to the next; every page has its sentences."""
    pause_number(changes, who, NUMBER, "closed")

    first = api.get("/changes?limit=3")
    second = api.get(f"/changes?{first.headers['Link'].partition('?')[2].partition('>')[0]}")

    rows = first.json + second.json
    assert len(rows) == 6
    assert [row["n"] for row in rows] == list(range(rows[0]["n"], rows[0]["n"] - 6, -1))
    assert rows[0]["sentence"] == "Test paused +1 415 555 0100, because “closed”."


def test_changes_are_filtered(api: Api, changes: Changes, who: Who, number: dict[str, Any]) -> None:
    """Every filter narrows; what nothing could fulfil is refused."""
    _, paused = pause_number(changes, who, NUMBER)
    resume_number(changes, who, NUMBER)
    found = {
        query: [row["action"] for row in api.get(f"/changes?{query}").json]
        for query in (
            "number=%2B14155550100&action=number.paused",
            f"first={paused.n}&last={paused.n}",
            "made_by=nobody",
            "from=2100-01-01",
            "until=2020-01-01T00:00:00Z",
        )
    }

    assert [*found.values()] == [["number.paused"], ["number.paused"], [], [], []]
    assert api.get("/changes?action=fax").status_code == 422
    assert api.get("/changes?from=yesterday").status_code == 422


def test_change_is_shown_with_its_differences_and_in_force(
    api: Api, changes: Changes, who: Who, number: dict[str, Any]
) -> None:
    """What a 202 sends people to."""
    _, paused = pause_number(changes, who, NUMBER)

    shown = api.get(f"/changes/{paused.n}").json

    assert (shown["in_force"], shown["unconfirmed"]) == (True, [])
    assert {"of": None, "field": "status", "before": "active", "after": "paused"} in shown["changed"]


def test_changes_of_another_account_are_not_listed(api: Api, stranger: Api, number: dict[str, Any]) -> None:
    """A number names its changes in its own account only."""
    assert api.get("/changes?number=%2B14155550100").json != []
    assert stranger.get("/changes?number=%2B14155550100").json == []
