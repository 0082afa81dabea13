"""The writer (an admin's change), the keeper of a host and a host that joins, step by step.

Their steps are those of docs/life_of_a_pause.md.
"""

from collections.abc import Iterator
from enum import Enum
from typing import NamedTuple

from tests.consistency.rule import Changes, Host, LateCommand, Redis, Rule, apply, catch_up
from tests.consistency.search import Outcome, Process, Step


class Does(Enum):
    """What a writer or a keeper does next."""

    IDLE = "idle"
    READ_CHANGES_FOR_HOST = "read changes for the host"
    WRITE_HOST = "write the local store"
    READ_APPLIED = "read _applied"
    READ_CHANGES_FOR_REDIS = "read changes for Redis"
    APPLY = "apply"
    WAIT_FOR_HOSTS = "wait for the hosts"
    REGISTER = "register"
    COPY = "copy"
    WRITE_COPY = "write the copy"


class Hand(NamedTuple):
    """What a writer or keeper has in its hands: its own change, and the changes (since, n] it is carrying."""

    does: Does = Does.IDLE
    change: int = 0
    since: int | None = None
    n: int = 0

    def __str__(self) -> str:
        return f"({self.does.value})"

    def goes_on(self, does: Does, since: int | None = None, n: int = 0) -> "Hand":
        return Hand(does, self.change, since, n)


class Writing(NamedTuple):
    """The rule of writers and keepers; every method is one atomic step."""

    rule: Rule
    changes: Changes
    late_commands: bool
    is_keeper: bool

    def begin_change(self, hand: Hand, n: int, acknowledged: int) -> Iterator[Outcome]:
        """Commit the next change, or repeat one that was committed and never acknowledged."""
        if n < len(self.changes.name_it):
            committed = Hand(Does.READ_CHANGES_FOR_HOST, n + 1)
            names = "the number" if self.changes.name_it[n] else "another number"
            yield Outcome(f"commits change {n + 1}, naming {names}", (committed, n + 1, acknowledged))
        if acknowledged < hand.change and self.rule.repeat_confirms:
            yield Outcome(f"repeats change {hand.change}", (hand.goes_on(Does.READ_CHANGES_FOR_HOST), n, acknowledged))
        elif acknowledged < hand.change:
            yield Outcome(f"repeats and acknowledges {hand.change}", (hand, n, hand.change))

    def begin_keeping(self, hand: Hand, host: Host, n: int, redis: Redis) -> Iterator[Outcome]:
        """Look after the host's copy, or after Redis."""
        if host.known is not None:
            for outcome in self.read_changes_for_host(hand, host, n):
                yield outcome._replace(leaves=(*outcome.leaves, redis))
        on = hand.goes_on(Does.READ_CHANGES_FOR_REDIS, redis.applied)
        yield Outcome(f"reads _applied {redis.applied}", (on, host, n, redis))

    def read_changes_for_host(self, hand: Hand, host: Host, n: int) -> Iterator[Outcome]:
        """Read `known` and the changes since: two reads in one step, and nothing is lost by that.

        Had `known` moved between the two, the write would find out and start again: the same as reading it later.
        """
        if n == host.known:
            yield Outcome("finds no change after known", (self._after_host(hand), host, n))
        else:
            on = hand.goes_on(Does.WRITE_HOST, host.known, n)
            yield Outcome(f"reads known {host.known} and the changes up to {n}", (on, host, n))

    def write_host(self, hand: Hand, host: Host) -> Iterator[Outcome]:
        """Write what was read in one local transaction, or start again because somebody else was faster."""
        written = catch_up(self.rule, self.changes, host, hand.since or 0, hand.n)
        if written is None:
            again = hand.goes_on(Does.IDLE if self.is_keeper else Does.READ_CHANGES_FOR_HOST)
            yield Outcome("finds that known has moved, starts again", (again, host))
        else:
            yield Outcome(f"writes the local store, known = {hand.n}", (self._after_host(hand), written))

    def read_applied(self, hand: Hand, redis: Redis) -> Iterator[Outcome]:
        on = hand.goes_on(Does.READ_CHANGES_FOR_REDIS, redis.applied)
        yield Outcome(f"reads _applied {redis.applied}", (on, redis))
        yield Outcome("cannot reach Redis", (self._after_redis(hand), redis))

    def read_changes_for_redis(self, hand: Hand, n: int) -> Iterator[Outcome]:
        if hand.since is not None and n <= hand.since:
            yield Outcome("finds no later change", (self._after_redis(hand), n))
        else:
            yield Outcome(f"reads changes {hand.since}..{n}", (hand.goes_on(Does.APPLY, hand.since, n), n))

    def apply(self, hand: Hand, redis: Redis, late: LateCommand = ()) -> Iterator[Outcome]:
        """APPLY, which may be lost, or may reach Redis later than the writer waits for it."""
        on, rest = self._after_redis(hand), (late,) if self.late_commands else ()
        applied = apply(self.rule, self.changes, redis, hand.since, hand.n)
        alone = "" if self.rule.apply_is_contiguous else " alone"
        yield Outcome(f"applies {hand.n}{alone}, having seen {hand.since}", (on, applied, *rest))
        yield Outcome("cannot apply, Redis is away", (on, redis, *rest))
        if self.late_commands and not late:
            yield Outcome("applies, gives up waiting", (on, redis, ("apply", hand.since, hand.n)))

    def wait_for_hosts(self, hand: Hand, acknowledged: int, *hosts: Host) -> Iterator[Outcome]:
        """Acknowledge once every registered host knows the change."""
        known = [-1 if host.known is None else host.known for host in hosts if host.registered]
        if min(known) >= hand.change or not self.rule.waits_for_hosts:
            says = f"acknowledges: change {hand.change} is in force"
            yield Outcome(says, (hand.goes_on(Does.IDLE), max(acknowledged, hand.change), *hosts))

    def crash(self, hand: Hand) -> Iterator[Outcome]:
        if hand.does is not Does.IDLE:
            yield Outcome("crashes", (hand.goes_on(Does.IDLE),))

    def _after_host(self, hand: Hand) -> Hand:
        return hand.goes_on(Does.IDLE if self.is_keeper else Does.READ_APPLIED)

    def _after_redis(self, hand: Hand) -> Hand:
        return hand.goes_on(Does.IDLE if self.is_keeper else Does.WAIT_FOR_HOSTS)


def catching_up(writing: Writing, name: str, host: str, hosts: tuple[str, ...]) -> list[Process]:
    """A writer or a keeper on a host, with its crashes."""
    late = ("late command",) if writing.late_commands else ()
    keeps = Step((name, host, "database", "redis"), writing.begin_keeping)
    changes = Step((name, "database", "acknowledged"), writing.begin_change)
    steps = {
        Does.IDLE: keeps if writing.is_keeper else changes,
        Does.READ_CHANGES_FOR_HOST: Step((name, host, "database"), writing.read_changes_for_host),
        Does.WRITE_HOST: Step((name, host), writing.write_host),
        Does.READ_APPLIED: Step((name, "redis"), writing.read_applied),
        Does.READ_CHANGES_FOR_REDIS: Step((name, "database"), writing.read_changes_for_redis),
        Does.APPLY: Step((name, "redis", *late), writing.apply),
        Does.WAIT_FOR_HOSTS: Step((name, "acknowledged", *hosts), writing.wait_for_hosts),
    }
    crash = Step((name,), writing.crash)
    return [Process(name, name, lambda hand: steps[hand.does]), Process(name, name, lambda _: crash)]


class Joining(NamedTuple):
    """A new host: it registers, then copies every route, and only then answers calls."""

    rule: Rule
    changes: Changes

    def register(self, hand: Hand, host: Host) -> Iterator[Outcome]:
        after = Does.COPY if self.rule.joins_before_it_copies else Does.WRITE_COPY
        yield Outcome("registers", (hand.goes_on(after, n=hand.n), host._replace(registered=True)))

    def copy(self, hand: Hand, n: int) -> Iterator[Outcome]:
        after = Does.WRITE_COPY if self.rule.joins_before_it_copies else Does.REGISTER
        yield Outcome(f"copies all routes at {n}", (hand.goes_on(after, n=n), n))

    def write_copy(self, hand: Hand, host: Host) -> Iterator[Outcome]:
        written = host._replace(known=hand.n, route=self.changes.last_naming(hand.n))
        yield Outcome(f"writes its copy, known = {hand.n}", (Hand(), written))

    def rest(self, hand: Hand) -> Iterator[Outcome]:
        yield from ()


def joining(rule: Rule, changes: Changes, name: str, host: str) -> Process:
    """The start of a host that was not there before."""
    act = Joining(rule, changes)
    steps = {
        Does.REGISTER: Step((name, host), act.register),
        Does.COPY: Step((name, "database"), act.copy),
        Does.WRITE_COPY: Step((name, host), act.write_copy),
        Does.IDLE: Step((name,), act.rest),
    }
    return Process(name, name, lambda hand: steps[hand.does])
