"""The open world: any number of keepers, writers, other hosts and late commands at once, without following any of them.

A command in flight acts by its arguments alone, and those are bounded by the database: nobody ever sees an `_applied`
above the counter, and who reads the database afterwards reads it there or later. So at any moment any of

    FILL(s, m, route at m)   APPLY(s, m, changes s+1..m)   INIT(m)   local catch-up from `known` to m    (s ≤ m ≤ n)

may arrive, whoever sent it and whenever. That is more than can happen, never less: if no read is stale here, none is
with any number of processes, nor with commands that arrive long after their sender gave up. A fail-over to an older
hash needs no step of its own: what built the old hash can arrive once more after a flush. Each change is acknowledged
at the first moment it may be, which asks the most of later reads. The tests check "never less" on what followed
processes really reached.
"""

from collections.abc import Iterator

from tests.consistency.rule import Changes, Host, Redis, Rule, apply, catch_up, fill
from tests.consistency.search import Outcome, Process, Step, always


def open_world(rule: Rule, changes: Changes, hosts: tuple[str, ...], writers_followed: bool) -> list[Process]:
    """Everybody whose steps are not followed; writers that are followed commit and acknowledge themselves."""

    def commit(n: int) -> Iterator[Outcome]:
        if n < len(changes.name_it):
            names = "the number" if changes.name_it[n] else "another number"
            yield Outcome(f"commits change {n + 1}, naming {names}", (n + 1,))

    def command_arrives(redis: Redis, n: int) -> Iterator[Outcome]:
        for m in range(n + 1):
            route = changes.last_naming(m)
            for seen in (None, *range(m + 1)):
                yield Outcome(f"fills {route} read at {m}, having seen {seen}", (fill(rule, redis, seen, m, route), n))
                yield Outcome(f"applies {m}, having seen {seen}", (apply(rule, changes, redis, seen, m), n))

    def host_catches_up(host: Host, n: int, acknowledged: int, *others: Host) -> Iterator[Outcome]:
        for m in range((host.known or 0) + 1, n + 1):
            after = catch_up(rule, changes, host, host.known or 0, m) or host
            in_force = 0 if writers_followed else min(other.known or 0 for other in (after, *others))
            yield Outcome(f"catches up to {m}", (after, n, max(acknowledged, in_force), *others))

    steps = [Step(("redis", "database"), command_arrives)]
    if not writers_followed:
        steps.append(Step(("database",), commit))
    for host in hosts:
        others = tuple(other for other in hosts if other != host)
        steps.append(Step((host, "database", "acknowledged", *others), host_catches_up))
    return [always("somebody", step) for step in steps]
