"""Put the cache rule together: who takes part, which faults may strike, and the searchable system that follows.

Faults are not counted: whatever may happen once may happen any number of times, at any moment, in any order.
What is bounded is the number of changes, and of the processes that act at the same time.
"""

from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from tests.consistency.readers import IDLE, Reading, reader_process, worker_faults
from tests.consistency.rule import NOTHING, Changes, Host, LateCommand, Redis, Rule, Worker, apply, fill
from tests.consistency.search import Outcome, Process, Step, System, always
from tests.consistency.world import open_world
from tests.consistency.writers import Does, Hand, Writing, catching_up, joining


@dataclass(frozen=True)
class Cast:
    """Who takes part. Hosts are A and B; each entry says on which host (or in which worker) somebody works."""

    changes: tuple[bool, ...]
    """For each change to come, whether it names the number that is followed."""
    workers: dict[str, str]
    """Worker to its host."""
    readers: tuple[str, ...]
    """The worker of each reading thread."""
    writers: tuple[str, ...] = ("A",)
    keepers: tuple[str, ...] = ("A",)
    newcomer: str = ""
    """The host that is not there at first, and joins."""
    fails_over: bool = False
    """Redis has a replica, which is any older state of the hash, and may fail over to it."""
    late_commands: bool = False
    """A FILL or APPLY may reach Redis after its sender gave up."""
    open_world: bool = False
    """Everybody else may act too, see `world.py`."""


def build(cast: Cast, rule: Rule, *, swaps_threads: bool = True) -> System:
    """The system to search.

    `swaps_threads` makes one of two states that differ only in which thread of a worker is called the first:
    threads run the same rule and nobody looks at their names.
    """
    changes = Changes(cast.changes)
    hosts = tuple(sorted({*cast.workers.values(), *cast.writers, *cast.keepers}))
    threads = {f"reader {place}": worker for place, worker in enumerate(cast.readers, 1)}
    fields = _first_values(cast, rule, hosts, tuple(threads))
    reading = Reading(rule, changes, cast.late_commands)
    processes: list[Process] = []
    for place, host in enumerate(cast.writers, 1):
        writing = Writing(rule, changes, cast.late_commands, is_keeper=False)
        processes += catching_up(writing, f"writer {place}", _host(host), tuple(map(_host, hosts)))
    for place, host in enumerate(cast.keepers, 1):
        writing = Writing(rule, changes, cast.late_commands, is_keeper=True)
        processes += catching_up(writing, f"keeper {place}", _host(host), ())
    for name, worker in threads.items():
        processes.append(reader_process(reading, name, worker, _host(cast.workers[worker])))
    for worker in cast.workers:
        processes += worker_faults(worker, tuple(name for name, its in threads.items() if its == worker))
    if cast.newcomer:
        processes.append(joining(rule, changes, "newcomer", _host(cast.newcomer)))
    if cast.open_world:
        processes += open_world(rule, changes, tuple(map(_host, hosts)), bool(cast.writers))
    processes += _redis_faults(cast, rule, changes)
    return System(fields, tuple(processes), _pairs(threads) if swaps_threads else ())


def _first_values(cast: Cast, rule: Rule, hosts: tuple[str, ...], threads: tuple[str, ...]) -> dict[str, Hashable]:
    fields: dict[str, Hashable] = {"database": 0, "acknowledged": 0, "redis": NOTHING}
    if cast.fails_over:
        fields["replica"] = NOTHING
    if cast.late_commands:
        fields["late command"] = ()
    for host in hosts:
        fields[_host(host)] = Host(None, registered=False) if host == cast.newcomer else Host()
    fields |= {worker: Worker() for worker in cast.workers} | dict.fromkeys(threads, IDLE)
    fields |= {f"writer {place}": Hand() for place, _ in enumerate(cast.writers, 1)}
    fields |= {f"keeper {place}": Hand() for place, _ in enumerate(cast.keepers, 1)}
    if cast.newcomer:
        fields["newcomer"] = Hand(Does.REGISTER if rule.joins_before_it_copies else Does.COPY)
    return fields


def _host(letter: str) -> str:
    return f"host {letter}"


def _pairs(threads: dict[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple((one, other) for one, other in pairwise(threads) if threads[one] == threads[other])


def _redis_faults(cast: Cast, rule: Rule, changes: Changes) -> list[Process]:
    def vanish(redis: Redis) -> Iterator[Outcome]:
        yield Outcome("is flushed, evicted or restarted empty", (NOTHING,))
        if not rule.one_key:
            yield Outcome("evicts only the key of _applied", (redis._replace(applied=None),))
            yield Outcome("evicts only the key of the routes", (redis._replace(route=None),))

    def replicate(redis: Redis, _: Redis) -> Iterator[Outcome]:
        yield Outcome("replicates", (redis, redis))

    def fail_over(_: Redis, replica: Redis) -> Iterator[Outcome]:
        yield Outcome("fails over to its replica", (replica, replica))

    def arrive(redis: Redis, late: LateCommand) -> Iterator[Outcome]:
        if late and late[0] == "fill":
            yield Outcome("executes the late FILL", (fill(rule, redis, *late[1:]), ()))
        elif late:
            yield Outcome("executes the late APPLY", (apply(rule, changes, redis, *late[1:]), ()))

    steps = [Step(("redis",), vanish)]
    if cast.fails_over:
        steps += [Step(("redis", "replica"), replicate), Step(("redis", "replica"), fail_over)]
    if cast.late_commands:
        steps.append(Step(("redis", "late command"), arrive))
    return [always("redis", step) for step in steps]
