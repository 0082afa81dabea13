"""A fault: how it begins and ends, what is decided for it, and what a trial of it under load shows."""

import math
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from tests.faults.load import Answered, Load, percentile
from tests.faults.story import unless
from tests.faults.town import LAST_RESORT, TO_NUMBERS, Town
from tests.waiting import wait_for

IN_FORCE, NOT_YET = "200 in force", "202 not yet in force"
NOTHING_CHANGED, OUTCOME_UNKNOWN = "503 database_unavailable", "503 outcome_unknown"
RECORDED_WITHIN_SECONDS = 60.0
# By then three calls in a row have failed in each worker, and a breaker is open.
BREAKER_OPEN_AFTER_SECONDS = 2.0


def nothing(_: Town) -> None:
    """Leave everything as it is."""


def is_hung_up_on(call: Answered) -> bool:
    """Tell whether a call found nobody, or its process was killed under it: Twilio then asks the fallback URL."""
    return call.problem.startswith(("ConnectionError", "ChunkedEncodingError"))


@dataclass(frozen=True)
class Fault:
    """One description for the short test and for `make faults`.

    `told` is what an admin who pauses a number meanwhile may be told: either, where it depends on how busy the machine
    is. `p99` bars the calls that began after the breaker opened, `worst` all of them, in milliseconds, on a machine
    that is not busy otherwise. `decided` says in words what is to happen. `may_lose` tells of a call that was killed
    with its process, which no server can answer. A host that starts without a copy of its own `may_put_through` callers
    to the last resort, if the database is slow.
    """

    name: str
    begin: Callable[[Town], object]
    end: Callable[[Town], object]
    decided: str
    told: tuple[str, ...] = (IN_FORCE, NOT_YET)
    p99: float = 100.0
    worst: float = 500.0
    rate: float = 50.0
    may_lose: Callable[[Answered], bool] = lambda call: False
    may_put_through: bool = False


@dataclass(frozen=True)
class Plan:
    """How long a trial is, in seconds."""

    before: float
    during: float
    after: float


SHORT = Plan(before=0.5, during=3.0, after=0.5)
FULL = Plan(before=2.0, during=10.0, after=2.0)


@dataclass(frozen=True)
class Tried:
    """What a trial showed: times of calls in milliseconds, those of the admin and of the recovery in seconds.

    `lost` calls found nobody or were killed with their process; they are in no other figure. `watched` is how many of
    the calls went to numbers that the admin pauses. `p99_after` is that of the `settled` calls, which began when
    breakers were open. `stored` counts the calls with one record.
    """

    name: str
    decided: str
    calls: int
    watched: int
    settled: int
    lost: int
    wrong: tuple[Answered, ...]
    stale: tuple[Answered, ...]
    p50: float
    p99: float
    p99_after: float
    worst: float
    told: str
    told_after: float
    sent: int
    stored: int
    recovered_after: float
    bars: tuple[float, float]

    def problems(self, fault: Fault) -> list[str]:
        """Return the promises that were broken; a slow answer is none."""
        wrong = [call for call in self.wrong if not (fault.may_put_through and LAST_RESORT in call.said)]
        found = [f"wrong: {call}" for call in wrong] + [f"stale: {call}" for call in self.stale]
        found += unless(calls_answered=self.sent > 0, paused_numbers_called=self.watched > 0)
        if self.stored != self.sent:
            found.append(f"{self.sent} records sent, {self.stored} stored once")
        if self.told not in fault.told:
            found.append(f"the admin was told {self.told}")
        return found

    def missed(self) -> list[str]:
        """Return the bars that were not met. That of calls which nobody placed is not."""
        p99, worst = self.bars
        is_met = {"p99 then": self.settled > 0 and self.p99_after <= p99, "worst": self.worst <= worst}
        return [bar for bar, met in is_met.items() if not met]


def undergo(town: Town, fault: Fault, plan: Plan) -> Tried:
    """Let calls come in at a steady rate before, during and after the fault, and see what becomes of them."""
    town.pause_until_in_force()
    every = TO_NUMBERS[:-1000]  # numbers are paused from the end on
    paused = list(town.paused)
    with (
        ThreadPoolExecutor(1) as admin,
        Load(town.service.call, every, fault.rate, threads=max(8, int(fault.rate / 6))) as load,
        Load(town.service.call, Watched(town), fault.rate / 5, threads=4) as watch,
    ):
        time.sleep(plan.before)
        fault.begin(town)
        began = time.perf_counter()
        telling = admin.submit(pause_in, town, min(1.0, plan.during / 3))
        time.sleep(plan.during)
        told, told_after = telling.result()
        ending = time.perf_counter()
        fault.end(town)
        ended = time.perf_counter()
        town.wait_until_recovered()
        recovered_after = time.perf_counter() - ended
        time.sleep(plan.after)
    assert paused
    return summed_up(town, fault, load, watch, (began, ending), (told, told_after, recovered_after))


class Watched(Sequence[str]):
    """The numbers that the admin has paused or tried to, as of now: callers keep asking for them."""

    def __init__(self, town: Town) -> None:
        self._town = town

    def __len__(self) -> int:
        return len(self._town.unsure)

    def __getitem__(self, index: int) -> str:  # type: ignore[override]
        return TO_NUMBERS[-1 - index]


def pause_in(town: Town, seconds: float) -> tuple[str, float]:
    """Pause one more number in so many seconds; return what the admin is told, and after how many seconds."""
    time.sleep(seconds)
    began = time.perf_counter()
    return town.pause_next(), time.perf_counter() - began


def summed_up(
    town: Town,
    fault: Fault,
    load: Load,
    watch: Load,
    between: tuple[float, float],
    admin: tuple[str, float, float],
) -> Tried:
    """Compare the answers with what was to be answered, and the records with the calls."""
    calls = [*load.answered, *watch.answered]
    answered = [call for call in calls if call.verb is not None or not fault.may_lose(call)]
    sent = {call.call_sid for call in answered if call.verb is not None}
    wait_for_records(town, sent)
    began, ending = between
    settled = [call for call in answered if began + BREAKER_OPEN_AFTER_SECONDS <= call.began < ending]
    return Tried(
        fault.name,
        fault.decided,
        calls=len(calls),
        watched=sum(call.verb is not None for call in watch.answered),
        settled=len(settled),
        lost=len(calls) - len(answered),
        wrong=tuple(call for call in answered if not town.is_right(call)),
        stale=tuple(call for call in answered if town.is_stale(call)),
        p50=percentile(answered, 0.5),
        p99=percentile(answered, 0.99),
        p99_after=percentile(settled, 0.99),
        worst=percentile(answered, 1.0),
        told=admin[0],
        told_after=admin[1],
        sent=len(sent),
        stored=town.count_recorded_once(sent),
        recovered_after=admin[2],
        bars=(fault.p99, fault.worst),
    )


def wait_for_records(town: Town, call_sids: set[str]) -> None:
    """Wait until the host has brought these calls to the database; who compares says which are missing."""
    deadline = time.monotonic() + RECORDED_WITHIN_SECONDS
    wait_for(lambda: call_sids <= town.stored_call_sids() or time.monotonic() > deadline, math.inf)
