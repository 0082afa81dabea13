"""The calls of an account are listed, newest first, page by page, narrowed down by what they have in common."""

from collections.abc import Callable
from itertools import islice
from typing import Any

import pytest
from flask import Flask

from operations.add_number import add_number
from operations.agents import delete_agent
from operations.assign_number import assign_number
from operations.call_filters import CallFilters
from operations.changes import Changes, Who
from operations.errors import Invalid
from operations.list_calls import CALLS_A_BATCH, every_call, every_call_here, list_calls
from operations.release_number import release_number
from tests.conftest import Answer
from tests.operations.conftest import ABSENT, NUMBER
from tests.operations.past_calls import store_call


def place(twilio_post: Callable[..., Answer], *to_numbers: str) -> None:
    for index, to_number in enumerate(to_numbers):
        twilio_post(To=to_number, CallSid=f"CA{index:032x}")


def listed(changes: Changes, who: Who, **filters: Any) -> list[str]:
    """Return the CallSids of the first page."""
    with changes.database.reading() as session:
        return [call["call_sid"] for call in list_calls(session, who.account, CallFilters(**filters)).rows]


def test_latest_calls_are_listed_first(
    app: Flask, changes: Changes, who: Who, number: dict[str, Any], twilio_post: Callable[..., Answer]
) -> None:
    """With everything that was decided about them, page by page."""
    place(twilio_post, NUMBER, NUMBER, NUMBER)
    app.extensions["keeper"].drain()

    with changes.database.reading() as session:
        page = list_calls(session, who.account, limit=2)
        rest = list_calls(session, who.account, cursor=page.next_cursor, limit=2)

    assert [call["call_sid"][-1] for call in page.rows] == ["2", "1"]
    assert [call["call_sid"][-1] for call in rest.rows] == ["0"]
    assert rest.next_cursor is None
    call = page.rows[0]
    assert (call["decision"], call["agent_name"], call["number_id"]) == ("routed", "Clara", number["id"])


def test_an_account_sees_neither_the_calls_of_another_one_nor_those_of_nobody(
    app: Flask, changes: Changes, who: Who, number: dict[str, Any], other: Who, twilio_post: Callable[..., Answer]
) -> None:
    """A call to a number that no account has could be anybody's: only the operator at the shell sees it."""
    add_number(changes, other, "+14155550101", "Zoe")
    place(twilio_post, NUMBER, "+14155550101", ABSENT)
    app.extensions["keeper"].drain()

    assert [sid[-1] for sid in listed(changes, who)] == ["0"]
    assert [sid[-1] for sid in listed(changes, other)] == ["1"]
    assert listed(changes, other, number=number["id"]) == listed(changes, other, number=NUMBER) == []
    here = [call.to_number for call in every_call_here(changes.database.reading, who.account)]
    assert here == [ABSENT, NUMBER]
    unknown = every_call_here(changes.database.reading, who.account, CallFilters(number=ABSENT))
    assert [call.to_number for call in unknown] == [ABSENT]


FILTERS = (
    {"number": NUMBER},
    {"number": 1},
    {"agent": "7"},
    {"agent": "Gone"},
    {"location": "8"},
    {"location": "Gone Street"},
    {"decision": "paused"},
    {"status": "ringing"},
    {"caller": "+1 415 555 0198"},
    {"caller": "anonymous"},
    {"forwarded_from": "+14155550142"},
    {"since": "2026-03-02"},
    {"since": "2026-03-01T12:00:00+00:00"},
    {"until": "2026-02-28"},
    {"until": "2026-03-01T00:00Z"},
    {"refused": True},
    {"refused": False},
    {"refused": True, "since": "2026-03-01", "until": "2026-03-01"},
)
CALLS = (
    {"at": "2026-02-28T23:59:59.999999Z", "number_id": 1, "decision": "unavailable"},
    {"at": "2026-03-01T00:00:00Z", "decision": "paused", "from_number": "+14155550198"},
    {"at": "2026-03-01T12:00:00Z", "agent_id": 7, "agent_name": "Gone", "call_status": "completed"},
    {"at": "2026-03-01T23:59:59Z", "location_id": 8, "location_name": "Gone Street", "from_number": "anonymous"},
    {"at": "2026-03-02T00:00:00Z", "forwarded_from": "+14155550142"},
)
WANTED = "0", "0", "2", "2", "3", "3", "1", "0134", "1", "3", "4", "4", "234", "0", "0", "1", "0234", "1"


@pytest.mark.parametrize(("filters", "wanted"), list(zip(FILTERS, WANTED, strict=True)))
def test_a_filter_leaves_the_calls_that_it_describes(
    changes: Changes, who: Who, number: dict[str, Any], other: Who, filters: dict[str, Any], wanted: str
) -> None:
    """Numbers by phone number or id; agents and locations also by the name that only a call remembers."""
    assert number["id"] == 1
    sids = [store_call(changes, who.account_id, **call) for call in CALLS]
    for call in CALLS:
        store_call(changes, other.account_id, **call)

    assert sorted(sids.index(sid) for sid in listed(changes, who, **filters)) == [int(index) for index in wanted]


def test_a_phone_number_means_every_time_that_the_account_has_had_it(
    changes: Changes, who: Who, number: dict[str, Any]
) -> None:
    """A number that was released and got again has two ids and one history."""
    first = store_call(changes, who.account_id, "2026-03-01T00:00Z", number_id=number["id"])
    release_number(changes, who, NUMBER)
    again, _ = add_number(changes, who, NUMBER)
    second = store_call(changes, who.account_id, "2026-03-02T00:00Z", number_id=again["id"])

    assert listed(changes, who, number=NUMBER) == [second, first]
    assert listed(changes, who, number=again["id"]) == [second]


def test_a_deleted_agent_is_found_by_its_name(changes: Changes, who: Who, number: dict[str, Any]) -> None:
    """And while there is one of that name, all its calls are, whatever it was called then."""
    agent = number["agent"]["id"]
    sid = store_call(changes, who.account_id, "2026-03-01T00:00Z", agent_id=agent, agent_name="Her old name")

    assert listed(changes, who, agent="Clara") == [sid]
    assign_number(changes, who, NUMBER, agent="")
    delete_agent(changes, who, "Clara")
    assert listed(changes, who, agent="Her old name") == [sid]


@pytest.mark.parametrize(
    "filters",
    [
        {"number": "12"},
        {"decision": "Paused"},
        {"status": "ringing\0"},
        {"agent": ""},
        {"agent": "a\nb"},
        {"location": "x" * 257},
        {"caller": " "},
        {"since": "yesterday"},
        {"since": "2026-02-30"},
        {"until": "9999-12-31"},
        {"since": "0001-01-01T00:00+14:00"},
        {"since": "2026-03-02", "until": "2026-03-01"},
    ],
)
def test_a_filter_that_cannot_be_read_is_refused(changes: Changes, who: Who, filters: dict[str, Any]) -> None:
    """With a sentence, before the database is asked."""
    with pytest.raises(Invalid):
        listed(changes, who, **filters)


@pytest.mark.parametrize("number", [-1, 0, 2**63, 10**30])
def test_an_impossible_id_finds_nothing(changes: Changes, who: Who, number: int) -> None:
    """It is nobody's, like one that does not exist."""
    assert listed(changes, who, number=number) == []


def test_every_call_comes_once_over_many_batches(changes: Changes, who: Who, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also those of one and the same moment, and while new ones come in."""
    monkeypatch.setattr("operations.list_calls.CALLS_A_BATCH", 3)
    sids = [store_call(changes, who.account_id, f"2026-03-01T00:00:0{index // 4}Z") for index in range(10)]

    calls = every_call(changes.database.reading, who.account_id)
    found = [call.call_sid for call in islice(calls, 4)]
    store_call(changes, who.account_id, "2026-03-02T00:00Z")
    found += [call.call_sid for call in calls]

    assert found == sids[::-1]
    assert CALLS_A_BATCH == 500
