"""A read of the number's call route, step by step, as one thread of a worker does it (docs/life_of_a_pause.md).

A read starts in the step that reads the host's `known`; starting earlier would only ask less of its answer. As
soon as its answer is decided it is compared with `floor`: the route as the last change acknowledged before the read
started had left it.
"""

from collections.abc import Iterator
from enum import IntEnum
from typing import NamedTuple

from tests.consistency.rule import Changes, Host, LateCommand, Redis, Rule, Worker, fill
from tests.consistency.search import Outcome, Process, Step, always


class At(IntEnum):
    """What a read does next; each step leads to a later one, or to the answer and back to IDLE."""

    IDLE = 0
    EVICT = 1
    RAISE_KNOWN = 2
    LOOK_IN_COPY = 3
    LOOK_UP = 4
    READ_DATABASE = 5
    READ_NUMBER = 6
    FILL = 7
    CHECK_KNOWN = 8
    KEEP = 9


UNREACHABLE = -1
"""What a reader saw of `_applied` when it could not reach Redis."""


class Reader(NamedTuple):
    """A thread and what it has in its hands: `known` at its start (k), the floor, `_applied` at its miss, the route."""

    at: At = At.IDLE
    k: int = 0
    floor: int = 0
    seen: int | None = None
    n_at_read: int = 0
    route: int = 0

    def __str__(self) -> str:
        return "idle" if self.at is At.IDLE else f"(k {self.k}, next {self.at.name})"


IDLE = Reader()


class Reading(NamedTuple):
    """The rule of a reader; every method is one atomic step."""

    rule: Rule
    changes: Changes
    late_commands: bool

    def start(self, reader: Reader, acknowledged: int, host: Host, worker: Worker) -> Iterator[Outcome]:
        """Read the host's `known`."""
        floor = self.changes.last_naming(acknowledged)
        if host.known is None:
            return
        started = Reader(At.EVICT, host.known, floor)
        yield Outcome(f"starts a read, known is {host.known}", (started, acknowledged, host, worker))
        if not self.rule.known_is_read_each_time:
            remembered = Reader(At.EVICT, worker.known, floor)
            yield Outcome(f"starts a read, remembers known {worker.known}", (remembered, acknowledged, host, worker))

    def evict(self, reader: Reader, worker: Worker, host: Host) -> Iterator[Outcome]:
        """Evict what changed in (worker_known, k]; the lock is held until worker_known is raised.

        Where nothing need be evicted, this step and its neighbour are one: `worker_known` never falls while the
        read lives, and nobody can tell a step that does nothing from none.
        """
        if worker.known >= reader.k:
            yield from self.look_in_copy(reader, worker, host)
        elif worker.locked:
            yield from ()
        elif worker.route is None or not any(worker.known < n <= reader.k for n in host.listed):
            on = reader._replace(at=At.LOOK_IN_COPY)
            yield Outcome(f"raises worker_known to {reader.k}", (on, worker._replace(known=reader.k), host))
        else:
            on, locked = reader._replace(at=At.RAISE_KNOWN), self.rule.evicts_under_the_lock
            if self.rule.evicts_before_it_raises_known:
                yield Outcome("evicts the route from the copy", (on, worker._replace(route=None, locked=locked), host))
            else:
                yield Outcome("raises worker_known first", (on, worker._replace(known=reader.k, locked=locked), host))

    def raise_known(self, reader: Reader, worker: Worker) -> Iterator[Outcome]:
        """Raise worker_known to k and give the lock back."""
        route = worker.route if self.rule.evicts_before_it_raises_known else None
        raised = Worker(max(worker.known, reader.k), route, locked=False)
        yield Outcome(f"raises worker_known to {reader.k}", (reader._replace(at=At.LOOK_IN_COPY), raised))

    def look_in_copy(self, reader: Reader, worker: Worker, *rest: Host) -> Iterator[Outcome]:
        """Answer from the worker's copy if the number is there; this takes no lock."""
        if worker.route is None:
            yield Outcome("does not find it in the worker's copy", (reader._replace(at=At.LOOK_UP), worker, *rest))
        else:
            stale = self._older_than_promised(reader, worker.route)
            yield Outcome(f"answers {worker.route} from the worker's copy", (IDLE, worker, *rest), stale)

    def look_up(self, reader: Reader, redis: Redis) -> Iterator[Outcome]:
        """LOOKUP: the route and `_applied` at once."""
        missed = reader._replace(at=At.READ_DATABASE)
        applied = redis.applied if self.rule.lookup_asks_applied else reader.k
        if redis.route is not None and applied is not None and applied >= reader.k:
            yield self._found(reader, redis.route, "Redis", (redis,))
        else:
            yield Outcome(f"misses in Redis, sees {redis}", (missed._replace(seen=redis.applied), redis))
        yield Outcome("cannot reach Redis", (missed._replace(seen=UNREACHABLE), redis))

    def read_database(self, reader: Reader, n: int, host: Host) -> Iterator[Outcome]:
        """Read the route and the change number it belongs to in one statement, else take the host's copy."""
        route = self.changes.last_naming(n)
        if reader.seen == UNREACHABLE:
            yield self._found(reader, route, "the database", (n, host))
        else:
            after = At.FILL if self.rule.database_read_is_one_statement else At.READ_NUMBER
            read = Reader(after, reader.k, 0, reader.seen, _needed_to_fill(reader, n), route)
            stale = self._older_than_promised(reader, route)
            yield Outcome(f"reads {route} from the database at {n}", (read, n, host), stale)
        yield self._found(reader, host.route, "the host's copy, the database is away", (n, host))

    def read_number(self, reader: Reader, n: int) -> Iterator[Outcome]:
        """Read the counter after the route, which the rule does not allow."""
        on = reader._replace(at=At.FILL, n_at_read=_needed_to_fill(reader, n))
        yield Outcome(f"reads the counter {n} from the database", (on, n))

    def fill(self, reader: Reader, redis: Redis, late: LateCommand = ()) -> Iterator[Outcome]:
        """FILL, which may be lost, or may reach Redis later than this thread waits for it."""
        on, rest = Reader(At.CHECK_KNOWN, reader.k, route=reader.route), (late,) if self.late_commands else ()
        filled = fill(self.rule, redis, reader.seen, reader.n_at_read, reader.route)
        yield Outcome(f"fills {reader.route}, having seen {reader.seen}", (on, filled, *rest))
        yield Outcome("cannot fill, Redis is away", (on, redis, *rest))
        if self.late_commands and not late:
            command = ("fill", reader.seen, reader.n_at_read, reader.route)
            yield Outcome("fills, gives up waiting", (on, redis, command))

    def check_known(self, reader: Reader, host: Host) -> Iterator[Outcome]:
        """Keep the route only if `known` is still k; a step of its own, as `known` may move right after it."""
        if host.known == reader.k or not self.rule.keep_asks_host:
            yield Outcome(f"is free to keep it as of {reader.k}", (reader._replace(at=At.KEEP), host))
        else:
            yield Outcome(f"answers {reader.route}, does not keep it", (IDLE, host))

    def keep(self, reader: Reader, worker: Worker) -> Iterator[Outcome]:
        """Keep the route, under the lock, if worker_known is k too."""
        if worker.locked:
            yield from ()
        elif worker.known == reader.k or not self.rule.keep_asks_worker:
            yield Outcome(f"keeps and answers {reader.route}", (IDLE, worker._replace(route=reader.route)))
        else:
            yield Outcome(f"answers {reader.route}, does not keep it", (IDLE, worker))

    def _found(self, reader: Reader, route: int, where: str, rest: tuple[int | Host | Redis, ...]) -> Outcome:
        stale = self._older_than_promised(reader, route)
        return Outcome(f"takes {route} from {where}", (Reader(At.CHECK_KNOWN, reader.k, route=route), *rest), stale)

    @staticmethod
    def _older_than_promised(reader: Reader, route: int) -> str:
        return f"stale: answers {route} though change {reader.floor} was in force" if route < reader.floor else ""


def _needed_to_fill(reader: Reader, n: int) -> int:
    """FILL only looks at the change number of a read when it found nothing in Redis; else one value stands for all."""
    return n if reader.seen is None else 0


def reader_process(reading: Reading, name: str, worker: str, host: str) -> Process:
    """One thread that reads again and again."""
    late = ("late command",) if reading.late_commands else ()
    steps = {
        At.IDLE: Step((name, "acknowledged", host, worker), reading.start),
        At.EVICT: Step((name, worker, host), reading.evict),
        At.RAISE_KNOWN: Step((name, worker), reading.raise_known, may_wait=False),
        At.LOOK_IN_COPY: Step((name, worker), reading.look_in_copy, may_wait=False),
        At.LOOK_UP: Step((name, "redis"), reading.look_up, may_wait=False),
        At.READ_DATABASE: Step((name, "database", host), reading.read_database, may_wait=False),
        At.READ_NUMBER: Step((name, "database"), reading.read_number, may_wait=False),
        At.FILL: Step((name, "redis", *late), reading.fill, may_wait=False),
        At.CHECK_KNOWN: Step((name, host), reading.check_known, may_wait=False),
        At.KEEP: Step((name, worker), reading.keep),
    }
    return Process(name, name, lambda reader: steps[reader.at])


def worker_faults(name: str, threads: tuple[str, ...]) -> list[Process]:
    """A worker may restart, which takes its copy and its look-ups with it, or drop a route to make room."""

    def restart(worker: Worker, *_: Reader) -> Iterator[Outcome]:
        yield Outcome("restarts", (Worker(), *(IDLE for _ in threads)))

    def make_room(worker: Worker) -> Iterator[Outcome]:
        yield Outcome("drops the route to make room", (worker if worker.locked else worker._replace(route=None),))

    return [always(name, Step((name, *threads), restart)), always(name, Step((name,), make_room))]
