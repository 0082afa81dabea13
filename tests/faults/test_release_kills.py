"""A process is killed at each step of a release, whatever Twilio does: no call is routed, and nothing stays charged."""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from sqlalchemy import select

from models import Change, Number
from operations.add_number import add_number
from operations.agents import create_agent
from operations.changes import Changes, Who
from operations.twilio_account import TwilioAccount, webhooks_of
from simulator.rest import Fault, RunningSimulator, account_not_active, hang, internal_error, slow, too_many_requests
from tests.conftest import PROJECT, PUBLIC_URL, Answer, Stack
from tests.faults.release_process import STEPS

KILLED = -9
NUMBER = "+14155550100"
KILLS = [step for step in STEPS if step != "never"]
BEFORE = "before the release is committed"
# From here on the release was in force before the process was killed, as if it had been acknowledged.
IN_FORCE = KILLS[2:]
OF_THE_END = ("before the end is committed", "after the end is committed")
SILENT_SECONDS = 0.5  # longer than the processes wait for an answer
GONE = "gone"
ANSWERS: dict[str, Fault | str | None] = {
    "deleted": None,
    "deleted, slowly": slow(0.15),
    "gone already": GONE,
    "refused": account_not_active(),
    "too many requests": too_many_requests(),
    "500, not done": internal_error(),
    "500, but done": internal_error(is_done=True),
    "silent, not done": hang(SILENT_SECONDS),
    "silent, but done": hang(SILENT_SECONDS, is_done=True),
}
CONFIRMED = ("deleted", "deleted, slowly", "gone already")


class Released:
    """The number on both sides, and processes that release it or sync (`release_process.py`)."""

    def __init__(
        self, zygote: subprocess.Popen[str], app: Flask, who: Who, stack: Stack, server: RunningSimulator
    ) -> None:
        self.changes: Changes = app.extensions["changes"]
        self.twilio: TwilioAccount = app.extensions["twilio"]
        self.faults = server.faults
        create_agent(self.changes, who, "Clara", "phone", "+14155550182")
        webhooks = webhooks_of(PUBLIC_URL)
        self.sid = self.twilio.buy(NUMBER, "", webhooks).sid
        add_number(self.changes, who, NUMBER, "Clara", twilio=self.twilio, webhooks=webhooks)
        self._zygote = zygote
        self._case = {
            "account_id": who.account,
            "phone_number": NUMBER,
            "stack": [stack.database_url, stack.redis_url],
            "data_dir": str(app.extensions["settings"].data_dir),
            "twilio_url": server.base_url,
        }

    def run(self, what: str, step: str = "never") -> int:
        """Return the exit status of a process that does `release` or `sync`; KILLED if it got to the step."""
        assert self._zygote.stdin is not None
        assert self._zygote.stdout is not None
        self._zygote.stdin.write(json.dumps(self._case | {"what": what, "step": step}) + "\n")
        self._zygote.stdin.flush()
        return int(self._zygote.stdout.readline())

    def plant(self, answer: str) -> None:
        """Let the next DELETE meet an answer."""
        if isinstance(fault := ANSWERS[answer], Fault):
            self.faults.next("DELETE", "IncomingPhoneNumbers", fault)
        elif fault == GONE:
            self.twilio.release(self.sid)

    def row(self) -> Number:
        with self.changes.database.reading() as session:
            return session.scalars(select(Number)).one()

    def actions(self) -> Counter[str]:
        """Count what the audit trail tells of the release."""
        with self.changes.database.reading() as session:
            made = Counter(session.scalars(select(Change.action)))
        return Counter({action: made[action] for action in ("number.released", "number.freed")})


@pytest.fixture(scope="module")
def zygote() -> Iterator[subprocess.Popen[str]]:
    """The process that all others are forked from."""
    command = [sys.executable, "-m", "tests.faults.release_process"]
    with subprocess.Popen(
        command, cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        yield process
        assert process.stdin is not None
        process.stdin.close()
        process.wait(10)


@pytest.fixture
def released(
    zygote: subprocess.Popen[str], app: Flask, who: Who, stack: Stack, twilio_server: RunningSimulator
) -> Released:
    """An active number of Clara's, here and at Twilio."""
    return Released(zygote, app, who, stack, twilio_server)


def kill_and_sync(released: Released, call: Callable[..., Answer], step: str, answer: str) -> None:
    """Release the number in a process that is killed, call it, sync in another process, and look at both sides."""
    released.plant(answer)

    ended = released.run("release", step)

    never_got_there = answer not in CONFIRMED and step in OF_THE_END
    assert ended == (0 if never_got_there else KILLED)
    if step == BEFORE:
        assert (released.row().status, call().verbs) == ("active", ["Dial"])
        assert released.run("release") == 0
    check_no_call_is_routed(released, call, step)
    check_after_sync(released, call)


def check_no_call_is_routed(released: Released, call: Callable[..., Answer], step: str) -> None:
    assert released.row().status == "released"
    if step in IN_FORCE or step == BEFORE:
        assert call().verbs == ["Reject"]


def check_after_sync(released: Released, call: Callable[..., Answer]) -> None:
    """After one sync that Twilio answers it is given back, whatever answers waited for those who asked before."""
    released.faults.clear()
    assert released.run("sync") == 0
    assert released.twilio.read(released.sid) is None
    freed_at = released.row().charged_until
    assert freed_at is not None
    assert call().verbs == ["Reject"]
    assert released.run("sync") == 0
    assert released.row().charged_until == freed_at
    assert released.actions() == Counter({"number.released": 1, "number.freed": 1})


@pytest.mark.parametrize("answer", ANSWERS)
@pytest.mark.parametrize("step", KILLS)
@pytest.mark.parametrize("stack", ["sqlite"], indirect=True)
def test_killed_release_stops_calls_and_is_finished(
    released: Released, twilio_post: Callable[..., Answer], step: str, answer: str
) -> None:
    """Where the process was killed before it asked Twilio, the sync asks."""
    kill_and_sync(released, twilio_post, step, answer)


@pytest.mark.parametrize("answer", ["deleted", "refused", "silent, but done"])
@pytest.mark.parametrize("step", KILLS)
@pytest.mark.parametrize("stack", ["postgresql+redis"], indirect=True)
def test_killed_release_is_finished_on_postgresql(
    released: Released, twilio_post: Callable[..., Answer], step: str, answer: str
) -> None:
    """The same where the database is a server that sees its client vanish."""
    kill_and_sync(released, twilio_post, step, answer)


@pytest.mark.parametrize("step", IN_FORCE)
@pytest.mark.parametrize("stack", ["sqlite"], indirect=True)
def test_sync_that_is_killed_is_finished_by_the_next(
    released: Released, twilio_post: Callable[..., Answer], step: str
) -> None:
    """It goes through the same steps."""
    assert released.run("release", "before the delete") == KILLED

    assert released.run("sync", step) == KILLED

    check_after_sync(released, twilio_post)


@pytest.mark.parametrize("step", IN_FORCE[1:-1])
@pytest.mark.parametrize("answer", ["deleted", "500, but done"])
@pytest.mark.parametrize("stack", ["sqlite"], indirect=True)
def test_number_bought_again_survives_the_sync_of_a_killed_release(
    released: Released, twilio_post: Callable[..., Answer], step: str, answer: str
) -> None:
    """Twilio had deleted it before anybody here knew, and has sold it again under another sid."""
    released.plant(answer)
    released.run("release", step)
    again = released.twilio.buy(NUMBER, "", webhooks_of(PUBLIC_URL)) if not released.twilio.find(NUMBER) else None

    check_after_sync(released, twilio_post)

    assert again is None or released.twilio.read(again.sid) is not None
    assert again is not None or step == "during the delete"


@pytest.mark.parametrize("answer", ANSWERS)
@pytest.mark.parametrize("stack", ["sqlite"], indirect=True)
def test_release_that_nobody_kills_is_finished_too(
    released: Released, twilio_post: Callable[..., Answer], answer: str
) -> None:
    """The same checks hold without a kill, so that they are about more than being killed."""
    released.plant(answer)

    assert released.run("release") == 0

    assert (released.row().charged_until is not None) is (answer in CONFIRMED)
    assert twilio_post().verbs == ["Reject"]
    check_after_sync(released, twilio_post)
