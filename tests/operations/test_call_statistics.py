"""Calls are counted per location and per day; the refused ones count too."""

from typing import Any

from operations.call_statistics import count_calls
from operations.changes import Changes, Who
from operations.locations import delete_location, edit_location
from tests.operations.past_calls import store_call


def counted(changes: Changes, who: Who, first: str, last: str, timezone: str = "UTC") -> dict[str, Any]:
    with changes.database.reading() as session:
        return count_calls(session, who.account, first, last, timezone)


def test_calls_count_for_the_day_that_it_was_there(changes: Changes, who: Who) -> None:
    """On the day that summer time ends in Los Angeles, the hour from one to two counts twice."""
    for at in ("2026-11-01T06:59:59Z", "2026-11-01T07:00Z", "2026-11-02T07:59:59Z", "2026-11-02T08:00Z"):
        store_call(changes, who.account_id, at)

    days = counted(changes, who, "2026-10-31", "2026-11-03", "America/Los_Angeles")["days"]

    assert [(day["date"], day["calls"]) for day in days] == [
        ("2026-10-31", 1),
        ("2026-11-01", 2),
        ("2026-11-02", 1),
        ("2026-11-03", 0),
    ]


def test_calls_lost_while_paused_are_told_for_each_location(
    changes: Changes, who: Who, number: dict[str, Any], other: Who
) -> None:
    """Under the name that the location has now; a call of another account counts for nobody here."""
    downtown = {"location_id": number["location"]["id"], "location_name": "Downtown"}
    gone = {"location_id": 99, "location_name": "Old Harbour"}
    for decision in ("routed", "paused", "paused", "unassigned"):
        store_call(changes, who.account_id, "2026-03-01T12:00Z", decision=decision, **downtown)
    store_call(changes, who.account_id, "2026-03-02T12:00Z", decision="paused", **downtown)
    store_call(changes, who.account_id, "2026-03-02T12:00Z", decision="paused", **gone)
    store_call(changes, who.account_id, "2026-03-02T12:00Z", decision="pending")
    store_call(changes, other.account_id, "2026-03-02T12:00Z", decision="paused", **downtown)
    edit_location(changes, who, "Downtown", name="City")

    found = counted(changes, who, "2026-03-01", "2026-03-02")

    assert (found["calls"], found["lost_while_paused"]) == (7, 4)
    per_location = {(row["location"] or {}).get("name"): row for row in found["locations"]}
    assert list(per_location) == ["City", "Old Harbour", None]
    city = per_location["City"]
    assert (city["calls"], city["lost_while_paused"], city["decisions"]["unassigned"]) == (5, 3, 1)
    assert [(day["date"], day["calls"], day["lost_while_paused"]) for day in city["days"]] == [
        ("2026-03-01", 4, 2),
        ("2026-03-02", 1, 1),
    ]
    assert per_location["Old Harbour"]["lost_while_paused"] == 1
    assert per_location[None]["decisions"]["pending"] == 1


def test_an_account_without_calls_has_days_of_nothing(changes: Changes, who: Who) -> None:
    """A chart has a place for each day."""
    found = counted(changes, who, "2026-03-01", "2026-03-31")

    assert (found["calls"], len(found["days"]), found["locations"]) == (0, 31, [])
    assert set(found["decisions"].values()) == {0}


def test_a_deleted_location_keeps_its_calls_and_its_name(changes: Changes, who: Who, number: dict[str, Any]) -> None:
    """History is not rewritten."""
    delete_location(changes, who, "Airport")
    store_call(changes, who.account_id, "2026-03-01T12:00Z", location_id=2, location_name="Airport")

    [location] = counted(changes, who, "2026-03-01", "2026-03-01")["locations"]
    assert location["location"] == {"id": 2, "name": "Airport"}
