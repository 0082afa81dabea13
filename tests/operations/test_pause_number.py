"""A pause is a promise; a resume takes it back; both are kept in the audit trail."""

from collections.abc import Callable
from typing import Any

import pytest

from operations.add_number import add_number
from operations.changes import Changes, Who
from operations.errors import Conflict, Invalid, NotFound, OperationError
from operations.pause_number import pause_number, resume_number
from operations.release_number import release_number
from tests.conftest import Answer
from tests.operations.audit import change_counter, every_change, last_change, numbers_named_by
from tests.operations.conftest import ABSENT, NUMBER

Operation = Callable[..., tuple[dict[str, Any], Any]]
both_ways = pytest.mark.parametrize("operation", [pause_number, resume_number])


def test_pause_is_one_change_with_its_reason(changes: Changes, who: Who, number: dict[str, Any]) -> None:
    """Who, what, before, after and why, under the number that the outcome tells."""
    after, outcome = pause_number(changes, who, NUMBER, "  closed for repairs ")

    change = last_change(changes)
    assert (change.n, change.made_by, change.action) == (outcome.n, who.name, "number.paused")
    assert (change.before, change.after, change.reason) == (number, after, "closed for repairs")
    assert (after["status"], after["receiving_calls"]) == ("paused", False)
    assert numbers_named_by(changes, change.n) == [NUMBER]


def test_paused_number_keeps_its_agent_and_location(changes: Changes, who: Who, number: dict[str, Any]) -> None:
    """Resuming needs no memory: everything is as before the pause."""
    pause_number(changes, who, NUMBER)

    resumed, _ = resume_number(changes, who, NUMBER)

    assert resumed == number
    assert last_change(changes).action == "number.resumed"


def test_no_call_reaches_an_agent_after_a_pause_until_it_is_resumed(
    changes: Changes, who: Who, number: dict[str, Any], twilio_post: Callable[..., Answer]
) -> None:
    """What the outcome says is what callers meet."""
    assert twilio_post().verbs == ["Dial"]
    assert pause_number(changes, who, NUMBER)[1].in_force
    assert twilio_post().verbs == ["Reject"]
    assert resume_number(changes, who, NUMBER)[1].in_force
    assert twilio_post().verbs == ["Dial"]


def test_repeated_pause_records_nothing_and_confirms_again(changes: Changes, who: Who, number: dict[str, Any]) -> None:
    """The admin who asks again gets an honest answer, for the change that is committed already."""
    _, first = pause_number(changes, who, NUMBER)

    again, second = pause_number(changes, who, NUMBER)

    assert second == first
    assert again["status"] == "paused"
    assert [change.action for change in every_change(changes)].count("number.paused") == 1


@both_ways
@pytest.mark.parametrize(("status", "code"), [("pending", "number_pending"), ("released", "number_released")])
def test_number_that_is_not_live_yet_or_any_more_is_neither_paused_nor_resumed(
    changes: Changes, who: Who, operation: Operation, status: str, code: str
) -> None:
    """The refusal has a code for programs and a sentence for people."""
    add_number(changes, who, ABSENT, status="pending" if status == "pending" else "active")
    if status == "released":
        release_number(changes, who, ABSENT)
    before = change_counter(changes)

    with pytest.raises(Conflict) as refusal:
        operation(changes, who, ABSENT)

    assert (refusal.value.status, refusal.value.code) == (409, code)
    assert ABSENT in refusal.value.message
    assert change_counter(changes) == before


@both_ways
def test_number_of_another_account_is_not_found(
    changes: Changes, number: dict[str, Any], other: Who, operation: Operation
) -> None:
    """The message is that of a number that nobody has."""
    before = change_counter(changes)

    with pytest.raises(NotFound) as refusal:
        operation(changes, other, NUMBER)

    assert refusal.value.message == f"There is no number {NUMBER} in this account."
    assert change_counter(changes) == before


@both_ways
@pytest.mark.parametrize(
    ("phone_number", "reason", "error"),
    [("+1", None, Invalid), (ABSENT, None, NotFound), (NUMBER, "x" * 501, Invalid), (NUMBER, "nul\0", Invalid)],
)
def test_refused_pause_leaves_nothing_behind(
    changes: Changes,
    who: Who,
    number: dict[str, Any],
    operation: Operation,
    phone_number: str,
    reason: str | None,
    error: type[OperationError],
) -> None:
    """Also a reason that the audit trail could not hold is refused before anything happens."""
    before = change_counter(changes)

    with pytest.raises(error):
        operation(changes, who, phone_number, reason)

    assert change_counter(changes) == before
