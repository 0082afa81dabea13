"""A number has one agent and one location at a time: to move it has to be said, for one as for many."""

from typing import Any

import pytest

from operations.add_number import add_number
from operations.assign_number import assign_number, assign_numbers
from operations.changes import Changes, Who
from operations.errors import Changed, Conflict, Invalid, NotFound
from operations.pause_number import pause_number
from operations.permissions import MEMBER
from operations.release_number import release_number
from tests.operations.audit import change_counter, last_change, numbers_named_by
from tests.operations.conftest import ABSENT, NUMBER

SECOND, THIRD = "+14155550101", "+14155550102"


@pytest.fixture
def several(changes: Changes, who: Who, number: dict[str, Any]) -> list[str]:
    """Clara's number, Bruno's at the Airport, and one that nobody has."""
    add_number(changes, who, SECOND, "Bruno", "Airport")
    add_number(changes, who, THIRD)
    return [NUMBER, SECOND, THIRD]


@pytest.mark.parametrize(
    ("agent", "location", "code", "holder"),
    [
        ("Bruno", None, "number_has_agent", "Clara"),
        (None, "Airport", "number_has_location", "Downtown"),
        ("Bruno", "Airport", "number_has_agent", "Clara"),
        ("Bruno", "", "number_has_agent", "Clara"),
    ],
)
def test_number_is_moved_only_when_it_is_said(
    changes: Changes,
    who: Who,
    number: dict[str, Any],
    agent: str | None,
    location: str | None,
    code: str,
    holder: str,
) -> None:
    """The refusal names who has it, and leaves nothing behind."""
    before = change_counter(changes)

    with pytest.raises(Conflict) as refusal:
        assign_number(changes, who, NUMBER, agent, location)

    assert (refusal.value.code, change_counter(changes)) == (code, before)
    assert NUMBER in refusal.value.message
    assert f"“{holder}”" in refusal.value.message
    assert assign_number(changes, who, NUMBER, agent, location, move=True)[1].n == before + 1


def test_first_assignment_and_taking_away_move_nothing(changes: Changes, who: Who, number: dict[str, Any]) -> None:
    """Neither takes anything from somebody who was not named."""
    taken, _ = assign_number(changes, who, NUMBER, "", "")
    given, _ = assign_number(changes, who, NUMBER, "Bruno", "Airport")

    assert (taken["agent"], taken["location"]) == (None, None)
    assert (given["agent"]["name"], given["location"]["name"]) == ("Bruno", "Airport")


def test_paused_and_pending_numbers_may_be_assigned(changes: Changes, who: Who, number: dict[str, Any]) -> None:
    """Assigning says who will answer, not whether calls come."""
    pause_number(changes, who, NUMBER)
    add_number(changes, who, SECOND, status="pending")

    paused, _ = assign_number(changes, who, NUMBER, "Bruno", move=True)
    pending, _ = assign_number(changes, who, SECOND, "Bruno")

    assert [(row["status"], row["agent"]["name"]) for row in (paused, pending)] == [
        ("paused", "Bruno"),
        ("pending", "Bruno"),
    ]


def test_label_goes_with_an_assignment_or_alone(changes: Changes, who: Who, number: dict[str, Any]) -> None:
    """Alone it is a change of another name; an empty one takes the label away."""
    moved, _ = assign_number(changes, who, NUMBER, "Bruno", label=" Side door ", move=True)
    first = last_change(changes)
    cleared, _ = assign_number(changes, who, NUMBER, label="")

    assert (moved["label"], cleared["label"]) == ("Side door", "")
    assert (first.action, last_change(changes).action) == ("number.assigned", "number.labelled")
    assert (moved["agent"], moved["location"]) == (cleared["agent"], cleared["location"])


def test_label_that_cannot_be_printed_is_refused(changes: Changes, who: Who, number: dict[str, Any]) -> None:
    """With the assignment that came along."""
    with pytest.raises(Invalid):
        assign_number(changes, who, NUMBER, "", label="a\tb")

    assert assign_number(changes, who, NUMBER, "Clara")[0] == number


def test_assignment_by_somebody_who_saw_an_older_state_is_refused(
    changes: Changes, who: Who, number: dict[str, Any]
) -> None:
    """What they would overwrite they have not seen."""
    seen = number["etag"]
    moved, _ = assign_number(changes, who, NUMBER, "Bruno", move=True, if_match=seen)

    with pytest.raises(Changed):
        assign_number(changes, who, NUMBER, "Clara", move=True, if_match=seen)

    assert assign_number(changes, who, NUMBER, "Bruno", if_match=moved["etag"])[0] == moved


def test_member_may_assign(changes: Changes, who: Who, number: dict[str, Any]) -> None:
    """It is what members are for."""
    member = Who(who.account_id, "member", MEMBER)

    assert assign_number(changes, member, NUMBER, "Bruno", move=True, label="x")[0]["agent"]["name"] == "Bruno"


def test_many_numbers_are_assigned_in_one_change(changes: Changes, who: Who, several: list[str]) -> None:
    """The audit row holds each number that differs before and after, in the same order."""
    before = change_counter(changes)

    after, outcome = assign_numbers(changes, who, [*several, NUMBER], "Bruno", "Airport", move=True)

    assert [row["phone_number"] for row in after] == several
    assert {row["agent"]["name"] for row in after} == {"Bruno"}
    change = last_change(changes)
    assert (outcome.n, change.n, change.action) == (before + 1, before + 1, "number.assigned")
    assert numbers_named_by(changes, change.n) == [NUMBER, THIRD]
    assert change.before is not None
    assert change.after == {"numbers": [after[0], after[2]]}
    assert [row["phone_number"] for row in change.before["numbers"]] == [NUMBER, THIRD]


def test_refusal_for_many_names_every_holder(changes: Changes, who: Who, several: list[str]) -> None:
    """And gives none of them away."""
    before = change_counter(changes)
    add_number(changes, who, "+14155550103", "Clara")

    with pytest.raises(Conflict) as refusal:
        assign_numbers(changes, who, [*several, "+14155550103"], "Bruno")

    assert refusal.value.code == "number_has_agent"
    assert f"{NUMBER} is answered by “Clara”, +14155550103 is answered by “Clara”." in refusal.value.message
    assert SECOND not in refusal.value.message
    assert change_counter(changes) == before + 1


def test_many_numbers_are_named_by_phone_number_or_by_id(changes: Changes, who: Who, several: list[str]) -> None:
    """One that is not there, or is another account's, stops all."""
    one, _ = assign_number(changes, who, THIRD, "Clara")

    by_both, _ = assign_numbers(changes, who, [one["id"], "+1 (415) 555-0102", NUMBER], "Clara")

    assert [row["phone_number"] for row in by_both] == [THIRD, NUMBER]
    for names in ([NUMBER, ABSENT], [NUMBER, 999_999]):
        with pytest.raises(NotFound, match=str(names[1]).replace("+", r"\+")):
            assign_numbers(changes, who, names, "")
    for names in ([], [NUMBER] * 1001):
        with pytest.raises(Invalid):
            assign_numbers(changes, who, names, "")


def test_live_number_is_meant_where_its_phone_number_was_had_before(
    changes: Changes, who: Who, several: list[str]
) -> None:
    """The released row can be named by its id only, and is not assigned."""
    released, _ = release_number(changes, who, THIRD)
    live, _ = add_number(changes, who, THIRD)

    after, _ = assign_numbers(changes, who, [THIRD, SECOND], "Bruno")

    assert after[0]["id"] == live["id"]
    with pytest.raises(Conflict, match="was released"):
        assign_numbers(changes, who, [released["id"], SECOND], "Bruno")


def test_numbers_of_another_account_cannot_be_assigned_together(
    changes: Changes, several: list[str], other: Who
) -> None:
    """They are as absent as those that nobody has."""
    with pytest.raises(NotFound):
        assign_numbers(changes, other, several, "Zoe")
