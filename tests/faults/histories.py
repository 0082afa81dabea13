"""Histories of two hosts: admins pause, resume and move numbers while callers call and faults come and go at random."""

import random
import threading
import time
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import cycle
from statistics import fmean, linear_regression

import psutil

from app import create_app
from operations.agents import create_agent
from operations.assign_number import assign_number
from operations.changes import Changes, Who
from operations.check_routes import check_routes
from operations.errors import DatabaseUnavailable, OperationError
from operations.pause_number import pause_number, resume_number
from tests.conftest import Stack, settings_for
from tests.faults.fault import is_hung_up_on, wait_for_records
from tests.faults.load import Answered, Load, times
from tests.faults.outage_stories import forget_second_host, second_host
from tests.faults.random_faults import RandomFaults
from tests.faults.service import Service
from tests.faults.story import Scale, Shown, unless
from tests.faults.town import AGENT, TO_NUMBERS, Town
from tests.operations.audit import every_change
from tests.operations.linearizable import Invocation, Made, Reading, why_not_linearizable, why_stale
from tests.waiting import wait_for

# Nobody else calls or pauses these.
NUMBERS = TO_NUMBERS[-500:-494]
OTHER_AGENT = "+12125550183"
AGENTS = {"Clara": AGENT, "Iris": OTHER_AGENT}
ADMINS_A_HOST = 2


@dataclass
class Admin:
    """Somebody who changes numbers at random on one host, and what came of it. Times are in nanoseconds."""

    changes: Changes
    account_id: int
    name: str
    chance: random.Random
    history: dict[str, list[Invocation]] = field(default_factory=lambda: defaultdict(list))
    began: dict[str, int] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
    failed: Counter[str] = field(default_factory=Counter)

    def work(self, stopping: threading.Event) -> None:
        """Change one number after another."""
        while not stopping.wait(self.chance.uniform(0.0, 0.2)):
            self._change(self.chance.choice(NUMBERS), f"{self.name}-{len(self.began)}")

    def _change(self, number: str, name: str) -> None:
        who = Who(self.account_id, name, "system")
        began = self.began[name] = time.perf_counter_ns()
        what = self.chance.choice(["pause", "resume", *AGENTS])
        try:
            if what in AGENTS:
                shown, outcome = assign_number(self.changes, who, number, what, move=True)
            else:
                operation = pause_number if what == "pause" else resume_number
                shown, outcome = operation(self.changes, who, number)
        except OperationError as error:
            self.failed[error.code] += 1
            if isinstance(error, DatabaseUnavailable):
                self.refused.append(name)
            return
        got = state_of(shown)
        status, agent = got.split()
        wanted = f"{status} {what}" if what in AGENTS else f"{'paused' if what == 'pause' else 'active'} {agent}"
        times = began, time.perf_counter_ns()
        self.history[number].append(Invocation(name, wanted, got, outcome.n, *times, outcome.in_force))


def state_of(shown: dict) -> str:
    return f"{shown['status']} {shown['agent']['name']}"


def seen_by(call: Answered) -> str:
    """Return what a caller met, in the words of a state that callers can tell apart."""
    if call.verb == "Reject":
        return "paused"
    return next(
        (f"active {name}" for name, number in AGENTS.items() if number in call.said), f"{call.verb} {call.said}"
    )


def for_callers(state: str) -> str:
    return "paused" if state.startswith("paused") else state


def random_histories(town: Town, scale: Scale, seed: int | None = None) -> Shown:
    """Let everybody do what they do for a while, and look whether one order explains all that they saw."""
    seed = random.randrange(10**6) if seed is None else seed
    print(f"seed {seed}")
    create_agent(town.changes, town.who, "Iris", "phone", OTHER_AGENT)
    with ExitStack() as opened:
        second, wire = opened.enter_context(second_host(town))
        there = create_app(settings_for(Stack(wire.url, town.direct.redis_url), second.data_dir))
        opened.callback(there.extensions["close"])
        admins = [
            Admin(app.extensions["changes"], town.who.account, f"{seed}-{index}", random.Random(seed + index))
            for index, app in zip(range(2 * ADMINS_A_HOST), cycle([town.admin, there]), strict=False)
        ]
        faults = RandomFaults(town, second, wire, seed)
        memory = Memory(town)
        calls = live(town, second, admins, faults, memory, scale.soak_seconds)
        wire.behave("pass")
        town.heal()
        n = max(change.n for change in every_change(town.changes))
        wait_for(lambda: not town.changes.hosts_without(n), 30)
        checked = [
            check_routes(town.changes.database, app.extensions["local_store"], app.extensions["cache"])
            for app in (town.admin, there)
        ]
    forget_second_host(town)
    return judged(town, seed, admins, faults, calls, memory, [one.differences for one in checked])


def live(
    town: Town, second: Service, admins: list[Admin], faults: RandomFaults, memory: "Memory", seconds: float
) -> list[Answered]:
    """Let admins change, callers call and faults happen for so many seconds; return the calls."""
    stopping = threading.Event()
    with (
        ThreadPoolExecutor(len(admins)) as threads,
        Load(town.service.call, NUMBERS, rate=60) as here,
        Load(second.call, NUMBERS, rate=60) as there,
        faults.going_on(),
    ):
        working = [threads.submit(admin.work, stopping) for admin in admins]
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            time.sleep(1.0)
            memory.look(len(here.answered))
        stopping.set()
        for one in working:
            one.result()
    return [*here.answered, *there.answered]


def judged(
    town: Town,
    seed: int,
    admins: list[Admin],
    faults: RandomFaults,
    calls: list[Answered],
    memory: "Memory",
    differences: list[tuple],
) -> Shown:
    """Check the histories of each number, the records, and that no copy is wrong at the end."""
    answered = [call for call in calls if not is_hung_up_on(call)]
    sent = {call.call_sid for call in answered}
    wait_for_records(town, sent)
    stored = town.count_recorded_once(sent)
    trail = every_change(town.changes)
    made_by = Counter(change.made_by for change in trail)
    began = {name: moment for admin in admins for name, moment in admin.began.items()}
    refused = {name for admin in admins for name in admin.refused}
    history = {number: [done for admin in admins for done in admin.history[number]] for number in NUMBERS}
    problems = [problem for number in NUMBERS for problem in why_wrong(number, history[number], trail, answered, began)]
    failed = sum((admin.failed for admin in admins), Counter())
    acknowledged = [done for ones in history.values() for done in ones if done.in_force]
    return Shown(
        "Two hosts, four admins, random faults",
        "one order of the change numbers explains every answer of the admins; no caller meets a state from before the "
        "last acknowledged change",
        {
            "seed": seed,
            "minutes": round(memory.seconds / 60, 1),
            "faults": sum(faults.counts.values()),
            "operations": len(began),
            "in force (200)": len(acknowledged),
            "not yet (202)": sum(map(len, history.values())) - len(acknowledged),
            "refused (503), nothing changed": failed["database_unavailable"],
            "outcome unknown (503)": failed["outcome_unknown"],
            "calls": len(answered),
            "killed with their worker": len(calls) - len(answered),
            "stale": len(problems),
            "lost records": len(sent) - stored,
            "duplicated changes": sum(made_by[name] > 1 for name in began),
            "memory": memory.slope(),
        }
        | times(answered),
        problems
        + unless(
            every_call_recorded_once=stored == len(sent) > 0,
            no_change_made_twice=all(made_by[name] <= 1 for name in began),
            nothing_refused_was_done=not refused & set(made_by),
            no_copy_wrong=not any(differences),
            something_happened=len(acknowledged) > 0,
        ),
    )


def why_wrong(
    number: str, history: list[Invocation], trail: list, answered: list[Answered], began: dict[str, int]
) -> list[str]:
    """Return what contradicts a legal order of one number's changes and calls."""
    made = {0: Made("active Clara", "the beginning")} | {
        change.n: Made(state_of(change.after), change.made_by)
        for change in trail
        if change.made_by in began and (change.after or {}).get("phone_number") == number
    }
    readings = [
        Reading(seen_by(call), int(call.began * 1e9), int((call.began + call.milliseconds / 1000) * 1e9))
        for call in answered
        if call.to_number == number
    ]
    for_them = {n: Made(for_callers(change.state), change.by) for n, change in made.items()}
    found = [why_not_linearizable(history, made), why_stale(readings, history, for_them, began)]
    return [problem for problem in found if problem]


class Memory:
    """How much memory the workers of the town's host hold, while time passes and calls are answered."""

    def __init__(self, town: Town) -> None:
        self._town = town
        self._began = time.monotonic()
        self._looked: list[tuple[float, int, int]] = []

    @property
    def seconds(self) -> float:
        """How long it has been looked at."""
        return self._looked[-1][0] if self._looked else 0.0

    def look(self, calls: int) -> None:
        held = sum(psutil.Process(pid).memory_info().rss for pid in self._town.service.worker_pids())
        self._looked.append((time.monotonic() - self._began, calls, held))

    def slope(self) -> str:
        """Fit lines through the second half, after everything has been met once."""
        half = self._looked[len(self._looked) // 2 :]
        if len(half) < 2:
            return "not enough looks"
        seconds, calls, held = zip(*half, strict=True)
        per_call = linear_regression(calls, held).slope if len(set(calls)) > 1 else 0.0
        per_second = linear_regression(seconds, held).slope
        return (
            f"{per_call * 1000 / 1024:+.0f} KiB per 1,000 calls, {per_second * 3600 / 2**20:+.1f} MiB an hour "
            f"(least squares over the second half; RSS of all workers, {fmean(held) / 2**20:.0f} MiB)"
        )
