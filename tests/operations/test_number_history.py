"""The audit trail tells what a number was at any moment, whatever was done to it since."""

from datetime import UTC, datetime, timedelta
from typing import Any

from operations.add_number import add_number
from operations.agents import delete_agent, edit_agent
from operations.assign_number import assign_number, assign_numbers
from operations.changes import Changes, Who
from operations.locations import edit_location
from operations.number_history import BLUR, NumberThen, read_history, states_around
from operations.pause import Pause
from operations.pause_number import pause_number, pause_numbers
from operations.release_number import release_number
from tests.operations.conftest import NUMBER

SECOND = "+14155550101"


def states(changes: Changes, number_id: int, *phone_numbers: str) -> list[NumberThen]:
    with changes.database.reading() as session:
        return read_history(session, phone_numbers or (NUMBER,), datetime.now(UTC)).get(number_id, [])


def last(changes: Changes, number_id: int) -> tuple[Any, ...]:
    then = states(changes, number_id)[-1]
    return then.status, then.agent_name, then.location_name, then.paused_treatment


def test_every_change_of_a_number_is_a_state(changes: Changes, who: Who, number: dict[str, Any]) -> None:
    """One alone, several in one change, through its agent or location: each is in the history."""
    second, _ = add_number(changes, who, SECOND, "Clara", "Downtown")
    seen = [last(changes, number["id"])]
    assign_number(changes, who, NUMBER, location="Airport", move=True)
    seen.append(last(changes, number["id"]))
    assign_numbers(changes, who, [NUMBER, SECOND], "Bruno", move=True)
    seen.append(last(changes, number["id"]))
    edit_agent(changes, who, "Bruno", name="Bruno the Second")
    seen.append(last(changes, number["id"]))
    edit_location(changes, who, "Airport", name="Runway")
    seen.append(last(changes, number["id"]))
    pause_numbers(changes, who, [NUMBER, SECOND])
    seen.append(last(changes, number["id"]))
    pause_number(changes, who, NUMBER, pause=Pause("not_in_service"))
    seen.append(last(changes, number["id"]))
    delete_agent(changes, who, "Bruno the Second", reassign_to="Clara")
    seen.append(last(changes, number["id"]))
    release_number(changes, who, NUMBER)
    seen.append(last(changes, number["id"]))

    assert seen == [
        ("active", "Clara", "Downtown", None),
        ("active", "Clara", "Airport", None),
        ("active", "Bruno", "Airport", None),
        ("active", "Bruno the Second", "Airport", None),
        ("active", "Bruno the Second", "Runway", None),
        ("paused", "Bruno the Second", "Runway", "busy"),
        ("paused", "Bruno the Second", "Runway", "not_in_service"),
        ("paused", "Clara", "Runway", "not_in_service"),
        ("released", None, None, None),
    ]
    assert [state.change for state in states(changes, number["id"])] == sorted(
        state.change for state in states(changes, number["id"])
    )
    assert states(changes, second["id"]) == []
    assert states(changes, second["id"], SECOND)[-1].agent_name == "Clara"


def test_what_else_is_edited_changes_nothing(changes: Changes, who: Who, number: dict[str, Any]) -> None:
    """Another agent's new name is not this one's."""
    edit_agent(changes, who, "Bruno", name="Bruno the Second")

    assert last(changes, number["id"]) == ("active", "Clara", "Downtown", None)


def test_states_around_a_moment_have_the_likeliest_first() -> None:
    """The one that had been committed; then those that began or ended a blur away."""
    noon = datetime(2026, 5, 7, 12, tzinfo=UTC)
    one, two, three = (
        NumberThen(noon + timedelta(minutes=minutes), minutes, "active", 1, "Clara", None, None, None)
        for minutes in range(3)
    )
    history = [one, two, three]

    assert states_around(history, two.since + timedelta(seconds=30)) == [two]
    assert states_around(history, two.since + BLUR / 2) == [two, one]
    assert states_around(history, three.since - BLUR / 2) == [two, three]
    assert states_around(history, one.since - BLUR / 2) == [one]
    assert states_around(history, one.since - 2 * BLUR) == []
    assert states_around([], noon) == []
