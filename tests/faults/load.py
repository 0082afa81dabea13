"""Signed calls at a steady rate, each of them remembered with its answer."""

import random
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from xml.etree import ElementTree

import requests

from simulator.signature import sign
from simulator.story import new_sid
from tests.conftest import ACCOUNT_SID, AUTH_TOKEN, call_parameters

# Whoever calls from here kills the worker that answers (`dying_wsgi.py`); nobody of a Load does.
FATAL_CALLER = "+14155569999"


@dataclass(frozen=True)
class Answered:
    """One call: what its caller got, `verb` None if no answer came, and how long it took in milliseconds.

    `said` is all that the TwiML says, such as the number that it dials. `began` is of `time.perf_counter()`.
    """

    call_sid: str
    to_number: str
    verb: str | None
    milliseconds: float
    problem: str = ""
    said: str = ""
    began: float = 0.0


def post_call(
    url: str, to_number: str, timeout_seconds: float = 15.0, endpoint: str = "/twilio/voice", **changed: str
) -> Answered:
    """Place one call as Twilio does: a connection of its own, signed, at most 15 seconds."""
    parameters = call_parameters(AccountSid=ACCOUNT_SID, To=to_number, Called=to_number)
    parameters |= {"CallSid": new_sid("CA")} | changed
    headers = {
        "X-Twilio-Signature": sign(url + endpoint, parameters, AUTH_TOKEN),
        "Connection": "close",
        "User-Agent": "TwilioProxy/1.1",
    }
    verb, said, began = None, "", time.perf_counter()
    try:
        response = requests.post(url + endpoint, parameters, headers=headers, timeout=timeout_seconds)
        problem = "" if response.status_code == 200 else f"status {response.status_code}"
        if not problem:
            verb, said = read_answer(response.text)
    except (requests.RequestException, NoTwiml) as error:
        problem = type(error).__name__ + (" refused" if "Connection refused" in str(error) else "")
    milliseconds = (time.perf_counter() - began) * 1000
    return Answered(parameters["CallSid"], to_number, verb, milliseconds, problem, said, began)


class NoTwiml(Exception):
    """An answer that Twilio could do nothing with."""


def read_answer(text: str) -> tuple[str, str]:
    """Return an answer's first verb and all that it says; raise NoTwiml if it is no document, or has no verb."""
    try:
        [first, *_] = ElementTree.fromstring(text)
    except (ElementTree.ParseError, ValueError) as error:
        raise NoTwiml(text[:200]) from error
    return first.tag, "".join(first.itertext()).strip()


@dataclass
class Load:
    """Calls at about `rate` a second to random numbers of `to_numbers`, from several threads, until the block ends.

    `call` places one to a number, such as `Service.call` does.
    """

    call: Callable[[str], Answered]
    to_numbers: Sequence[str]
    rate: float = 50.0
    threads: int = 8
    answered: list[Answered] = field(default_factory=list)
    _stopping: threading.Event = field(default_factory=threading.Event)
    _running: list[threading.Thread] = field(default_factory=list)

    def __enter__(self) -> "Load":
        self._running = [threading.Thread(target=self._call) for _ in range(self.threads)]
        for thread in self._running:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopping.set()
        for thread in self._running:
            thread.join()

    def _call(self) -> None:
        """Keep to the rate also while answers are slow, as callers do, as far as one thread can."""
        pause = self.threads / self.rate
        due = time.perf_counter() + pause * random.random()
        while not self._stopping.wait(max(0.0, due - time.perf_counter())):
            due = max(due, time.perf_counter() - pause) + pause * random.uniform(0.5, 1.5)
            self.answered.append(self.call(random.choice(self.to_numbers)))

    def failed(self) -> list[Answered]:
        """The calls that did not reach their agent."""
        return [call for call in self.answered if call.verb != "Dial"]

    def call_sids(self) -> set[str]:
        return {call.call_sid for call in self.answered}


def percentile(calls: Sequence[Answered], share: float) -> float:
    """Return the milliseconds within which a share of the calls was answered."""
    milliseconds = sorted(call.milliseconds for call in calls)
    return milliseconds[min(len(milliseconds) - 1, int(len(milliseconds) * share))] if milliseconds else 0.0


def times(calls: Sequence[Answered]) -> dict[str, object]:
    """Return what is told of the calls' times."""
    shares = {"p50 ms": 0.5, "p99 ms": 0.99, "worst ms": 1.0}
    return {name: round(percentile(calls, share), 1) for name, share in shares.items()}
