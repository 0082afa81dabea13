"""Is what many threads saw of one thing the same as if they had come one after another?

Each invocation knows when it began and when it was answered, on one clock of this process, and the change number that
its answer tells. One that found nothing to change tells the number of the last change that it has seen. So the legal
order need not be searched for: it can only be that of the numbers, at each number first the one that made the change
and then those that saw it. The history is linearizable if that order keeps to real time, and if every answer is what a
number in that state would answer.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise


@dataclass(frozen=True, slots=True)
class Invocation:
    """One call of an operation: its name, what it wanted and got, and between which two moments (nanoseconds)."""

    name: str
    wanted: str
    got: str
    n: int
    began: int
    answered: int


@dataclass(frozen=True, slots=True)
class Made:
    """What the audit trail tells of a change: the state after it, and the name of the invocation that made it."""

    state: str
    by: str


def why_not_linearizable(history: Sequence[Invocation], made: dict[int, Made]) -> str | None:
    """Return what contradicts a legal order, None if there is one; `made` has the changes by their numbers."""
    return _wrong_answer(history, made) or _out_of_time(history, made)


def _wrong_answer(history: Sequence[Invocation], made: dict[int, Made]) -> str | None:
    """Every answer is what was wanted, as of a change that made it so; every change changed something."""
    for invocation in history:
        if invocation.got != invocation.wanted or invocation.n not in made:
            return f"{invocation} did not get what it wanted"
        if made[invocation.n].state != invocation.wanted:
            return f"{invocation} was not so after change {invocation.n}"
    if repeated := [n for n, following in pairwise(sorted(made)) if made[n].state == made[following].state]:
        return f"the changes after {repeated} changed nothing"
    return None


def _out_of_time(history: Sequence[Invocation], made: dict[int, Made]) -> str | None:
    """Whatever was answered before another one began comes before it, or beside it if both changed nothing."""

    def place(invocation: Invocation) -> tuple[int, bool]:
        return invocation.n, made[invocation.n].by != invocation.name

    latest = None
    by_end = sorted(history, key=lambda invocation: invocation.answered)
    ended = iter(by_end)
    following = next(ended, None)
    for invocation in sorted(history, key=lambda invocation: invocation.began):
        while following is not None and following.answered < invocation.began:
            latest = following if latest is None or place(following) > place(latest) else latest
            following = next(ended, None)
        if latest is not None and place(invocation) < place(latest):
            return f"{invocation} began after {latest} was answered"
    return None
