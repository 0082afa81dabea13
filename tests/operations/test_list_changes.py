"""The audit trail of an account: newest first, filtered, and never another account's."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from models import Change
from operations.add_number import add_number
from operations.agents import create_agent, delete_agent, edit_agent
from operations.assign_number import assign_numbers
from operations.changes import Changes, Who
from operations.errors import Invalid, NotFound
from operations.list_changes import ChangeFilters, get_change, list_changes
from operations.pause_number import pause_number, pause_numbers, resume_number
from operations.permissions import ADMIN
from tests.operations.audit import change_counter
from tests.operations.conftest import ABSENT, NUMBER

SECOND = "+14155550101"


@pytest.fixture
def trail(changes: Changes, who: Who, number: dict[str, Any]) -> int:
    """Some changes of two numbers, by two people; the last one's change number."""
    ada = Who(who.account_id, "ada@example.com", ADMIN)
    add_number(changes, who, SECOND)
    pause_number(changes, ada, NUMBER, "closed")
    resume_number(changes, who, NUMBER)
    pause_numbers(changes, ada, [NUMBER, SECOND])
    edit_agent(changes, ada, "Clara", name="Clarissa")
    return change_counter(changes)


def listed(changes: Changes, who: Who, **filters: Any) -> list[dict[str, Any]]:
    """Return the first page of the changes that fulfil the filters."""
    with changes.database.reading() as session:
        return list_changes(session, who.account, ChangeFilters(**filters)).rows


def actions(rows: list[dict[str, Any]]) -> list[str]:
    return [row["action"] for row in rows]


def test_changes_are_listed_newest_first_and_by_pages(changes: Changes, who: Who, trail: int) -> None:
    """Each with everything that the audit trail has, the fields that differ and a sentence."""
    rows = listed(changes, who)
    with changes.database.reading() as session:
        first = list_changes(session, who.account, limit=4)
        rest = list_changes(session, who.account, cursor=first.next_cursor)

    assert [row["n"] for row in rows] == list(range(trail, 1, -1))  # the first one made the account
    assert first.rows + rest.rows == rows
    assert set(rows[0]) == {
        *("n", "made_at", "made_by", "action", "before", "after", "reason"),
        *("changed", "sentence"),
    }


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"action": "number.paused"}, ["number.paused", "number.paused"]),
        ({"action": "agent"}, ["agent.edited", "agent.created", "agent.created"]),
        ({"made_by": "ada@example.com"}, ["agent.edited", "number.paused", "number.paused"]),
        ({"made_by": "ADA@example.com"}, []),
        ({"number": "+1 (415) 555-0101"}, ["number.paused", "number.added"]),
        ({"number": NUMBER, "action": "number.resumed"}, ["number.resumed"]),
        ({"number": ABSENT}, []),
    ],
)
def test_changes_are_filtered(
    changes: Changes, who: Who, trail: int, filters: dict[str, Any], found: list[str]
) -> None:
    """By number, action or kind of thing, and by whom; several filters are all fulfilled."""
    assert actions(listed(changes, who, **filters)) == found


def test_changes_are_filtered_by_number_and_by_moment(changes: Changes, who: Who, trail: int) -> None:
    """The ends of a range of change numbers count; of a range of moments the end does not, but a day is whole."""
    long_ago = datetime(2026, 1, 1, 12, tzinfo=UTC)
    with changes.database.writing() as session:
        session.execute(update(Change).where(Change.n <= trail - 2).values(made_at=long_ago))

    assert [row["n"] for row in listed(changes, who, first=trail - 3, last=trail - 2)] == [trail - 2, trail - 3]
    assert len(listed(changes, who, since="2026-01-02")) == 2
    assert len(listed(changes, who, until="2026-01-01")) == trail - 3
    assert listed(changes, who, until=long_ago.isoformat()) == []
    assert len(listed(changes, who, since=long_ago.isoformat())) == trail - 1
    assert len(listed(changes, who, since=(long_ago + timedelta(seconds=1)).isoformat())) == 2


@pytest.mark.parametrize(
    "filters", [{"action": "fax"}, {"number": "911"}, {"since": "yesterday"}, {"until": "2026-13-01"}]
)
def test_filter_that_nothing_could_fulfil_is_refused(changes: Changes, who: Who, filters: dict[str, Any]) -> None:
    """Rather than answered with an empty list."""
    with pytest.raises(Invalid):
        listed(changes, who, **filters)


def test_only_fields_that_differ_are_changed(changes: Changes, who: Who, trail: int) -> None:
    """Without the etag, which follows from them."""
    edited, many = listed(changes, who)[:2]

    assert edited["changed"] == [{"of": None, "field": "name", "before": "Clara", "after": "Clarissa"}]
    assert {(row["of"], row["field"]) for row in many["changed"]} == {
        (NUMBER, "status"),
        (NUMBER, "receiving_calls"),
        (NUMBER, "paused"),
        (SECOND, "status"),
        (SECOND, "paused"),
    }
    assert [row["before"] for row in many["changed"] if row["field"] == "status"] == ["active", "active"]


def test_what_was_created_or_deleted_is_shown_whole(changes: Changes, who: Who, number: dict[str, Any]) -> None:
    """There is nothing to compare it with; numbers that were handed on are compared."""
    create_agent(changes, who, "Ada", "client", "x")
    [created, *_] = listed(changes, who)
    delete_agent(changes, who, "Clara", "Ada")
    [deleted, *_] = listed(changes, who)

    assert created["changed"] == []
    assert [(row["of"], row["field"], row["after"]["name"]) for row in deleted["changed"]] == [(NUMBER, "agent", "Ada")]


def test_changes_of_another_account_are_not_there(changes: Changes, who: Who, trail: int, other: Who) -> None:
    """Neither listed, nor shown, nor found by number; not even that of a number that both have had."""
    theirs = {row["n"] for row in listed(changes, other)}
    assign_numbers(changes, who, [NUMBER, SECOND], "", "")

    assert theirs
    assert theirs.isdisjoint(row["n"] for row in listed(changes, who))
    assert listed(changes, other, number=NUMBER) == []
    with changes.database.reading() as session:
        shown = get_change(session, who.account, trail)
        for n in (trail, 999_999):
            with pytest.raises(NotFound, match=f"There is no change {n} in this account"):
                get_change(session, other.account, n)
    assert shown["sentence"].startswith("ada@example.com edited agent “Clara”")
