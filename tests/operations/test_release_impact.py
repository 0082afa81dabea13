"""Before a release people see what it costs them."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import insert, update

from models import Call, ForwardedLine, Number
from operations.add_number import add_number
from operations.changes import Changes, Who
from operations.errors import NotFound
from operations.release_impact import release_impact, tell_impact
from operations.release_number import release_number
from tests.conftest import ACCOUNT_SID
from tests.operations.conftest import NUMBER

LINE, QUIET_LINE = "+14155550150", "+14155550151"


def impact_of(changes: Changes, who: Who, number: str = NUMBER) -> dict[str, Any]:
    with changes.database.reading() as session:
        return release_impact(session, who.account, number)


def call(number: dict[str, Any], index: int, decision: str = "routed", days_ago: float = 1, via: str = "") -> dict:
    received_at = datetime.now(UTC) - timedelta(days=days_ago)
    shared = {"account_sid": ACCOUNT_SID, "call_sid": f"CA{index:032}", "number_id": number["id"]}
    return shared | {"decision": decision, "received_at": received_at, "forwarded_from": via or None}


def test_impact_counts_the_calls_of_thirty_days(changes: Changes, who: Who, number: dict[str, Any]) -> None:
    """Those that reached an agent apart from those that were refused; older ones and other numbers' do not count."""
    other = add_number(changes, who, "+14155550101")[0]
    rows = [call(number, 1), call(number, 2), call(number, 3, "paused"), call(number, 4, days_ago=31), call(other, 5)]
    with changes.database.writing() as session:
        session.execute(insert(Call), rows)

    impact = impact_of(changes, who)

    assert (impact["days"], impact["calls"], impact["calls_handed_over"]) == (30, 3, 2)


def test_impact_names_who_is_left_without_any_number(changes: Changes, who: Who, number: dict[str, Any]) -> None:
    """A second number of the agent's keeps the agent reachable; the location has this one only."""
    assert impact_of(changes, who)["agent_left_without_number"]["name"] == "Clara"
    add_number(changes, who, "+14155550101", "Clara", "Airport")

    impact = impact_of(changes, who)

    assert impact["agent_left_without_number"] is None
    assert impact["location_left_without_number"]["name"] == "Downtown"


def test_impact_of_a_number_that_nobody_has_left_nobody_without(changes: Changes, who: Who) -> None:
    """Neither agent nor location."""
    add_number(changes, who, NUMBER)

    impact = impact_of(changes, who)

    assert (impact["agent_left_without_number"], impact["location_left_without_number"]) == (None, None)
    assert tell_impact(impact) == [f"{NUMBER} had 0 calls in the last 30 days; 0 reached an agent."]


def test_impact_tells_which_lines_still_forward_here(changes: Changes, who: Who, number: dict[str, Any]) -> None:
    """And when a call last came through each: the business has to redirect them at its carrier."""
    lines = [
        {"account_id": who.account, "number_id": number["id"], "phone_number": phone_number}
        for phone_number in (LINE, QUIET_LINE)
    ]
    with changes.database.writing() as session:
        session.execute(insert(ForwardedLine), lines)
        session.execute(insert(Call), [call(number, 1, days_ago=9, via=LINE), call(number, 2, days_ago=40, via=LINE)])

    impact = impact_of(changes, who)

    [busy, quiet] = impact["forwarded_lines"]
    assert (busy["phone_number"], quiet) == (LINE, {"phone_number": QUIET_LINE, "last_call_at": None})
    last = datetime.fromisoformat(busy["last_call_at"])
    assert datetime.now(UTC) - last < timedelta(days=10)
    there = last.astimezone(ZoneInfo("Asia/Tokyo"))
    assert f"last call {there:%Y-%m-%d %H:%M} (Asia/Tokyo)" in " ".join(tell_impact(impact, "Asia/Tokyo"))
    assert f"last call {last:%Y-%m-%d %H:%M} UTC" in " ".join(tell_impact(impact))
    assert f"{QUIET_LINE} still forwards here, no call seen: undo that at its carrier first." in tell_impact(impact)


def test_forwarded_lines_stay_with_the_released_number(changes: Changes, who: Who, number: dict[str, Any]) -> None:
    """They are part of its history, and nobody's forwarding ends by what we do."""
    line = {"account_id": who.account, "number_id": number["id"], "phone_number": LINE}
    with changes.database.writing() as session:
        session.execute(insert(ForwardedLine), [line])

    release_number(changes, who, NUMBER)

    assert [line["phone_number"] for line in impact_of(changes, who)["forwarded_lines"]] == [LINE]


def test_impact_tells_the_price_that_is_saved(changes: Changes, who: Who, number: dict[str, Any]) -> None:
    """Exactly, in whole units of its currency."""
    with changes.database.writing() as session:
        session.execute(update(Number).values(monthly_price=Decimal("1.15"), price_unit="USD"))

    impact = impact_of(changes, who)

    assert (impact["monthly_price"], impact["price_unit"]) == ("1.15", "USD")
    assert tell_impact(impact)[-1] == "It saves 1.15 USD a month."


def test_impact_of_another_accounts_number_is_not_told(changes: Changes, number: dict[str, Any], other: Who) -> None:
    """It is not there."""
    with pytest.raises(NotFound):
        impact_of(changes, other)
