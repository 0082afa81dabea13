"""Pause and resume a number."""

from typing import Any

from operations.changes import Changes, Outcome, Who
from operations.checking import read_reason
from operations.errors import Conflict
from operations.finding import find_number
from operations.showing import show_number

SENTENCES = {
    "pending": "{number} is still being set up; it can be {done} once it is active.",
    "released": "{number} was released and cannot be {done}.",
}


def pause_number(
    changes: Changes, who: Who, number: str | int, reason: str | None = None
) -> tuple[dict[str, Any], Outcome]:
    """Stop a number from receiving calls. One that is paused already is confirmed again on every host.

    Raises NotFound, or Conflict for a pending or released number. `Outcome.in_force` is the promise: only when it is
    true does no later call reach an agent.
    """
    return _set_status(changes, who, number, "paused", reason)


def resume_number(
    changes: Changes, who: Who, number: str | int, reason: str | None = None
) -> tuple[dict[str, Any], Outcome]:
    """Let a paused number receive calls again; raises as `pause_number` does."""
    return _set_status(changes, who, number, "active", reason)


def _set_status(
    changes: Changes, who: Who, number: str | int, status: str, reason: str | None
) -> tuple[dict[str, Any], Outcome]:
    done = "paused" if status == "paused" else "resumed"
    reason = read_reason(reason)
    with changes.making(who, f"number.{done}") as draft:
        found = find_number(draft.session, who.account, number)
        if sentence := SENTENCES.get(found.status):
            raise Conflict(f"number_{found.status}", sentence.format(number=found.phone_number, done=done))
        before = show_number(found)
        found.status = status
        after = show_number(found)
        if after != before:
            draft.record([found.phone_number], before, after, reason)
    return after, draft.outcome
