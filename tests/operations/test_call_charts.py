"""What charts show of calls is what a count of all of them says."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

import pytest

from operations.call_charts import CountedDays, count_days
from operations.call_statistics import count_calls
from operations.changes import Changes, Who
from operations.days import read_days
from operations.locations import create_location, delete_location
from tests.operations.past_calls import store_call

ROME = "Europe/Rome"
# The clocks change within these days.
FIRST, LAST = "2026-03-27", "2026-03-31"
DECISIONS = ("routed", "routed", "paused", "unassigned")


def counted(changes: Changes, who: Who, most: int) -> CountedDays:
    with changes.database.reading() as session:
        return count_days(session, who.account, read_days(FIRST, LAST, ROME), most)


def by_day(rows: list[dict[str, Any]], count: str) -> tuple[int, ...]:
    found = {row["date"]: row[count] for row in rows}
    return tuple(found.get((date.fromisoformat(FIRST) + timedelta(days=day)).isoformat(), 0) for day in range(5))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_charts_say_what_the_statistics_say(changes: Changes, who: Who, other: Who, seed: int) -> None:
    """Of any calls, at any time of these days and around them: for each location shown, for all others, and lost."""
    random, begin = Random(seed), datetime(2026, 3, 26, 12, tzinfo=UTC)
    locations = [create_location(changes, who, f"Place {index}", ROME)["id"] for index in range(4)]
    for _ in range(60):
        where = random.choice([None, *locations])
        at = begin + timedelta(minutes=random.randint(0, 6 * 24 * 60))
        store_call(changes, who.account_id, at, decision=random.choice(DECISIONS), location_id=where)
    store_call(changes, other.account_id, begin + timedelta(days=2), decision="paused")
    with changes.database.reading() as session:
        whole = count_calls(session, who.account, FIRST, LAST, ROME)

    found = counted(changes, who, most=2)

    per_location = {(row["location"] or {}).get("name"): by_day(row["days"], "calls") for row in whole["locations"]}
    assert found.lost == by_day(whole["days"], "lost_while_paused")
    assert all(per_location[name] == counts for name, counts in found.locations)
    assert [sum(counts) for _, counts in found.locations] == sorted(map(sum, per_location.values()))[:-3:-1]
    of_all = [sum(of_day) for of_day in zip(found.others, *(counts for _, counts in found.locations), strict=True)]
    assert tuple(of_all) == by_day(whole["days"], "calls")


def test_calls_of_a_deleted_location_are_among_the_others(changes: Changes, who: Who, number: dict[str, Any]) -> None:
    """No call is left out."""
    airport = 2
    for location_id in (airport, airport, number["location"]["id"]):
        store_call(changes, who.account_id, "2026-03-28T12:00Z", location_id=location_id)
    delete_location(changes, who, "Airport")

    found = counted(changes, who, most=5)

    assert found.locations == (("Downtown", (0, 1, 0, 0, 0)),)
    assert found.others == (0, 2, 0, 0, 0)


def test_forwarded_call_of_a_paused_number_is_not_lost(changes: Changes, who: Who) -> None:
    """Unless nobody was reached there: what is not known yet counts as lost."""
    store_call(changes, who.account_id, "2026-03-28T12:00Z", decision="paused")

    assert Counter(counted(changes, who, most=5).lost) == Counter({0: 4, 1: 1})


def test_the_busiest_locations_are_those_of_the_last_days(changes: Changes, who: Who) -> None:
    """Of a long time its last 30 days are compared; what is shown is counted over all of it."""
    days = read_days("2026-01-01", "2026-03-31")
    before, after = (create_location(changes, who, name)["id"] for name in ("Castle", "Harbour"))
    for location_id, at in (
        (before, "2026-01-05"),
        (before, "2026-01-05"),
        (after, "2026-01-05"),
        (after, "2026-03-30"),
    ):
        store_call(changes, who.account_id, f"{at}T12:00Z", location_id=location_id)

    with changes.database.reading() as session:
        found = count_days(session, who.account, days, 1)

    assert [(name, sum(counts)) for name, counts in found.locations] == [("Harbour", 2)]
    assert sum(found.others) == 2
