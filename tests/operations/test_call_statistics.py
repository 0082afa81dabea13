"""Calls are counted per location and per day; the refused ones count too."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from operations.call_statistics import count_calls, count_calls_page
from operations.changes import Changes, Who
from operations.days import read_days
from operations.errors import Invalid
from operations.locations import delete_location, edit_location
from routing.call_record import HANDOFF_ENDED
from tests.operations.past_calls import event, store, store_call


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


def test_a_call_that_a_pause_forwarded_is_lost_only_if_nobody_was_reached(changes: Changes, who: Who) -> None:
    """Its decision is that of the number all the same."""
    for outcome in ("completed", "busy"):
        call_sid = store_call(changes, who.account_id, "2026-03-01T12:00Z", decision="paused")
        at = datetime(2026, 3, 1, 12, 1, tzinfo=UTC)
        store(changes, event(call_sid, HANDOFF_ENDED, at, outcome=outcome, is_fallback=True))

    found = counted(changes, who, "2026-03-01", "2026-03-01")

    assert (found["calls"], found["decisions"]["paused"], found["lost_while_paused"]) == (2, 2, 1)


def test_without_days_the_last_thirty_are_counted(changes: Changes, who: Who) -> None:
    """Up to today, as it is there."""
    with changes.database.reading() as session:
        found = count_calls(session, who.account, timezone="Pacific/Kiritimati")

    assert len(found["days"]) == 30
    assert found["last"] == f"{datetime.now(UTC) + timedelta(hours=14):%Y-%m-%d}"


def test_locations_come_in_pages_by_name(changes: Changes, who: Who) -> None:
    """Each once, also those of the same name, deleted ones, and none; the days are of all calls on every page."""
    names = {91: "Old Harbour", 92: "Castle", 93: "Castle", None: None}
    for location_id, name in names.items():
        store_call(changes, who.account_id, "2026-03-01T12:00Z", location_id=location_id, location_name=name)
    days, pages, cursor = read_days("2026-03-01", "2026-03-02"), [], None

    with changes.database.reading() as session:
        while cursor or not pages:
            page, cursor = count_calls_page(session, who.account, days, "UTC", cursor, limit=2)
            pages.append(page)

    assert [row["location"] and row["location"]["id"] for page in pages for row in page["locations"]] == [
        92,
        93,
        91,
        None,
    ]
    assert [[day["calls"] for day in page["days"]] for page in pages] == [[4, 0]] * 2


@pytest.mark.parametrize("cursor", ["WzFd", "W1tdLCAiIiwgMF0", "e30", "!"])
def test_a_cursor_that_was_not_given_out_is_refused(changes: Changes, who: Who, cursor: str) -> None:
    """With a sentence."""
    days = read_days("2026-03-01", "2026-03-02")
    store_call(changes, who.account_id, "2026-03-01T12:00Z")

    with changes.database.reading() as session, pytest.raises(Invalid, match="cursor"):
        count_calls_page(session, who.account, days, "UTC", cursor)
