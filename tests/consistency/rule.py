"""The places that the cache rule speaks of, and what is done to each in one atomic step.

From docs/life_of_a_pause.md, not our code.

One number is followed. Its route is written as the number of the last change that named it (0: as it was at first),
so a route is older than change n exactly when it is less than the last change up to n that names the number.
"""

from typing import Any, NamedTuple


class Rule(NamedTuple):
    """The parts of the rule. All true is the rule as we implement it; beside each, what happens without it."""

    apply_is_contiguous: bool = True  # else APPLY stores change n alone whenever n > _applied
    lookup_asks_applied: bool = True  # else any route found in Redis is believed
    fill_asks_applied: bool = True  # else FILL stores whatever happened since the miss
    one_key: bool = True  # else the routes and _applied are two keys, which may vanish separately
    database_read_is_one_statement: bool = True  # else the counter is read after the route
    keep_asks_host: bool = True  # else a worker keeps a route though the host's known has moved since
    keep_asks_worker: bool = True  # else a worker keeps a route though worker_known has moved since
    known_is_read_each_time: bool = True  # else a worker may remember known from one read to the next
    evicts_before_it_raises_known: bool = True  # else worker_known rises first
    evicts_under_the_lock: bool = True  # else other threads may keep routes in between
    lists_every_change: bool = True  # else the local store has one row a number, asked with a bound on both sides
    catch_up_compares_known: bool = True  # else the slower of two catch-ups overwrites the faster one
    waits_for_hosts: bool = True  # else the writer acknowledges after its own host
    repeat_confirms: bool = True  # else a repeated pause is acknowledged because it is committed
    joins_before_it_copies: bool = True  # else a new host copies first and registers afterwards


class Changes(NamedTuple):
    """The changes that will be committed, in order: whether each names the number that is followed."""

    name_it: tuple[bool, ...]

    def last_naming(self, n: int) -> int:
        """The route at change number n."""
        return max((change for change in range(1, n + 1) if self.name_it[change - 1]), default=0)

    def named_since(self, k: int, n: int) -> bool:
        """Whether one of the changes k+1..n names the number."""
        return any(self.name_it[k:n])


class Redis(NamedTuple):
    """The hash: `_applied` and the number's route. Nothing there: both are None."""

    applied: int | None = None
    route: int | None = None

    def __str__(self) -> str:
        return "nothing" if self == NOTHING else f"(_applied {self.applied}, route {self.route})"


NOTHING = Redis()

LateCommand = tuple[Any, ...]
"""A FILL or APPLY whose sender gave up waiting, with its arguments; () when there is none."""


class Host(NamedTuple):
    """A host's local store: `known`, the route, and each `known` under which it recorded that the number changed."""

    known: int | None = 0
    route: int = 0
    listed: tuple[int, ...] = ()
    registered: bool = True

    def __str__(self) -> str:
        if self.known is None:
            return "registered, no copy yet" if self.registered else "not registered"
        return f"(known {self.known}, route {self.route}{'' if self.registered else ', not registered'})"


class Worker(NamedTuple):
    """A worker's copy, shared by its threads: `worker_known`, the route if it is there, the lock."""

    known: int = 0
    route: int | None = None
    locked: bool = False

    def __str__(self) -> str:
        return f"(worker_known {self.known}, route {self.route}{', locked' if self.locked else ''})"


def apply(rule: Rule, changes: Changes, redis: Redis, seen: int | None, n: int) -> Redis:
    """APPLY: bring the hash from `seen` to n, or leave it alone because it is no longer what was seen."""
    named = changes.named_since(n - 1 if not rule.apply_is_contiguous else seen or 0, n)
    if seen is None:
        return redis._replace(applied=n) if redis.applied is None else redis
    behind = redis.applied is not None and redis.applied < n
    acts = redis.applied == seen if rule.apply_is_contiguous else behind
    return Redis(n, changes.last_naming(n) if named else redis.route) if acts else redis


def fill(rule: Rule, redis: Redis, seen: int | None, n_at_read: int, route: int) -> Redis:
    """FILL: store a route read from the database, or nothing because the hash is no longer what was seen."""
    if rule.fill_asks_applied and redis.applied != seen:
        return redis
    return Redis(n_at_read if redis.applied is None else redis.applied, route)


def catch_up(rule: Rule, changes: Changes, host: Host, k: int, n: int) -> Host | None:
    """Write changes k+1..n into a local store in one transaction; None if it is no longer at k."""
    if rule.catch_up_compares_known and host.known != k:
        return None
    if not changes.named_since(k, n):
        return host._replace(known=n)
    listed = tuple(sorted({*host.listed, n})) if rule.lists_every_change else (n,)
    return host._replace(known=n, route=changes.last_naming(n), listed=listed)
