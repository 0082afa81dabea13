"""A number that the business owns at Twilio comes into its account."""

from typing import Any

import pytest

from operations.add_number import add_number
from operations.changes import Changes, Who
from operations.errors import Conflict, Invalid, NotFound
from operations.list_numbers import list_numbers
from operations.permissions import ADMIN
from operations.release_number import release_number
from operations.twilio_errors import MEANINGS
from tests.operations.audit import change_counter, last_change, numbers_named_by
from tests.operations.conftest import ABSENT, NUMBER


def test_added_number_is_one_change_with_who_what_before_and_after(
    changes: Changes, who: Who, number: dict[str, Any]
) -> None:
    """The audit row says everything, and names the number whose route it altered."""
    change = last_change(changes)

    assert (change.action, change.made_by, change.account_id) == ("number.added", who.name, who.account_id)
    assert (change.before, change.after) == (None, number)
    assert numbers_named_by(changes, change.n) == [NUMBER]
    assert change.n == change_counter(changes)


def test_added_number_looks_as_it_was_asked_for(number: dict[str, Any]) -> None:
    """What comes back is the object of the API."""
    assert number["phone_number"] == NUMBER
    assert number["label"] == "Main line"
    assert (number["status"], number["receiving_calls"]) == ("active", True)
    assert (number["agent"]["name"], number["location"]["name"]) == ("Clara", "Downtown")


def test_number_without_an_agent_receives_no_calls(changes: Changes, who: Who) -> None:
    """It is active, but nobody would answer."""
    added, outcome = add_number(changes, who, ABSENT)

    assert (added["status"], added["receiving_calls"]) == ("active", False)
    assert outcome.in_force


def test_released_number_comes_back_as_a_new_row(changes: Changes, who: Who, number: dict[str, Any]) -> None:
    """The old row stays with the history of its calls."""
    release_number(changes, who, NUMBER)

    again, _ = add_number(changes, who, NUMBER)

    with changes.database.reading() as session:
        assert [row["id"] for row in list_numbers(session, who.account)] == [number["id"], again["id"]]


def test_number_released_by_one_account_can_live_in_another(
    changes: Changes, who: Who, number: dict[str, Any], other: Who
) -> None:
    """Twilio may sell it again."""
    release_number(changes, who, NUMBER)

    added, _ = add_number(changes, other, NUMBER, "Zoe")

    assert added["agent"]["name"] == "Zoe"


@pytest.mark.parametrize(
    ("arguments", "error", "code"),
    [
        ({"phone_number": NUMBER}, Conflict, "number_exists"),
        ({"phone_number": "555-0100"}, Invalid, "invalid"),
        ({"phone_number": ABSENT, "agent": "Zoe"}, NotFound, "not_found"),
        ({"phone_number": ABSENT, "location": "Harbour"}, NotFound, "not_found"),
        ({"phone_number": ABSENT, "label": "two\nlines"}, Invalid, "invalid"),
    ],
)
def test_refused_addition_leaves_nothing_behind(
    changes: Changes, who: Who, number: dict[str, Any], other: Who, arguments: dict[str, str], error: type, code: str
) -> None:
    """No row, no change number; another account's agent or location is not there at all."""
    before = change_counter(changes)

    with pytest.raises(error) as refusal:
        add_number(changes, who, **arguments)

    assert refusal.value.code == code
    assert change_counter(changes) == before
    with changes.database.reading() as session:
        assert [row["phone_number"] for row in list_numbers(session, who.account)] == [NUMBER]


def test_number_that_lives_in_another_account_is_taken(changes: Changes, number: dict[str, Any], other: Who) -> None:
    """The operator is told so; anybody else only that it is not to be had, as Twilio says of a stranger's."""
    with pytest.raises(Conflict) as operators:
        add_number(changes, other, NUMBER)
    with pytest.raises(Conflict) as admins:
        add_number(changes, Who(other.account, "admin@example.com", ADMIN), NUMBER)

    assert operators.value.code == "number_taken"
    assert (admins.value.code, admins.value.message) == ("number_not_available", MEANINGS[21422].sentence)
