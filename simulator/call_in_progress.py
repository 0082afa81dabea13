"""The state of a call while its TwiML is followed, and what a verb may say comes next."""

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from urllib.parse import urljoin
from xml.etree.ElementTree import Element

import requests

from simulator.story import SimulatedCall, Step


@dataclass(frozen=True, slots=True)
class Fetch:
    """Go on with the TwiML of another URL; ``kind`` is the kind of step that tells the request."""

    kind: str
    url: str
    method: str = "POST"
    parameters: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class HangUp:
    """The call is over, whatever verbs may follow."""


# Nothing means: go on with the next verb of the same document.
VerbSteps = Generator[Step, None, Fetch | HangUp | None]


@dataclass
class CallInProgress:
    """One leg from the caller to Twilio."""

    call: SimulatedCall
    session: requests.Session
    document_url: str = ""
    answered: bool = False
    refused_status: str | None = None
    unanswered_dial_status: str | None = None
    caller_hung_up: bool = False
    fallback_used: bool = False
    dials: int = 0
    reached: str | None = None
    seconds: float = 0.0

    @property
    def call_status(self) -> str:
        """The CallStatus that a request made now would carry."""
        if not self.answered:
            return self.refused_status or "ringing"
        return "completed" if self.caller_hung_up else "in-progress"

    @property
    def final_status(self) -> str:
        """The CallStatus once the call is over.

        That a call which only ever rang an unanswered ``<Dial answerOnBridge>`` takes the dial's status is inferred.
        """
        if self.answered:
            return "completed"
        return self.refused_status or self.unanswered_dial_status or "failed"

    def answer(self) -> None:
        """Pick up: from here on the call is billed."""
        self.answered = True

    def pass_time(self, seconds: float) -> None:
        """Let the call last longer. Speech and conversations of people take no real time here."""
        if self.answered:
            self.seconds += seconds

    def next_dial_outcome(self) -> str:
        """Return what happens to the next ``<Dial>``."""
        outcomes = self.call.dial_outcomes
        outcome = outcomes[min(self.dials, len(outcomes) - 1)]
        self.dials += 1
        return outcome

    def resolve(self, url: str) -> str:
        """Return an absolute URL; a relative one is relative to the document that it stands in."""
        return urljoin(self.document_url, url.strip())


def action_of(live: CallInProgress, verb: Element, kind: str, parameters: Mapping[str, str]) -> Fetch | None:
    """Return the request to the verb's ``action`` URL, or nothing if it has none."""
    action = verb.get("action")
    if not action:
        return None
    return Fetch(kind, live.resolve(action), verb.get("method", "POST"), parameters)
