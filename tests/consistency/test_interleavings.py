"""No read that starts after a change is in force answers an older route: searched in every interleaving.

How to read this. `rule.py` says what is done to Redis and to a local store in one atomic step; `readers.py` and
`writers.py` say in which order readers, writers, keepers and new hosts do it; `world.py` stands for everybody else;
`model.py` puts a cast together and adds the faults; `search.py` visits every state that the cast can reach. A `Cast`
says who takes part. A `Rule` with a part switched off is an ablation: the search must then find a story that ends in
a stale answer, or the model proves nothing. `pytest tests/consistency -rP` prints the number of states of each cast
and the story of each ablation.

What may happen, at any moment and any number of times: Redis is flushed, evicts the hash, restarts empty, fails over
to an older state of it, cannot be reached by a reader or by the admin, or executes a command after its sender gave up;
the database cannot be reached by a reader; a writer or keeper crashes between any two steps; the change is repeated,
or the next one made instead; a worker restarts in the middle of its look-ups, or drops a route to make room; any
process is as slow as it likes.

What is bounded, for each cast: two or three changes, two threads, two hosts, two writers, one keeper; the open world
takes the bound off keepers, writers, other hosts and late commands. One number is followed; changes that name another
are among them. Reads of other numbers are left out: all they do to this one is what a keeper's INIT or catch-up does.
Hosts are asked for `known` in one step; as it never falls, asking one after the other shows no more.

What is not covered. A database that forgets a commit (fail-over to an asynchronous replica, a restored backup), or a
host that loses its local store while it answers: the counter or `known` would fall, which the rule takes to be
impossible. A host that is taken off the register while it still answers. Time: a writer here may wait for ever; that
it gives up after two seconds and says 202 is no acknowledgement and needs no step. And whether our code is this rule:
that is for the tests that run it on real servers.
"""

import sys
from functools import cache
from typing import Any

import pytest

from tests.consistency.model import Cast, build
from tests.consistency.readers import At, Reader
from tests.consistency.rule import Rule
from tests.consistency.search import Report, search

ON_A = {"worker": "A"}
NAMED, NOT_NAMED = True, False

ONE_THREAD = Cast((NAMED, NOT_NAMED), ON_A, ("worker",))
ONE_THREAD_BOTH_NAMED = Cast((NAMED, NAMED), ON_A, ("worker",))
TWO_THREADS = Cast((NAMED,), ON_A, ("worker", "worker"))
ADMIN_ELSEWHERE = Cast((NAMED,), ON_A, ("worker",), writers=("B",), keepers=("A",))
HOST_JOINS = Cast((NAMED,), {"worker": "B"}, ("worker",), keepers=("B",), newcomer="B")
OPEN_WORLD = Cast((NAMED, NOT_NAMED), ON_A, ("worker", "worker"), writers=(), keepers=(), open_world=True)

ONE_THREAD_FOLLOWED = {
    "writer and keeper": ONE_THREAD,
    "fail-over, writer": Cast((NAMED, NOT_NAMED), ON_A, ("worker",), keepers=(), fails_over=True),
    "fail-over, writer and keeper": Cast((NAMED,), ON_A, ("worker",), fails_over=True),
    "late commands, writer": Cast((NAMED, NOT_NAMED), ON_A, ("worker",), keepers=(), late_commands=True),
    "late commands, writer and keeper": Cast((NAMED,), ON_A, ("worker",), late_commands=True),
    "two writers": Cast((NAMED, NOT_NAMED), ON_A, ("worker",), writers=("A", "A"), keepers=()),
}
CASTS = ONE_THREAD_FOLLOWED | {
    "two threads, writer and keeper": TWO_THREADS,
    "two threads, writer": Cast((NAMED, NOT_NAMED), ON_A, ("worker", "worker"), keepers=()),
    "admin on another host": Cast((NAMED, NOT_NAMED), ON_A, ("worker",), writers=("B",), keepers=("A",)),
    "a host joins": HOST_JOINS,
    "open world, two hosts, admin on B": Cast(
        (NAMED,), ON_A | {"other worker": "B"}, ("worker", "other worker"), ("B",), keepers=(), open_world=True
    ),
    "open world, two threads, three changes": Cast(
        (NAMED, NOT_NAMED, NAMED), ON_A, ("worker", "worker"), writers=(), keepers=(), open_world=True
    ),
    "open world, two threads, writer": Cast(
        (NAMED, NOT_NAMED), ON_A, ("worker", "worker"), keepers=(), open_world=True
    ),
}

ABLATIONS = {
    "APPLY skips contiguity": (ONE_THREAD, Rule(apply_is_contiguous=False)),
    "LOOKUP ignores _applied": (ONE_THREAD, Rule(lookup_asks_applied=False)),
    "FILL is unconditional": (ONE_THREAD, Rule(fill_asks_applied=False)),
    "routes and _applied are two keys": (ONE_THREAD, Rule(one_key=False)),
    "the counter is read after the route": (ONE_THREAD, Rule(database_read_is_one_statement=False)),
    "a worker keeps what it looked up unconditionally": (
        TWO_THREADS,
        Rule(keep_asks_host=False, keep_asks_worker=False),
    ),
    "a worker asks its host, not worker_known, before it keeps": (TWO_THREADS, Rule(keep_asks_worker=False)),
    "a worker remembers known": (ONE_THREAD, Rule(known_is_read_each_time=False)),
    "a worker raises worker_known, then evicts": (TWO_THREADS, Rule(evicts_before_it_raises_known=False)),
    "a worker evicts without the lock": (OPEN_WORLD, Rule(evicts_under_the_lock=False)),
    "the local store lists only a number's last change": (ONE_THREAD_BOTH_NAMED, Rule(lists_every_change=False)),
    "the slower local catch-up overwrites the faster": (ONE_THREAD_BOTH_NAMED, Rule(catch_up_compares_known=False)),
    "acknowledged without waiting for the hosts": (ADMIN_ELSEWHERE, Rule(waits_for_hosts=False)),
    "a repeated pause is acknowledged at once": (ONE_THREAD, Rule(repeat_confirms=False)),
    "a host copies before it registers": (HOST_JOINS, Rule(joins_before_it_copies=False)),
}


@cache
def report_on(cast: str) -> Report:
    """Search a cast under the whole rule, once for all tests."""
    return search(build(CASTS[cast], Rule()))


def show(title: str, report: Report) -> None:
    """Leave the report in pytest's captured output."""
    sys.stdout.write(f"{title}: {report}\n")


@pytest.mark.parametrize("cast", CASTS)
def test_no_read_is_older_than_a_change_in_force(cast: str) -> None:
    """Whatever fails, no read answers a route older than a change acknowledged before it started."""
    report = report_on(cast)

    show(cast, report)
    assert not report.broken, str(report)


@pytest.mark.parametrize("ablation", ABLATIONS)
def test_without_one_part_of_the_rule_a_read_is_stale(ablation: str) -> None:
    """Each part of the rule is needed: without it, the search finds a way to a stale answer and can tell it."""
    cast, rule = ABLATIONS[ablation]

    report = search(build(cast, rule, swaps_threads=False))

    show(ablation, report)
    assert report.broken.startswith("stale: answers "), f"nothing stale without it: {ablation}"
    assert report.story[-1].who.startswith("reader")


def test_asking_the_host_once_more_before_keeping_a_route_only_saves_work() -> None:
    """Of the two questions before a worker keeps a route, `worker_known` under the lock is the one that matters."""
    report = search(build(OPEN_WORLD, Rule(keep_asks_host=False)))

    assert not report.broken, str(report)


@pytest.mark.parametrize(
    "cast", ["two threads, writer and keeper", "fail-over, writer and keeper", "two threads, writer"]
)
def test_every_read_gets_an_answer(cast: str) -> None:
    """Each step of a read leads towards its answer; it waits for nothing but a lock, whose holder waits for nothing.

    The search itself ends with "never gets an answer" where a step that may not wait finds nothing to do.
    """
    moves = {move for who, its in report_on(cast).moves.items() if who.startswith("reader") for move in its}

    assert {before.at for before, _ in moves} == set(At) - {At.READ_NUMBER}
    assert all(after.at is At.IDLE or after.at > before.at for before, after in moves)


@pytest.mark.parametrize("cast", ONE_THREAD_FOLLOWED)
def test_open_world_can_do_whatever_followed_processes_do(cast: str) -> None:
    """What a reader meets among processes that are followed step by step, it meets in the open world too."""
    changes = ONE_THREAD_FOLLOWED[cast].changes
    world = search(build(Cast(changes, ON_A, ("worker",), writers=(), keepers=(), open_world=True), Rule()))

    assert what_a_reader_meets(report_on(cast)) <= what_a_reader_meets(world)


def what_a_reader_meets(report: Report) -> set[tuple[Any, ...]]:
    """Everything but the floor, which the open world raises as early as it can."""
    met = report.combinations("database", "redis", "host A", "worker", "reader 1")
    return {(*places, reader._replace(floor=0)) for *places, reader in met}


def test_the_search_goes_everywhere() -> None:
    """Every fault strikes and every way to an answer is taken: zero violations are not for want of trying."""
    said = {f"{who}: {words}" for cast in ONE_THREAD_FOLLOWED for who, words in report_on(cast).said}

    assert said >= {
        "writer 1: acknowledges: change 2 is in force",
        "writer 1: crashes",
        "writer 1: repeats change 1",
        "writer 1: cannot reach Redis",
        "writer 1: finds that known has moved, starts again",
        "keeper 1: applies 2, having seen 1",
        "redis: is flushed, evicted or restarted empty",
        "redis: fails over to its replica",
        "redis: executes the late FILL",
        "redis: executes the late APPLY",
        "worker: restarts",
        "worker: drops the route to make room",
        "reader 1: cannot reach Redis",
        "reader 1: evicts the route from the copy",
        "reader 1: answers 1 from the worker's copy",
        "reader 1: takes 1 from Redis",
        "reader 1: takes 1 from the database",
        "reader 1: takes 0 from the host's copy, the database is away",
        "reader 1: fills 1, having seen 0",
        "reader 1: answers 0, does not keep it",
    }
    assert Reader(At.KEEP, k=2, route=1) in {before for before, _ in report_on("writer and keeper").moves["reader 1"]}
