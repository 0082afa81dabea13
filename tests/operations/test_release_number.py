"""A released number leaves the account for good, and its row stays."""

from collections.abc import Callable
from typing import Any

import pytest

from operations.add_number import add_number
from operations.changes import Changes, Who
from operations.errors import Conflict, NotFound
from operations.list_numbers import list_numbers
from operations.pause_number import pause_number
from operations.release_number import release_number
from tests.conftest import Answer
from tests.operations.audit import change_counter, last_change, numbers_named_by
from tests.operations.conftest import NUMBER


def test_release_is_one_change_and_takes_the_number_from_agent_and_location(
    changes: Changes, who: Who, number: dict[str, Any]
) -> None:
    """Before and after tell whose it was."""
    after, outcome = release_number(changes, who, NUMBER, "moved away")

    change = last_change(changes)
    assert (change.n, change.action, change.reason) == (outcome.n, "number.released", "moved away")
    assert (change.before, change.after) == (number, after)
    assert (after["status"], after["agent"], after["location"]) == ("released", None, None)
    assert after["released_at"] is not None
    assert numbers_named_by(changes, change.n) == [NUMBER]


def test_caller_of_a_released_number_is_rejected(
    changes: Changes, who: Who, number: dict[str, Any], twilio_post: Callable[..., Answer]
) -> None:
    """As a number that is not in service, not as one that is busy."""
    release_number(changes, who, NUMBER)

    assert twilio_post().find("Reject").get("reason") == "rejected"


def test_number_is_released_once(changes: Changes, who: Who, number: dict[str, Any]) -> None:
    """The second release is refused and leaves nothing behind."""
    release_number(changes, who, NUMBER)
    before = change_counter(changes)

    with pytest.raises(Conflict) as refusal:
        release_number(changes, who, NUMBER)

    assert refusal.value.code == "number_already_released"
    assert change_counter(changes) == before


def test_operations_on_a_number_had_twice_touch_the_live_one(
    changes: Changes, who: Who, number: dict[str, Any]
) -> None:
    """The released row is history and stays as it was."""
    released, _ = release_number(changes, who, NUMBER)
    add_number(changes, who, NUMBER, "Clara")

    paused, _ = pause_number(changes, who, NUMBER)

    with changes.database.reading() as session:
        assert list_numbers(session, who.account) == [released, paused]
        assert list_numbers(session, who.account, "paused") == [paused]


def test_number_of_another_account_is_not_found(changes: Changes, number: dict[str, Any], other: Who) -> None:
    """Nobody releases what is somebody else's."""
    with pytest.raises(NotFound):
        release_number(changes, other, NUMBER)
