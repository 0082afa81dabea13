"""Many numbers are paused and resumed in one change, all or none."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import text

from operations.add_number import add_number
from operations.changes import Changes, Who
from operations.errors import Conflict, Invalid, NotFound
from operations.finding import find_numbers
from operations.many_numbers import write_same
from operations.pause import Pause, pause_columns
from operations.pause_number import pause_number, pause_numbers, resume_numbers
from operations.release_number import release_number
from routing.route_queries import read_routes_of
from tests.conftest import Answer
from tests.operations.audit import change_counter, last_change, numbers_named_by
from tests.operations.conftest import ABSENT, NUMBER

SECOND, THIRD = "+14155550101", "+14155550102"
MESSAGE = Pause("message", message="Closed today.")


@pytest.fixture
def numbers(changes: Changes, who: Who, number: dict[str, Any]) -> list[dict[str, Any]]:
    """Three active numbers of Clara's."""
    return [number, *(add_number(changes, who, phone_number, "Clara")[0] for phone_number in (SECOND, THIRD))]


def test_many_numbers_are_one_change(changes: Changes, who: Who, numbers: list[dict[str, Any]]) -> None:
    """Named by phone number or id, each once; the change names all of them."""
    after, outcome = pause_numbers(changes, who, [NUMBER, numbers[1]["id"], THIRD, NUMBER], "snow", MESSAGE)

    change = last_change(changes)
    assert [number["status"] for number in after] == ["paused"] * 3
    assert (change.n, change.reason, outcome.in_force) == (outcome.n, "snow", True)
    assert numbers_named_by(changes, change.n) == [NUMBER, SECOND, THIRD]
    assert change.after == {"numbers": after}


def test_no_call_to_any_of_them_reaches_an_agent(
    changes: Changes, who: Who, numbers: list[dict[str, Any]], twilio_post: Callable[..., Answer]
) -> None:
    """Until all are resumed, in one change too."""
    every = [NUMBER, SECOND, THIRD]
    pause_numbers(changes, who, every)
    assert [twilio_post(To=phone_number).verbs for phone_number in every] == [["Reject"]] * 3

    resume_numbers(changes, who, every)

    assert [twilio_post(To=phone_number).verbs for phone_number in every] == [["Dial"]] * 3


def test_those_that_are_paused_so_already_are_not_recorded(
    changes: Changes, who: Who, numbers: list[dict[str, Any]]
) -> None:
    """Only what changes is in the audit trail; when nothing changes there is no change."""
    pause_number(changes, who, NUMBER)

    _, first = pause_numbers(changes, who, [NUMBER, SECOND, THIRD])
    _, again = pause_numbers(changes, who, [NUMBER, SECOND, THIRD])

    assert numbers_named_by(changes, first.n) == [SECOND, THIRD]
    assert again == first


@pytest.mark.parametrize("operation", [pause_numbers, resume_numbers])
def test_conflict_names_every_number_that_cannot_be_and_why(
    changes: Changes, who: Who, numbers: list[dict[str, Any]], operation: Callable[..., Any]
) -> None:
    """And nothing is changed."""
    add_number(changes, who, ABSENT, status="pending")
    release_number(changes, who, THIRD)
    before = change_counter(changes)

    with pytest.raises(Conflict) as refusal:
        operation(changes, who, [NUMBER, ABSENT, SECOND, THIRD])

    assert refusal.value.code == "numbers_refused"
    assert f"{ABSENT} is still being set up" in refusal.value.message
    assert f"{THIRD} was released" in refusal.value.message
    assert NUMBER not in refusal.value.message
    assert change_counter(changes) == before


@pytest.mark.parametrize(("names", "error"), [([], Invalid), ([NUMBER, ABSENT], NotFound), ([NUMBER] * 1001, Invalid)])
def test_unusable_selection_changes_nothing(
    changes: Changes, who: Who, number: dict[str, Any], names: list[str], error: type[Exception]
) -> None:
    """None, too many, or one that the account has not."""
    before = change_counter(changes)

    with pytest.raises(error):
        pause_numbers(changes, who, names)

    assert change_counter(changes) == before


def test_what_is_done_with_many_is_planned_for_just_them(
    changes: Changes, who: Who, numbers: list[dict[str, Any]]
) -> None:
    """In a plan that PostgreSQL kept for whatever may come, a thousand took seconds."""
    if changes.database.is_sqlite:
        pytest.skip("SQLite keeps no plans")
    every = [NUMBER, SECOND, THIRD]
    with changes.database.writing() as session:
        for times in range(12):
            found = find_numbers(session, who.account, every)
            write_same(session, found, pause_columns(MESSAGE if times % 2 else None))
            read_routes_of(session, every)
            session.expunge_all()
        query = "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '% = ANY (%'"
        prepared = session.scalar(text(query))

    assert prepared == 0
