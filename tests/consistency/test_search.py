"""The search itself: it visits every state, finds a shortest story, and notices who cannot go on."""

from collections.abc import Hashable, Iterator

from tests.consistency.model import Cast, build
from tests.consistency.rule import Rule
from tests.consistency.search import Outcome, Process, Step, System, search


def counter(name: str, *, may_wait: bool = True, broken_at: int = 9) -> Process:
    """Count from 0 to 2 and stop."""

    def count(value: int) -> Iterator[Outcome]:
        if value < 2:
            broken = "counted too far" if value + 1 == broken_at else ""
            yield Outcome(f"counts to {value + 1}", (value + 1,), broken)

    step = Step((name,), count, may_wait)
    return Process(name, name, lambda _: step)


def test_every_combination_is_visited() -> None:
    """Two counters that run to 2 have nine states and twelve steps between them."""
    report = search(System({"left": 0, "right": 0}, (counter("left"), counter("right"))))

    assert (report.states, report.transitions, report.broken) == (9, 12, "")
    assert report.combinations("left") == {(0,), (1,), (2,)}


def test_states_that_differ_by_a_swap_are_one() -> None:
    """Two counters that are alike have six states."""
    system = System({"left": 0, "right": 0}, (counter("left"), counter("right")), alike=(("left", "right"),))

    assert search(system).states == 6


def test_story_of_a_broken_promise_is_a_shortest_one() -> None:
    """The story holds the steps that were needed, in order, and no others."""
    report = search(System({"left": 0, "right": 0}, (counter("left"), counter("right", broken_at=2))))

    assert [(told.who, told.says) for told in report.story] == [("right", "counts to 1"), ("right", "counts to 2")]
    assert str(report).splitlines()[1].split() == ["1.", "right:", "counts", "to", "1", "right", "=", "1"]


def test_process_that_may_not_wait_must_go_on() -> None:
    """A process with nothing left to do has broken a promise unless it may wait."""
    report = search(System({"only": 0}, (counter("only", may_wait=False),)))

    assert report.broken == "only never gets an answer"
    assert len(report.story) == 3


def test_packed_search_visits_as_many_states_as_a_plain_one() -> None:
    """Packing states and remembering steps changes nothing: a plain search of the same cast counts the same states."""
    system = build(Cast((True,), {"worker": "A"}, ("worker",), keepers=()), Rule(), swaps_threads=False)

    assert search(system).states == len(plain_search(system))


def plain_search(system: System) -> set[tuple[Hashable, ...]]:
    """Every reachable state, as the values of its fields, with nothing remembered."""
    names = list(system.fields)
    todo = [tuple(system.fields.values())]
    seen = set(todo)
    while todo:
        values = dict(zip(names, todo.pop(), strict=True))
        for process in system.processes:
            step = process.next_step(values[process.own])
            for outcome in step.act(*(values[name] for name in step.touches)):
                after = values | dict(zip(step.touches, outcome.leaves, strict=True))
                if (state := tuple(after.values())) not in seen:
                    seen.add(state)
                    todo.append(state)
    return seen
