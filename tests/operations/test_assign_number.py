"""A number is given to an agent, to a location, to both, or taken from them."""

from collections.abc import Callable
from typing import Any

import pytest

from operations.assign_number import assign_number
from operations.changes import Changes, Who
from operations.errors import Conflict, NotFound
from operations.release_number import release_number
from tests.conftest import Answer
from tests.operations.audit import change_counter, last_change, numbers_named_by
from tests.operations.conftest import ABSENT, NUMBER


@pytest.mark.parametrize(
    ("agent", "location", "assigned"),
    [
        ("Bruno", None, ("Bruno", "Downtown")),
        (None, "Airport", ("Clara", "Airport")),
        ("Bruno", "Airport", ("Bruno", "Airport")),
        ("", None, (None, "Downtown")),
        (None, "", ("Clara", None)),
        ("", "", (None, None)),
    ],
)
def test_assignment_changes_what_was_named_and_nothing_else(
    changes: Changes, who: Who, number: dict[str, Any], agent: str | None, location: str | None, assigned: tuple
) -> None:
    """None leaves agent or location as it is; the empty string takes it away."""
    after, outcome = assign_number(changes, who, NUMBER, agent, location, move=True)

    assert tuple(after[part]["name"] if after[part] else None for part in ("agent", "location")) == assigned
    assert after["receiving_calls"] is (assigned[0] is not None)
    change = last_change(changes)
    assert (change.n, change.action, change.before, change.after) == (outcome.n, "number.assigned", number, after)
    assert numbers_named_by(changes, change.n) == [NUMBER]


def test_next_call_reaches_the_new_agent(
    changes: Changes, who: Who, number: dict[str, Any], twilio_post: Callable[..., Answer]
) -> None:
    """An assignment in force is an assignment of live calls."""
    assert twilio_post().find("Dial/Number").text == "+14155550182"

    _, outcome = assign_number(changes, who, NUMBER, "Bruno", move=True)

    assert outcome.in_force
    assert twilio_post().find("Dial/Client/Identity").text == "front-desk"


def test_calls_to_a_number_taken_from_its_agent_are_refused(
    changes: Changes, who: Who, number: dict[str, Any], twilio_post: Callable[..., Answer]
) -> None:
    """Nobody would answer, so the caller hears the busy tone and nobody is billed."""
    assign_number(changes, who, NUMBER, agent="")

    assert twilio_post().verbs == ["Reject"]


def test_assignment_to_the_same_agent_changes_nothing_but_is_confirmed(
    changes: Changes, who: Who, number: dict[str, Any]
) -> None:
    """There is no change to record, and the answer still means that it is in force."""
    before = change_counter(changes)

    after, outcome = assign_number(changes, who, NUMBER, "Clara", "Downtown")

    assert (after, outcome.n, outcome.in_force) == (number, before, True)


@pytest.mark.parametrize(
    ("phone_number", "agent", "location"),
    [(ABSENT, "Clara", None), (NUMBER, "Zoe", None), (NUMBER, None, "Harbour"), (NUMBER, "Bruno", "Nowhere")],
)
def test_assignment_of_or_to_what_the_account_has_not_is_not_found(
    changes: Changes,
    who: Who,
    number: dict[str, Any],
    other: Who,
    phone_number: str,
    agent: str | None,
    location: str | None,
) -> None:
    """Another account's agent or location is no more there than one that does not exist; nothing is half done."""
    before = change_counter(changes)

    with pytest.raises(NotFound):
        assign_number(changes, who, phone_number, agent, location)

    assert change_counter(changes) == before
    assert assign_number(changes, who, NUMBER, "Clara")[0] == number


def test_number_of_another_account_cannot_be_assigned(changes: Changes, number: dict[str, Any], other: Who) -> None:
    """Not even to one's own agent."""
    with pytest.raises(NotFound):
        assign_number(changes, other, NUMBER, "Zoe")


def test_released_number_cannot_be_assigned(changes: Changes, who: Who, number: dict[str, Any]) -> None:
    """It has left the account for good."""
    release_number(changes, who, NUMBER)
    before = change_counter(changes)

    with pytest.raises(Conflict) as refusal:
        assign_number(changes, who, NUMBER, "Bruno")

    assert refusal.value.code == "number_released"
    assert change_counter(changes) == before
