"""One server's turn: start it, warm it up, measure it, and see that nothing was lost."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from benchmarks.load import Load
from benchmarks.measured import Measured
from benchmarks.servers import Contender, RunningServer, cpu_seconds
from benchmarks.stack import PROJECT, Stack

DRAIN_SECONDS = 120.0
ASK_EVERY_SECONDS = 0.25
OURS = "a"


@dataclass(frozen=True, slots=True)
class Plan:
    """What every server is put through. Calls are prepared once; each server is sent the same ones."""

    load: Load
    seconds: float
    warm_up_calls: Sequence[bytes] = field(repr=False)
    calls: Sequence[bytes] = field(repr=False)


@dataclass(slots=True)
class Turn:
    """What one turn showed. CPU seconds are per 1,000 answers, until the last record was in the database."""

    letter: str
    measured: Measured
    cpu: float
    redis_cpu: float
    postgres_cpu: float
    wrong: int
    records: dict[str, int] = field(default_factory=dict)
    drained_after_seconds: float = 0.0
    changes: dict[str, float] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


def take_turn(contender: Contender, stack: Stack, plan: Plan) -> Turn:
    """Measure one contender, the only server that runs meanwhile."""
    stack.forget_calls()
    is_ours = contender.letter == OURS
    changes: dict[str, float] = {}
    with RunningServer(contender, stack) as server, _admin(stack, changes, is_ours):
        warm_up = plan.load.warm_up(server.port, plan.warm_up_calls)
        if is_ours:
            _wait_for_records(stack, warm_up)
        before = [cpu_seconds(pid) for pid in (server.pid, stack.valkey.pid, stack.postgres.pid)]
        measured = plan.load.put_on(server.port, plan.calls, plan.seconds)
        ended_at = time.monotonic()
        if is_ours:
            _wait_for_records(stack, warm_up, measured)
        drained_after_seconds = time.monotonic() - ended_at
        after = [cpu_seconds(pid) for pid in (server.pid, stack.valkey.pid, stack.postgres.pid)]
    thousands = (measured.answers or 1) / 1000
    cpu, redis_cpu, postgres_cpu = ((late - early) / thousands for early, late in zip(before, after, strict=True))
    turn = Turn(contender.letter, measured, cpu, redis_cpu, postgres_cpu, wrong=warm_up.wrong + measured.wrong)
    if turn.wrong:
        turn.problems.append(f"{turn.wrong} wrong answers, such as: {warm_up.first_wrong or measured.first_wrong}")
    if is_ours:
        turn.changes, turn.drained_after_seconds, turn.records = changes, drained_after_seconds, stack.count_calls()
        turn.problems += _problems_of_ours(turn, warm_up)
    return turn


def _problems_of_ours(turn: Turn, warm_up: Measured) -> list[str]:
    problems = []
    fewest, most = _records_expected(warm_up, turn.measured)
    if not fewest <= (records := sum(turn.records.values())) <= most:
        problems.append(f"{records} records of {most} calls")
    if not turn.changes.get("made"):
        problems.append("no change was made meanwhile")
    elif turn.changes["in_force"] < turn.changes["made"]:
        problems.append(f"only {turn.changes['in_force']} of {turn.changes['made']} changes were confirmed in force")
    return problems


def _wait_for_records(stack: Stack, *sent: Measured) -> None:
    """Wait until the records of all calls are there; when they do not come, counting them will tell."""
    fewest, _ = _records_expected(*sent)
    give_up_at = time.monotonic() + DRAIN_SECONDS
    while sum(stack.count_calls().values()) < fewest and time.monotonic() < give_up_at:
        time.sleep(ASK_EVERY_SECONDS)


def _records_expected(*sent: Measured) -> tuple[int, int]:
    """Return how many records there must be at least and at most: a call cut off may have been noted, or not."""
    calls = sum(part.calls for part in sent)
    return calls - sum(part.unanswered for part in sent), calls


@contextmanager
def _admin(stack: Stack, changes: dict[str, float], is_wanted: bool) -> Iterator[None]:
    """Let a process of its own make a change a second during the block, and put what it counted into `changes`."""
    if not is_wanted:
        yield
        return
    with (stack.folder / "admin.log").open("wb") as log:
        command = [sys.executable, "-m", "benchmarks.admin", str(stack.numbers)]
        environment = stack.environment()
        admin = subprocess.Popen(
            command, cwd=PROJECT, env=environment, stdout=subprocess.PIPE, stderr=log, start_new_session=True
        )
    try:
        yield
        admin.terminate()
        said, _ = admin.communicate(timeout=30)
        changes.update(json.loads(said or b"{}"))
    finally:
        admin.kill()
        admin.wait()
