"""The calls, as a browser without JavaScript gets them."""

import csv
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest

from operations.accounts import create_account
from operations.add_number import add_number
from operations.agents import create_agent
from operations.changes import Changes, Who
from operations.csv_text import plain
from operations.locations import create_location
from operations.permissions import SYSTEM
from tests.admin.pages.conftest import Person, text_of
from tests.operations.past_calls import store_call

MakePerson = Callable[..., Person]
MAIN, CALLER = "+14155550100", "+14155550199"
HOSTILE = "<script>alert(1)</script>"
LONG_AGO = datetime(2026, 3, 1, 7, 30, tzinfo=UTC)


@pytest.fixture
def call_sids(changes: Changes, who: Who) -> dict[str, str]:
    """Five calls, named by what is special about each; Downtown's day of the first is not that of UTC."""
    agent = create_agent(changes, who, "Clara", "phone", "+14155550182")["id"]
    place = create_location(changes, who, "Downtown", "America/Los_Angeles")["id"]
    number = add_number(changes, who, MAIN, "Clara", "Downtown")[0]["id"]
    known = {"number_id": number, "agent_id": agent, "agent_name": "Clara"}
    known |= {"location_id": place, "location_name": "Downtown"}
    details = {
        "routed": {**known, "change": 4, "milliseconds": 1.2},
        "paused": {**known, "decision": "paused", "from_number": "+14155550198"},
        "hostile": {"agent_name": HOSTILE, "location_name": HOSTILE, "from_number": HOSTILE},
        "ended": {**known, "call_status": "completed"},
        "placeless": {"number_id": number, "decision": "unassigned"},
    }
    return {
        name: store_call(changes, who.account, LONG_AGO + timedelta(minutes=index), **one)
        for index, (name, one) in enumerate(details.items())
    }


@pytest.mark.parametrize("role", ["member", "admin", "super_admin"])
def test_calls_are_listed_newest_first_for_everybody(person: MakePerson, call_sids: dict[str, str], role: str) -> None:
    """In words; what a caller sends is text."""
    answer = person(role).get("/calls")

    places = [answer.text.index(f'id="{call_sid}"') for call_sid in call_sids.values()]
    assert places == sorted(places, reverse=True)
    assert "1 Mar 2026, 07:30 (415) 555-0199 (415) 555-0100 Put through Ringing Clara Downtown –" in text_of(answer)
    assert "Number paused" in text_of(answer)
    assert HOSTILE in text_of(answer)
    assert HOSTILE not in answer.text


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("number=%2B14155550100", {"routed", "paused", "ended", "placeless"}),
        ("number=(415)+555-0100&agent=Clara", {"routed", "paused", "ended"}),
        ("location=Downtown&status=completed", {"ended"}),
        ("decision=paused", {"paused"}),
        ("caller=415-555-0198", {"paused"}),
        ("from=2026-03-01&until=2026-03-01", {"routed", "paused", "hostile", "ended", "placeless"}),
        ("until=2026-02-28", set()),
        ("agent=999", set()),
    ],
)
def test_calls_are_filtered_by_the_address(
    person: MakePerson, call_sids: dict[str, str], query: str, found: set[str]
) -> None:
    """Numbers as they are shown or in E.164; the table to download has the same calls."""
    somebody = person("member")
    page = somebody.get(f"/calls?{query}").text
    table = somebody.get(f"/calls.csv?{query}")

    assert {name for name, call_sid in call_sids.items() if f'id="{call_sid}"' in page} == found
    assert {plain(row["call_sid"]) for row in csv.DictReader(StringIO(table.text))} == {call_sids[one] for one in found}
    assert table.content_type.startswith("text/csv")


@pytest.mark.parametrize(
    "query", ["number=nobody", "decision=strange", "status=x", "from=yesterday", "from=2026-03-02&until=2026-03-01"]
)
def test_filter_that_cannot_be_read_is_said_and_kept(person: MakePerson, call_sids: dict[str, str], query: str) -> None:
    """Above the list, with what was typed still in its field; nothing else is lost."""
    somebody = person("member")

    answer = somebody.get(f"/calls?caller=kept&{query}")
    table = somebody.get(f"/calls.csv?{query}")

    assert answer.status_code == table.status_code == 422
    assert '<div class="alert alert-danger" role="alert">' in answer.text
    assert 'value="kept"' in answer.text
    assert "Show all calls" in text_of(answer)


def test_days_are_those_of_the_viewers_clock(person: MakePerson, call_sids: dict[str, str]) -> None:
    """Half past seven in UTC is still the evening before in Los Angeles; which clock it is, is said."""
    somebody = person("member")
    assert "Times are those of UTC." in text_of(somebody.get("/calls"))
    somebody.post("/timezone", timezone="America/Los_Angeles", back="/calls")

    answer = somebody.get("/calls?until=2026-02-28")

    assert "28 Feb 2026, 23:30" in text_of(answer)
    assert "Times are those of America/Los Angeles." in text_of(answer)


def test_timezone_is_chosen_on_a_page_that_leads_back(person: MakePerson) -> None:
    """With the filters that were set, and says there whose clock it is now."""
    somebody, back = person("member"), "/calls?decision=paused"
    page = somebody.get("/timezone", headers={"Referer": f"https://calls.example.com{back}"})
    chosen = somebody.post("/timezone", timezone="America/New_York", back=back)

    assert '<option value="Europe/Rome">' in page.text
    assert chosen.location == back
    assert "This browser shows times of America/New York now." in text_of(somebody.get(back))


def test_charts_say_that_they_are_on_their_way(person: MakePerson) -> None:
    """Below the list, with a way to them without JavaScript; and when another span is asked for."""
    somebody = person("member")

    waiting = somebody.get("/calls").text.partition('hx-trigger="load"')[2]
    assert 'role="status">The calls of the last days are being counted… <a href="/calls/days">' in waiting
    days = somebody.get("/calls/days").text.partition('id="days-90"')[2].partition("</a>")[0]
    assert 'data-while="The calls of 90 days are being counted…" hx-sync="this:drop"' in days


def test_list_goes_on_from_where_a_page_ends(person: MakePerson, changes: Changes, who: Who) -> None:
    """The next page keeps the filters and is not kept up to date: what was on it stays on it."""
    for minute in range(51):
        store_call(changes, who.account, LONG_AGO + timedelta(minutes=minute))
    somebody = person("member")

    first = somebody.get("/calls?decision=routed")
    following = first.text.partition('rel="next"')[0].rpartition('href="')[2].partition('"')[0].replace("&amp;", "&")
    second = somebody.get(following)

    assert "decision=routed" in following
    assert (first.text.count('<tr id="CA'), second.text.count('<tr id="CA')) == (50, 1)
    assert ("data-live" in first.text, "data-live hx-get" in second.text) == (True, False)
    assert "Back to start" in text_of(second)


def test_empty_log_says_what_will_be_there(person: MakePerson) -> None:
    """And where to go until then."""
    assert "No calls yet" in text_of(person("member").get("/calls"))


def test_call_is_told_as_a_sentence_and_in_order(person: MakePerson, call_sids: dict[str, str]) -> None:
    """With its receipt, on the viewer's clock and on the location's."""
    text = text_of(person("member").get(f"/calls/{call_sids['routed']}"))

    assert "+14155550199 called +14155550100 on 2026-03-01 at 07:30:00 UTC." in text
    assert "It was 28 Feb 2026, 23:30 at Downtown (America/Los Angeles)." in text
    assert "07:30:00 Twilio asked what to do with the call." in text
    assert "Put through because the number was active, with an agent" in text
    assert "1.2 ms" in text


def test_hostile_names_are_text_on_a_calls_page(person: MakePerson, call_sids: dict[str, str]) -> None:
    """Wherever they stand."""
    answer = person("member").get(f"/calls/{call_sids['hostile']}")

    assert HOSTILE in text_of(answer)
    assert HOSTILE not in answer.text


def test_calls_of_another_account_are_not_there(
    person: MakePerson, changes: Changes, call_sids: dict[str, str]
) -> None:
    """Neither in the list nor by their CallSid nor in a count."""
    other = Who(create_account(changes, Who(None, "test", SYSTEM), "Other Business")["id"], "other", SYSTEM)
    stranger = person("super_admin", other)

    assert "No calls yet" in text_of(stranger.get("/calls"))
    assert stranger.get(f"/calls/{call_sids['routed']}").status_code == 404
    assert "Downtown" not in stranger.get("/calls/days?days=90").text
    assert stranger.get("/calls/no%00call").status_code == 404


def test_calls_are_counted_per_day_in_a_picture_and_in_a_table(person: MakePerson, changes: Changes, who: Who) -> None:
    """By location, and those that were lost because of a pause; days without calls too."""
    now = datetime.now(UTC)
    ids = {place: create_location(changes, who, place)["id"] for place in ("Downtown", "Airport")}
    for decision, place in (("routed", "Downtown"), ("paused", "Downtown"), ("paused", "Airport")):
        store_call(changes, who.account, now, decision=decision, location_id=ids[place], location_name=place)

    answer = person("member").get("/calls/days?days=14")

    text = text_of(answer)
    assert "At most 3 in a day, 3 in all" in text
    assert "At most 2 in a day, 2 in all" in text
    assert f"Day Downtown Airport {now - timedelta(days=13):%a %-d %b} 0 0" in text
    assert f"{now:%a %-d %b} 2 1" in text
    assert answer.text.count("<rect") == 3 + 2
    assert "style=" not in answer.text
