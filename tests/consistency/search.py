"""Visit every state that a few concurrent processes can reach, and tell how the first broken promise came about.

A system is a set of named fields, each holding a small value, and processes that take one atomic step at a time. A
step names the fields it touches and is given nothing else, so what it leads to depends on those values alone: it is
worked out once for each combination of them and remembered. A state is one integer with a few bits for each field,
and a remembered step is an integer to add to it, which makes millions of states affordable in plain Python.

The search is breadth first: the story it tells is a shortest one.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NamedTuple


class Outcome(NamedTuple):
    """What a step did, in words, and the values it left in the fields it touches; `broken` names a promise it broke."""

    says: str
    leaves: tuple[Hashable, ...]
    broken: str = ""


class Step(NamedTuple):
    """One atomic step: the fields it touches, the process's own first, and what it may do with their values.

    No outcome means that the process waits; unless it `may_wait`, a process that would wait has broken a promise.
    """

    touches: tuple[str, ...]
    act: Callable[..., Iterable[Outcome]]
    may_wait: bool = True


class Process(NamedTuple):
    """Something that acts: the value of its own field decides which step is its next one."""

    name: str
    own: str
    next_step: Callable[[Any], Step]


def always(name: str, step: Step) -> Process:
    """A process that has only one step and may take it at any time."""
    return Process(name, step.touches[0], lambda _: step)


@dataclass(frozen=True)
class System:
    """The fields with their first values, the processes, and pairs of fields that may be swapped."""

    fields: dict[str, Hashable]
    processes: tuple[Process, ...]
    alike: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Told:
    """One line of a story: who did what, and the fields that it changed, with their new values."""

    who: str
    says: str
    changed: dict[str, Hashable]


@dataclass
class Report:
    """What a search found; `story` is empty when every promise was kept in every state."""

    states: int = 0
    transitions: int = 0
    broken: str = ""
    story: list[Told] = field(default_factory=list)
    said: set[tuple[str, str]] = field(default_factory=set)
    moves: dict[str, set[tuple[Any, Any]]] = field(default_factory=dict)
    combinations: Callable[..., set[tuple[Any, ...]]] = field(default=lambda *names: set(), repr=False)
    """The values that the named fields had together in some state."""

    def __str__(self) -> str:
        """Tell the story, one numbered line for each step."""
        lines = [f"{self.broken or 'every promise kept'} ({self.states:,} states searched)"]
        for number, told in enumerate(self.story, 1):
            lines.append(f"{number:3}. {told.who + ': ' + told.says:<70}  {_in_words(told.changed)}".rstrip())
        return "\n".join(lines)


def search(system: System) -> Report:
    """Visit every reachable state, or stop at the first step that breaks a promise and tell the way there."""
    engine = _Engine(system)
    report = engine.report
    levels = [[engine.pack(system.fields)]]
    seen = set(levels[0])
    try:
        while levels[-1]:
            levels.append(engine.next_level(levels[-1], seen))
    except _PromiseBroken as end:
        report.broken = end.told_broken
        report.story = [*engine.way_to(end.state, levels), end.told]
    report.states = len(seen)
    report.combinations = lambda *names: engine.combinations(seen, names)
    return report


class _PromiseBroken(Exception):
    """Raised while a step is worked out for the first time, which only happens in a state that is really reached."""

    def __init__(self, broken: str, told: Told) -> None:
        super().__init__(broken)
        self.told_broken, self.told, self.state = broken, told, 0


class _Deltas(dict[int, tuple[int, ...]]):
    """For one step: the values it touches, as they stand in a state, to what each of its outcomes adds to the state."""

    def __init__(self, engine: "_Engine", process: Process, step: Step) -> None:
        super().__init__()
        self.engine, self.process, self.step = engine, process, step

    def __missing__(self, touched: int) -> tuple[int, ...]:
        worked_out = self.engine.work_out(self.process, self.step, touched)
        self[touched] = tuple({delta for delta, _ in worked_out} - {0})
        return self[touched]


class _Plan(dict[int, tuple[int, _Deltas]]):
    """For one process: its own value to the mask and the remembered outcomes of the step that comes next."""

    def __init__(self, engine: "_Engine", process: Process) -> None:
        super().__init__()
        self.engine, self.process = engine, process
        self.of_step: dict[Step, tuple[int, _Deltas]] = {}

    def __missing__(self, own: int) -> tuple[int, _Deltas]:
        step = self.process.next_step(self.engine.value(self.process.own, own))
        if step not in self.of_step:
            self.of_step[step] = (self.engine.mask(step.touches), _Deltas(self.engine, self.process, step))
        self[own] = self.of_step[step]
        return self[own]


class _Engine:
    """Packs states into integers and remembers the outcomes of steps."""

    BITS = 10

    def __init__(self, system: System) -> None:
        self.system, self.report = system, Report()
        self.shift = {name: self.BITS * place for place, name in enumerate(system.fields)}
        self.number_of: dict[Hashable, int] = {}
        self.values: list[Hashable] = []
        self.plans = [(self.mask((process.own,)), _Plan(self, process)) for process in system.processes]
        self.swaps = [(self.shift[one], self.shift[other]) for one, other in system.alike]

    def mask(self, names: Iterable[str]) -> int:
        return sum(((1 << self.BITS) - 1) << self.shift[name] for name in names)

    def pack(self, values: dict[str, Hashable]) -> int:
        return sum(self._number(value) << self.shift[name] for name, value in values.items())

    def value(self, name: str, state: int) -> Any:
        return self.values[(state >> self.shift[name]) & ((1 << self.BITS) - 1)]

    def combinations(self, states: set[int], names: tuple[str, ...]) -> set[tuple[Any, ...]]:
        mask = self.mask(names)
        return {tuple(self.value(name, state) for name in names) for state in {state & mask for state in states}}

    def _number(self, value: Hashable) -> int:
        key = (type(value), value)
        if key not in self.number_of:
            self.number_of[key] = len(self.values)
            self.values.append(value)
            if len(self.values) > 1 << self.BITS:
                raise OverflowError("more distinct values than the bits of a field can tell apart")
        return self.number_of[key]

    def work_out(self, process: Process, step: Step, state: int) -> Iterator[tuple[int, Told]]:
        """Run a step on the values it touches; the engine's report learns what was said and how the process moved."""
        before = [self.value(name, state) for name in step.touches]
        outcomes = list(step.act(*before))
        if not outcomes and not step.may_wait:
            raise _PromiseBroken(f"{process.name} never gets an answer", Told(process.name, "cannot go on", {}))
        for outcome in outcomes:
            after = dict(zip(step.touches, outcome.leaves, strict=True))
            changed = {name: after[name] for name, old in zip(step.touches, before, strict=True) if after[name] != old}
            told = Told(process.name, outcome.says, changed)
            if outcome.broken:
                raise _PromiseBroken(outcome.broken, told)
            self.report.said.add((process.name, outcome.says))
            self.report.moves.setdefault(process.name, set()).add((before[0], outcome.leaves[0]))
            yield self.pack(after) - (state & self.mask(step.touches)), told

    def next_level(self, level: list[int], seen: set[int]) -> list[int]:
        """The states first reached by one step from those of `level`; the one loop whose speed matters."""
        found: list[int] = []
        plans, swaps, field_mask, transitions = self.plans, self.swaps, (1 << self.BITS) - 1, 0
        for state in level:
            try:
                for own, plan in plans:
                    mask, deltas = plan[state & own]
                    for delta in deltas[state & mask]:
                        transitions += 1
                        after = state + delta
                        for one, other in swaps:
                            difference = ((after >> one) & field_mask) - ((after >> other) & field_mask)
                            if difference > 0:
                                after += (difference << other) - (difference << one)
                        if after not in seen:
                            seen.add(after)
                            found.append(after)
            except _PromiseBroken as end:
                end.state = state
                raise
        self.report.transitions += transitions
        return found

    def way_to(self, state: int, levels: list[list[int]]) -> list[Told]:
        """Go back from level to level, each time to a state that has a step to the one after it."""
        story: list[Told] = []
        depth = next(depth for depth, level in enumerate(levels) if state in set(level))
        for level in reversed(levels[:depth]):
            state, told = next(step for step in map(partial(self._step_between, state), level) if step)
            story.append(told)
        return story[::-1]

    def _step_between(self, after: int, before: int) -> tuple[int, Told] | None:
        """The state before and what was done there, if one step leads from there to the state after."""
        for own, plan in self.plans:
            mask, deltas = plan[before & own]
            for wanted in deltas[before & mask]:
                if self._in_order(before + wanted) == after:
                    outcomes = self.work_out(deltas.process, deltas.step, before)
                    return before, next(told for delta, told in outcomes if delta == wanted)
        return None

    def _in_order(self, state: int) -> int:
        """The same as the loop over the swaps in `next_level`."""
        field_mask = (1 << self.BITS) - 1
        for one, other in self.swaps:
            difference = ((state >> one) & field_mask) - ((state >> other) & field_mask)
            if difference > 0:
                state += (difference << other) - (difference << one)
        return state


def _in_words(changed: dict[str, Hashable]) -> str:
    return "; ".join(f"{name} = {value}" for name, value in changed.items())
