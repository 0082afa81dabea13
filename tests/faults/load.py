"""Signed calls at a steady rate, each of them checked and remembered."""

import random
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from types import TracebackType
from xml.etree import ElementTree

import requests

from simulator.signature import sign
from simulator.story import new_sid
from tests.conftest import ACCOUNT_SID, AUTH_TOKEN, call_parameters
from tests.faults.service import Service


@dataclass(frozen=True)
class Answered:
    """One call: what its caller got, `verb` None if no answer came, and how long it took in milliseconds."""

    call_sid: str
    to_number: str
    verb: str | None
    milliseconds: float
    problem: str = ""


def post_call(url: str, to_number: str, timeout_seconds: float = 15.0, **changed: str) -> Answered:
    """Place one call as Twilio does: a connection of its own, signed, at most 15 seconds."""
    call_sid = new_sid("CA")
    parameters = call_parameters(CallSid=call_sid, AccountSid=ACCOUNT_SID, To=to_number, Called=to_number, **changed)
    headers = {
        "X-Twilio-Signature": sign(f"{url}/twilio/voice", parameters, AUTH_TOKEN),
        "Connection": "close",
        "User-Agent": "TwilioProxy/1.1",
    }
    started = time.perf_counter()
    try:
        response = requests.post(f"{url}/twilio/voice", parameters, headers=headers, timeout=timeout_seconds)
        milliseconds = (time.perf_counter() - started) * 1000
        verb = ElementTree.fromstring(response.text)[0].tag if response.status_code == 200 else None
        return Answered(call_sid, to_number, verb, milliseconds, "" if verb else f"status {response.status_code}")
    except requests.RequestException as error:
        return Answered(call_sid, to_number, None, (time.perf_counter() - started) * 1000, type(error).__name__)


@dataclass
class Load:
    """Calls at about `rate` a second to random numbers of `to_numbers`, from several threads, until the block ends."""

    service: Service
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
        pause = self.threads / self.rate
        while not self._stopping.wait(pause * random.uniform(0.5, 1.5)):
            caller = f"+1415555{random.randrange(10_000):04}"
            self.answered.append(post_call(self.service.url, random.choice(self.to_numbers), From=caller))

    def unanswered(self) -> list[Answered]:
        return [call for call in self.answered if call.verb is None]

    def worst_milliseconds(self) -> float:
        return max(call.milliseconds for call in self.answered)
