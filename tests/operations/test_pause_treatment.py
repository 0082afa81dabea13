"""What callers of a paused number meet is said with the pause, changed by another, and forgotten by a resume."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from operations.changes import Changes, Who
from operations.errors import Changed, Invalid
from operations.pause import Pause
from operations.pause_number import pause_number, resume_number
from tests.operations.audit import change_counter, last_change
from tests.operations.conftest import NUMBER

TOMORROW = datetime.now(UTC).replace(microsecond=0) + timedelta(days=1)
ELSEWHERE = timezone(timedelta(hours=-8))
PAUSES = [
    Pause(),
    Pause("not_in_service"),
    Pause("message", message="We are closed. “Merry Christmas”!"),
    Pause("forward", forward_to="+14155550177"),
    Pause(resume_at=TOMORROW),
]
UNUSABLE = [
    Pause("music"),
    Pause("message"),
    Pause("message", message="  "),
    Pause("message", message="x" * 501),
    Pause("message", message="two\nlines"),
    Pause("busy", message="We are closed."),
    Pause("forward"),
    Pause("forward", forward_to="0800"),
    Pause("message", message="Closed.", forward_to="+14155550177"),
    Pause(resume_at=datetime.now(UTC) - timedelta(seconds=1)),
    Pause(resume_at=datetime(2099, 1, 1)),  # noqa: DTZ001
    Pause(resume_at=datetime(9999, 12, 31, 23, tzinfo=ELSEWHERE)),
]


@pytest.mark.parametrize("pause", PAUSES)
def test_pause_is_shown_as_it_was_said(changes: Changes, who: Who, number: dict[str, Any], pause: Pause) -> None:
    """And it is in the audit trail."""
    after, _ = pause_number(changes, who, NUMBER, "holidays", pause)

    assert after["paused"] == {
        "treatment": pause.treatment or "busy",
        "message": pause.message,
        "forward_to": pause.forward_to,
        "resume_at": pause.resume_at.isoformat() if pause.resume_at else None,
    }
    assert last_change(changes).after == after


@pytest.mark.parametrize("pause", PAUSES)
def test_same_pause_again_records_nothing(changes: Changes, who: Who, number: dict[str, Any], pause: Pause) -> None:
    """It is confirmed again, for the change that is committed already."""
    _, first = pause_number(changes, who, NUMBER, None, pause)

    assert pause_number(changes, who, NUMBER, "said twice", pause)[1] == first


def test_same_moment_in_another_timezone_is_the_same_pause(changes: Changes, who: Who, number: dict[str, Any]) -> None:
    """What counts is the moment."""
    _, first = pause_number(changes, who, NUMBER, None, Pause(resume_at=TOMORROW))

    _, second = pause_number(changes, who, NUMBER, None, Pause(resume_at=TOMORROW.astimezone(ELSEWHERE)))

    assert second == first


def test_other_pause_of_a_paused_number_is_a_change(changes: Changes, who: Who, number: dict[str, Any]) -> None:
    """With its before and after."""
    before, first = pause_number(changes, who, NUMBER, None, Pause("not_in_service", resume_at=TOMORROW))

    after, second = pause_number(changes, who, NUMBER, None, Pause("message", message="Back at nine."))

    change = last_change(changes)
    assert second.n == first.n + 1
    assert (change.before, change.after, change.action) == (before, after, "number.paused")
    assert after["paused"]["resume_at"] is None


def test_resume_forgets_how_it_was_paused(changes: Changes, who: Who, number: dict[str, Any]) -> None:
    """The next pause is a busy tone again, unless it says something else."""
    pause_number(changes, who, NUMBER, None, Pause("message", message="Closed.", resume_at=TOMORROW))
    assert resume_number(changes, who, NUMBER)[0] == number

    again, _ = pause_number(changes, who, NUMBER)

    assert again["paused"] == {"treatment": "busy", "message": None, "forward_to": None, "resume_at": None}


@pytest.mark.parametrize("pause", UNUSABLE)
def test_unusable_pause_is_refused(changes: Changes, who: Who, number: dict[str, Any], pause: Pause) -> None:
    """Before anything happens."""
    before = change_counter(changes)

    with pytest.raises(Invalid):
        pause_number(changes, who, NUMBER, None, pause)

    assert change_counter(changes) == before


def test_pause_of_what_somebody_changed_meanwhile_is_refused(
    changes: Changes, who: Who, number: dict[str, Any]
) -> None:
    """The etag is that of the number as the person who asks has seen it."""
    pause_number(changes, who, NUMBER, if_match=number["etag"])

    with pytest.raises(Changed):
        resume_number(changes, who, NUMBER, if_match=number["etag"])
