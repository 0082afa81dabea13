"""Is what many threads saw of one thing the same as if they had come one after another?

Each invocation knows when it began and when it was answered, on one clock of this process, and the change number that
its answer tells. One that found nothing to change tells the number of the last change that it has seen. So the legal
order need not be searched for: it can only be that of the numbers, at each number first the one that made the change
and then those that saw it. The history is linearizable if that order keeps to real time, and if every answer is what a
number in that state would answer.

Calls see less: until a change is acknowledged as in force, a host may or may not have followed it. A call may meet any
state between that of the last change acknowledged before it began and that of the last one begun before it ended.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise


@dataclass(frozen=True, slots=True)
class Invocation:
    """One call of an operation: its name, what it wanted and got, and between which two moments (nanoseconds)."""

    name: str
    wanted: str
    got: str
    n: int
    began: int
    answered: int
    in_force: bool = True


@dataclass(frozen=True, slots=True)
class Reading:
    """What a caller met, and between which two moments (nanoseconds)."""

    seen: str
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
        made_it = as_of(invocation.n, made)
        if invocation.got != invocation.wanted or made_it is None:
            return f"{invocation} did not get what it wanted"
        if made_it.state != invocation.wanted:
            return f"{invocation} was not so after change {invocation.n}"
    if repeated := [n for n, following in pairwise(sorted(made)) if made[n].state == made[following].state]:
        return f"the changes after {repeated} changed nothing"
    return None


def as_of(n: int, made: dict[int, Made]) -> Made | None:
    """Return the last of these changes up to `n`, which may itself be one of another thing; None if there is none."""
    last = max((number for number in made if number <= n), default=None)
    return None if last is None else made[last]


def why_stale(
    readings: Sequence[Reading], history: Sequence[Invocation], made: dict[int, Made], began: dict[str, int]
) -> str | None:
    """Return the first reading that no state explains, None if there is none.

    `made` holds the state before the history too, under a lower number; `began` tells when the maker of each change
    began, also of one that was never answered.
    """
    acknowledged = sorted((done.answered, done.n) for done in history if done.in_force)
    answered, highest = [moment for moment, _ in acknowledged], list(accumulate((n for _, n in acknowledged), max))
    numbers = sorted(made)
    begins = [began.get(made[n].by, 0) for n in numbers]
    earliest = list(accumulate(reversed(begins), min))[::-1]  # of this change's maker and of all that come after it
    for reading in readings:
        before = bisect_left(answered, reading.began)
        least = highest[before - 1] if before else numbers[0]
        first = bisect_right(numbers, least)
        known = {made[numbers[first - 1]].state} if first else set()
        may_be_seen = set(known)
        for place in range(first, len(numbers)):
            if earliest[place] >= reading.answered:
                break
            if begins[place] < reading.answered:
                may_be_seen.add(made[numbers[place]].state)
        if reading.seen not in may_be_seen:
            return f"{reading} after change {least}, where only {sorted(may_be_seen)} may be seen"
    return None


def _out_of_time(history: Sequence[Invocation], made: dict[int, Made]) -> str | None:
    """Whatever was answered before another one began comes before it, or beside it if both changed nothing."""

    def place(invocation: Invocation) -> tuple[int, bool]:
        return invocation.n, invocation.n not in made or made[invocation.n].by != invocation.name

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
