"""A process is killed at each step of a purchase, whatever Twilio does: at most one charge, and none that is lost."""

import json
import subprocess
import sys
from collections.abc import Iterator

import pytest
from flask import Flask

from operations.changes import Changes, Who
from simulator.rest import Fault, RunningSimulator, account_not_active, hang, internal_error, slow
from tests.conftest import PROJECT, Stack
from tests.faults.purchase_process import REFUSED, STEPS
from tests.operations.shop import FOR_SALE, NUMBERS, Shop

KILLED = -9
KILLS = [step for step in STEPS if step != "never"]
OF_THE_END = ("before the end is committed", "after the end is committed")
# Longer than the processes wait for an answer.
SILENT_SECONDS = 0.5
TAKEN = "somebody else has it"
ANSWERS: dict[str, Fault | str | None] = {
    "bought": None,
    "bought, slowly": slow(0.15),
    "refused for good": TAKEN,
    "refused for now": account_not_active(),
    "500, not done": internal_error(),
    "500, but done": internal_error(is_done=True),
    "silent, not done": hang(SILENT_SECONDS),
    "silent, but done": hang(SILENT_SECONDS, is_done=True),
}
NOBODY_KNOWS = ("500, not done", "silent, not done")


class Processes:
    """Runs cases in processes of their own (`purchase_process.py`)."""

    def __init__(self, zygote: subprocess.Popen[str], shop: Shop, who: Who, stack: Stack, data_dir: str) -> None:
        self._zygote = zygote
        self._case = {
            "account_id": who.account,
            "phone_number": FOR_SALE,
            "stack": [stack.database_url, stack.redis_url],
            "data_dir": data_dir,
            "twilio_url": shop.server.base_url,
        }

    def run(self, what: str, step: str = "never") -> int:
        """Return the exit status of a process that does `get` or `sync`; KILLED if it got to the step."""
        assert self._zygote.stdin is not None
        assert self._zygote.stdout is not None
        self._zygote.stdin.write(json.dumps(self._case | {"what": what, "step": step}) + "\n")
        self._zygote.stdin.flush()
        return int(self._zygote.stdout.readline())


@pytest.fixture(scope="module")
def zygote() -> Iterator[subprocess.Popen[str]]:
    """The process that all others are forked from."""
    command = [sys.executable, "-m", "tests.faults.purchase_process"]
    with subprocess.Popen(
        command, cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        yield process
        assert process.stdin is not None
        process.stdin.close()
        process.wait(10)


@pytest.fixture
def shop(changes: Changes, app: Flask, twilio_server: RunningSimulator) -> Shop:
    """What is known here, and what is charged there."""
    return Shop(changes, app.extensions["twilio"], twilio_server)


@pytest.fixture
def processes(zygote: subprocess.Popen[str], shop: Shop, who: Who, stack: Stack, app: Flask) -> Processes:
    """Processes of the same host."""
    return Processes(zygote, shop, who, stack, str(app.extensions["settings"].data_dir))


def kill_and_sync(shop: Shop, processes: Processes, step: str, answer: str) -> None:
    """Get a number in a process that is killed, sync in another one, and hold both sides against each other."""
    if isinstance(fault := ANSWERS[answer], Fault):
        shop.faults.next("POST", NUMBERS, fault)
    elif fault == TAKEN:
        shop.sell_to_somebody_else()

    ended = processes.run("get", step)

    never_got_there = answer in NOBODY_KNOWS and step in OF_THE_END
    assert ended == (0 if never_got_there else KILLED)
    check_after_sync(shop, processes, answer)


def check_after_sync(shop: Shop, processes: Processes, answer: str) -> None:
    """After one sync what is charged is known, and only that; after another, nothing is left open."""
    assert processes.run("sync") == 0
    check_both_sides(shop)
    if "intended" in {purchase.state for purchase in shop.purchases()}:
        assert processes.run("sync") == 0
        check_both_sides(shop)
    assert {purchase.state for purchase in shop.purchases()} <= {"bought", "failed"}
    assert {number.status for number in shop.numbers()} <= {"active"}
    if ANSWERS[answer] == TAKEN:
        assert (shop.numbers(), shop.owned()) == ([], {})


def check_both_sides(shop: Shop) -> None:
    """At most one charge an intent, every charge known here, and what is bought here is charged there."""
    charged = {phone_number: owned.sid for phone_number, owned in shop.owned().items()}
    intents = shop.purchases()
    assert len(charged) <= len(intents) <= 1
    assert {purchase.phone_number: purchase.sid for purchase in intents if purchase.state == "bought"} == charged
    assert {number.phone_number: number.sid for number in shop.numbers() if number.sid} == charged


@pytest.mark.parametrize("answer", ANSWERS)
@pytest.mark.parametrize("step", KILLS)
@pytest.mark.parametrize("stack", ["sqlite"], indirect=True)
def test_killed_purchase_is_charged_once_or_not_at_all(
    shop: Shop, processes: Processes, step: str, answer: str
) -> None:
    """What Twilio would have answered waits for the sync where the process was killed before it asked."""
    kill_and_sync(shop, processes, step, answer)


@pytest.mark.parametrize("answer", ["bought", "refused for good", "silent, but done"])
@pytest.mark.parametrize("step", KILLS)
@pytest.mark.parametrize("stack", ["postgresql+redis"], indirect=True)
def test_killed_purchase_is_finished_on_postgresql(shop: Shop, processes: Processes, step: str, answer: str) -> None:
    """The same where the database is a server that sees its client vanish."""
    kill_and_sync(shop, processes, step, answer)


@pytest.mark.parametrize("step", KILLS[2:])
@pytest.mark.parametrize("stack", ["sqlite"], indirect=True)
def test_sync_that_is_killed_is_finished_by_the_next(shop: Shop, processes: Processes, step: str) -> None:
    """It goes through the same steps; an order from before waits for it."""
    assert processes.run("get", "after the order is committed") == KILLED

    assert processes.run("sync", step) == KILLED

    check_after_sync(shop, processes, "bought")


@pytest.mark.parametrize("answer", ANSWERS)
@pytest.mark.parametrize("stack", ["sqlite"], indirect=True)
def test_purchase_that_nobody_kills_agrees_with_twilio(shop: Shop, processes: Processes, answer: str) -> None:
    """The same checks hold without a kill, so that they are about more than being killed."""
    if isinstance(fault := ANSWERS[answer], Fault):
        shop.faults.next("POST", NUMBERS, fault)
    elif fault == TAKEN:
        shop.sell_to_somebody_else()

    assert processes.run("get") == (REFUSED if answer.startswith("refused") else 0)

    check_both_sides(shop)
    check_after_sync(shop, processes, answer)
