"""The values in which a simulated call is asked for and told: the call, its steps and its outcome."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

# The kinds of a step.
WEBHOOK = "webhook"  # the voice URL was requested
FALLBACK = "fallback"  # the fallback URL was requested
REDIRECT = "redirect"  # the URL of a <Redirect> was requested
ACTION = "action"  # the action URL of a <Dial> or <Connect> was requested
STATUS_CALLBACK = "status_callback"  # a status callback was requested
REFUSED = "refused"  # the call was refused without having been answered
HEARD = "heard"  # the caller hears something
DIALLED = "dialled"  # a <Dial> had its outcome
WEBSOCKET_OPENED = "websocket_opened"
WEBSOCKET_SENT = "websocket_sent"
WEBSOCKET_RECEIVED = "websocket_received"
WEBSOCKET_CLOSED = "websocket_closed"
PROBLEM = "problem"  # what Twilio would note in its error log
BILLED = "billed"  # whether Twilio charges for the call, and why
ENDED = "ended"  # the last step; carries the outcome

# How a dialled party may react; Twilio's DialCallStatus is the same but for "answered", which it calls "completed".
ANSWERED = "answered"
DIAL_OUTCOMES = (ANSWERED, "busy", "no-answer", "failed")


@dataclass(frozen=True, slots=True)
class SimulatedCall:
    """A call to place: who calls whom, and how the called number is configured at Twilio.

    ``dial_outcome`` as a word is what happens to the first ``<Dial>``; later ones (a fallback number) are answered.
    As a tuple it gives one outcome for each ``<Dial>`` in order, and the last one repeats.
    Audio is sent for ``media_seconds`` and then listened to for ``listen_seconds``; words are waited for until
    ``reply_seconds`` have passed. A dialled party talks for ``talk_seconds``, which take no real time.
    ``extra_parameters`` are added to every request and may replace one of Twilio's own, to play odd callers.
    """

    from_number: str
    to_number: str
    voice_url: str
    account_sid: str
    auth_token: str = field(repr=False)
    fallback_url: str | None = None
    status_callback_url: str | None = None
    forwarded_from: str | None = None
    dial_outcome: str | tuple[str, ...] = ANSWERED
    verified_numbers: tuple[str, ...] = ()
    certificate_authority: Path | None = None
    caller_says: str = "Hello, who is there?"
    media_seconds: float = 0.5
    listen_seconds: float = 1.0
    reply_seconds: float = 5.0
    talk_seconds: int = 12
    extra_parameters: tuple[tuple[str, str], ...] = ()
    call_sid: str = field(default_factory=lambda: new_sid("CA"))

    def __post_init__(self) -> None:
        for outcome in self.dial_outcomes:
            if outcome not in DIAL_OUTCOMES:
                raise ValueError(f"A dial outcome is one of {', '.join(DIAL_OUTCOMES)}; {outcome!r} is not.")

    @property
    def dial_outcomes(self) -> tuple[str, ...]:
        """One outcome for each ``<Dial>`` in order; the last one repeats."""
        if isinstance(self.dial_outcome, str):
            return (self.dial_outcome, ANSWERED)
        return self.dial_outcome or (ANSWERED,)


@dataclass(frozen=True, slots=True)
class CallOutcome:
    """How a call ended: ``call_status`` as Twilio spells it, ``reached`` what it was handed to, if anything."""

    call_sid: str
    call_status: str
    answered: bool
    billed: bool
    billing_reason: str
    reached: str | None
    duration_seconds: int


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened: ``text`` is a line for the terminal, the other fields say the same to a program.

    Of a request: ``url`` (as requested), ``parameters``, ``status_code`` (none if no answer came), ``twiml`` (the
    body of the answer) and ``latency_ms``. Of a WebSocket: ``url`` and the ``messages`` as they were sent.
    """

    kind: str
    text: str
    url: str | None = None
    parameters: Mapping[str, str] = field(default_factory=dict)
    status_code: int | None = None
    twiml: str | None = None
    latency_ms: float | None = None
    error_code: int | None = None
    messages: tuple[Mapping[str, Any], ...] = ()
    outcome: CallOutcome | None = None


def new_sid(prefix: str) -> str:
    """Return a random SID such as ``CA`` and 32 hexadecimal digits."""
    return prefix + secrets.token_hex(16)


def problem(text: str, error_code: int | None = None) -> Step:
    """Return the step for what Twilio would note in its error log, with its number if it has a known one."""
    label = "Problem" if error_code is None else f"Problem {error_code}"
    return Step(kind=PROBLEM, text=f"{label}: {text}", error_code=error_code)
