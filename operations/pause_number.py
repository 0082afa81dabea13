"""Pause and resume a number, or many in one change."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from models import Number
from operations.changes import Changes, Who
from operations.checking import read_reason
from operations.dialled_numbers import check_may_be_dialled
from operations.errors import Conflict
from operations.finding import find_number, find_numbers
from operations.in_force import Outcome
from operations.many_numbers import record_numbers, write_same
from operations.pause import Pause, pause_columns, read_pause
from operations.pause_default import as_said_or_usual
from operations.showing import check_are_unchanged, check_is_unchanged, show_number

PAUSED, RESUMED = "number.paused", "number.resumed"
SENTENCES = {
    "pending": "{number} is still being set up; it can be {done} once it is active.",
    "released": "{number} was released and cannot be {done}.",
}
AS_USUAL = Pause()


def pause_number(
    changes: Changes,
    who: Who,
    number: str | int,
    reason: str | None = None,
    pause: Pause = AS_USUAL,
    *,
    if_match: str | None = None,
) -> tuple[dict[str, Any], Outcome]:
    """Stop a number from receiving calls; its callers meet what `pause` says, until then.

    What it does not say is as the account's default is now, and stays so.

    One that is paused already is paused as said now; if that is as before it is confirmed again on every host. Raises
    NotFound, Invalid for an unusable pause, or Conflict for a pending or released number and for a forward that would
    be a loop. `Outcome.in_force` is the
    promise: only when it is true does no later call reach an agent.
    """
    return _change_one(changes, who, number, read_pause(pause), reason, if_match)


def resume_number(
    changes: Changes, who: Who, number: str | int, reason: str | None = None, *, if_match: str | None = None
) -> tuple[dict[str, Any], Outcome]:
    """Let a paused number receive calls again; raises as `pause_number` does. How it was paused is forgotten."""
    return _change_one(changes, who, number, None, reason, if_match)


def pause_numbers(
    changes: Changes,
    who: Who,
    numbers: Sequence[str | int],
    reason: str | None = None,
    pause: Pause = AS_USUAL,
    *,
    if_match: str | None = None,
) -> tuple[list[dict[str, Any]], Outcome]:
    """Pause many numbers in one change, all or none; the Conflict names every one that cannot be paused, and why.

    `if_match` names the etags of all of them, with commas between.
    """
    return _change_many(changes, who, numbers, read_pause(pause), reason, if_match)


def resume_numbers(
    changes: Changes,
    who: Who,
    numbers: Sequence[str | int],
    reason: str | None = None,
    *,
    if_match: str | None = None,
) -> tuple[list[dict[str, Any]], Outcome]:
    """Resume many numbers in one change, all or none, as `pause_numbers` does."""
    return _change_many(changes, who, numbers, None, reason, if_match)


def _change_one(
    changes: Changes, who: Who, name: str | int, pause: Pause | None, reason: str | None, if_match: str | None
) -> tuple[dict[str, Any], Outcome]:
    reason = read_reason(reason)
    with changes.making(who, PAUSED if pause else RESUMED) as draft:
        number = find_number(draft.session, who.account, name)
        before = show_number(number)
        check_is_unchanged(before, if_match)
        if problem := _why_not(number, pause):
            raise Conflict(f"number_{number.status}", problem)
        pause = _say_all(draft.session, who, pause)
        _check_forward(draft.session, [number], pause)
        write_same(draft.session, [number], pause_columns(pause))
        after = show_number(number)
        record_numbers(draft, [before], [after], reason)
    return after, draft.outcome


def _change_many(
    changes: Changes,
    who: Who,
    names: Sequence[str | int],
    pause: Pause | None,
    reason: str | None,
    if_match: str | None,
) -> tuple[list[dict[str, Any]], Outcome]:
    reason = read_reason(reason)
    with changes.making(who, PAUSED if pause else RESUMED) as draft:
        numbers = find_numbers(draft.session, who.account, names)
        before = [show_number(number) for number in numbers]
        check_are_unchanged(before, if_match)
        if problems := [problem for number in numbers if (problem := _why_not(number, pause))]:
            raise Conflict("numbers_refused", f"Nothing was changed. {' '.join(problems)}")
        pause = _say_all(draft.session, who, pause)
        _check_forward(draft.session, numbers, pause)
        write_same(draft.session, numbers, pause_columns(pause))
        after = [show_number(number) for number in numbers]
        record_numbers(draft, before, after, reason)
    return after, draft.outcome


def _say_all(session: Session, who: Who, pause: Pause | None) -> Pause | None:
    return as_said_or_usual(session, who.account, pause) if pause else None


def _check_forward(session: Session, numbers: Sequence[Number], pause: Pause | None) -> None:
    """Raise what `check_may_be_dialled` raises; a forward that is in force already is not asked about again."""
    if pause is None or pause.forward_to is None:
        return
    if changed := [number.id for number in numbers if number.paused_forward_to != pause.forward_to]:
        check_may_be_dialled(session, pause.forward_to, changed)


def _why_not(number: Number, pause: Pause | None) -> str | None:
    sentence = SENTENCES.get(number.status)
    done = "paused" if pause else "resumed"
    return sentence.format(number=number.phone_number, done=done) if sentence else None
