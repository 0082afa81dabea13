"""Follow ConversationRelay: Twilio speaks and listens, the agent's WebSocket gets and gives text.

https://www.twilio.com/docs/voice/conversationrelay/websocket-messages

What Twilio posts to the ``action`` of ``<Connect>``
(https://www.twilio.com/docs/voice/twiml/connect/conversationrelay), beside the standard parameters: SessionId,
SessionStatus, SessionDuration (seconds), and

* the agent sent ``end``: SessionStatus=ended, HandoffData as the agent gave it, CallStatus=in-progress;
* the caller hung up: SessionStatus=completed, CallStatus=completed;
* the WebSocket failed: SessionStatus=failed, ErrorCode, ErrorMessage, CallStatus=in-progress.

These names and states are also what public applications read. Which ErrorCode is sent is less certain: they meet
39001 and 64105 for a WebSocket that ended abruptly. Only SessionStatus and the presence of ErrorCode should be
relied on.
"""

import math
import time
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from xml.etree.ElementTree import Element

from websockets.exceptions import ConnectionClosed

from simulator.call_in_progress import CallInProgress
from simulator.story import (
    HEARD,
    WEBSOCKET_CLOSED,
    WEBSOCKET_OPENED,
    WEBSOCKET_RECEIVED,
    WEBSOCKET_SENT,
    Step,
    new_sid,
    problem,
)
from simulator.websocket_connection import AgentWebsocket, WebsocketFailed, custom_parameters, open_websocket

CANNOT_CONNECT = 64102
ENDED_ABRUPTLY = 64105
INVALID_MESSAGE = 64107
AGENT_MESSAGES = ("text", "play", "sendDigits", "language", "end")
DEFAULT_LANGUAGE = "en-US"


@dataclass
class RelaySession:
    """One session, and how it ended."""

    live: CallInProgress
    noun: Element
    session_id: str = field(default_factory=lambda: new_sid("VX"))
    started: float = field(default_factory=time.monotonic)
    status: str = "completed"
    details: dict[str, str] = field(default_factory=dict)

    def fail(self, error_code: int, text: str) -> None:
        """Note that the session failed; the caller is still on the line."""
        self.status = "failed"
        self.details = {"ErrorCode": str(error_code), "ErrorMessage": text}

    def end(self, message: Mapping[str, Any]) -> None:
        """Note that the agent ended the session, and what it hands over."""
        self.status = "ended"
        self.details = {"HandoffData": str(message.get("handoffData", ""))}

    def parameters(self) -> dict[str, str]:
        """Return what ``action`` is told beside the standard parameters."""
        duration = str(math.ceil(time.monotonic() - self.started))
        return {
            "SessionId": self.session_id,
            "SessionStatus": self.status,
            "SessionDuration": duration,
            **self.details,
        }


def follow_conversation_relay(live: CallInProgress, noun: Element) -> Generator[Step, None, dict[str, str]]:
    """Hold the session and return what ``action`` is told beside the standard parameters."""
    session = RelaySession(live, noun)
    url = noun.get("url", "")
    if not url.startswith("wss://"):
        session.fail(CANNOT_CONNECT, "only wss is supported")
        yield problem(f"the session with {url} failed: only wss is supported", CANNOT_CONNECT)
        return session.parameters()
    try:
        yield from _converse(session, url)
    except WebsocketFailed as failed:
        session.fail(CANNOT_CONNECT, str(failed))
        yield problem(f"the session with {url} failed: {failed}", CANNOT_CONNECT)
    live.pass_time(time.monotonic() - session.started)
    return session.parameters()


def _converse(session: RelaySession, url: str) -> Iterator[Step]:
    """Greet, let the caller say one thing, and hear the answer out; then the caller hangs up."""
    with open_websocket(session.live, url) as websocket:
        session.live.reached = url
        yield Step(kind=WEBSOCKET_OPENED, text=f"Twilio opens the agent's WebSocket {url}", url=url)
        try:
            yield from _set_up(session, websocket)
            yield from _hear_agent(session, websocket)
            if session.status != "ended":
                yield _say(session, websocket)
                yield from _hear_agent(session, websocket)
        except ConnectionClosed:
            session.fail(ENDED_ABRUPTLY, "The WebSocket ended abruptly.")
            yield Step(kind=WEBSOCKET_CLOSED, text="The agent closes the WebSocket without an end", url=url)
            yield problem("the agent's WebSocket ended abruptly", ENDED_ABRUPTLY)
            return
    if session.status == "completed":
        session.live.caller_hung_up = True
        yield Step(kind=WEBSOCKET_CLOSED, text="The caller hangs up; Twilio closes the WebSocket", url=url)


def _set_up(session: RelaySession, websocket: AgentWebsocket) -> Iterator[Step]:
    call = session.live.call
    parameters = custom_parameters(session.noun)
    setup = {
        "type": "setup",
        "sessionId": session.session_id,
        "accountSid": call.account_sid,
        "parentCallSid": "",
        "callSid": call.call_sid,
        "from": call.from_number,
        "to": call.to_number,
        "forwardedFrom": call.forwarded_from or "",
        "callType": "PSTN",
        "callerName": "",
        "direction": "inbound",
        "callStatus": "RINGING",
        "customParameters": parameters,
    }
    websocket.send(setup)
    told = ", ".join(f"{name}={value}" for name, value in parameters.items()) or "no custom parameters"
    text = f"Twilio sends setup with {told}"
    yield Step(kind=WEBSOCKET_SENT, text=text, parameters=parameters, messages=(setup,))
    greeting = session.noun.get("welcomeGreeting")
    if greeting:
        yield Step(kind=HEARD, text=f'The caller hears "{greeting}"')


def _say(session: RelaySession, websocket: AgentWebsocket) -> Step:
    language = session.noun.get("language", DEFAULT_LANGUAGE)
    prompt = {
        "type": "prompt",
        "voicePrompt": session.live.call.caller_says,
        "lang": language,
        "last": True,
    }
    websocket.send(prompt)
    text = f'The caller says "{prompt["voicePrompt"]}"; Twilio sends it as a prompt'
    return Step(kind=WEBSOCKET_SENT, text=text, messages=(prompt,))


def _hear_agent(session: RelaySession, websocket: AgentWebsocket) -> Iterator[Step]:
    """Speak the agent's tokens until the last one, its end, or its silence."""
    received: list[Mapping[str, Any]] = []
    unusable = 0
    for message in websocket.received(time.monotonic() + session.live.call.reply_seconds):
        if message is None or message.get("type") not in AGENT_MESSAGES:
            unusable += 1
            continue
        received.append(message)
        if message["type"] == "end":
            session.end(message)
            break
        if message["type"] == "text" and message.get("last"):
            break
    yield from _tell_received(received)
    if unusable:
        yield problem(f"{unusable} messages of the agent are not known", INVALID_MESSAGE)


def _tell_received(received: list[Mapping[str, Any]]) -> Iterator[Step]:
    if not received:
        return
    kinds = ", ".join(str(message["type"]) for message in received)
    yield Step(kind=WEBSOCKET_RECEIVED, text=f"The agent sent {kinds}", messages=tuple(received))
    speech = "".join(str(message.get("token", "")) for message in received if message["type"] == "text")
    if speech.strip():
        yield Step(kind=HEARD, text=f'The caller hears "{speech.strip()}"')
