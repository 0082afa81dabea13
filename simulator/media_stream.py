"""Follow Stream: hold a bidirectional Media Stream with an agent's WebSocket.

https://www.twilio.com/docs/voice/media-streams/websocket-messages

What Twilio posts to the ``action`` of ``<Connect>`` when a Stream ends: its page on ``<Connect>`` promises "the
standard request parameters along with some parameters specific to the nested noun", and its page on ``<Stream>``
names none. We post the standard ones only, so that nothing here comes to rely on more. Whether the Stream failed is
told, as documented, to the Stream's own ``statusCallback``: StreamEvent (stream-started, stream-stopped,
stream-error), StreamSid, StreamName, StreamError. That ``action`` is requested after a failed handshake too is
inferred: the verb ends, and the call goes on with what follows it.
"""

import base64
import time
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from xml.etree.ElementTree import Element

from websockets.exceptions import ConnectionClosed

from simulator.call_in_progress import CallInProgress
from simulator.call_parameters import call_parameters
from simulator.media_stream_rules import StreamRefused, check_stream
from simulator.status_callback import request_status_callback, timestamp
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
from simulator.websocket_connection import (
    HANDSHAKE_FAILED,
    REFUSED,
    TIMED_OUT,
    TLS_FAILED,
    AgentWebsocket,
    WebsocketFailed,
    custom_parameters,
    open_websocket,
)

FRAME_SECONDS = 0.02
FRAME_BYTES = 160  # 20 ms of mu-law at 8 kHz
BYTES_PER_SECOND = 8000
SILENCE = base64.b64encode(b"\xff" * FRAME_BYTES).decode()
ERROR_BY_CAUSE = {TIMED_OUT: 31901, REFUSED: 31902, TLS_FAILED: 31910, HANDSHAKE_FAILED: 31920}
CLOSED_BY_AGENT = 31921
PROTOCOL_ERROR = 31924


@dataclass
class MediaStream:
    """One stream: what was sent and what came back."""

    live: CallInProgress
    noun: Element
    stream_sid: str = field(default_factory=lambda: new_sid("MZ"))
    sequence_number: int = 0
    frames: int = 0
    audio_bytes: int = 0
    sent: list[Mapping[str, Any]] = field(default_factory=list)
    received: list[Mapping[str, Any]] = field(default_factory=list)
    unusable: int = 0

    def send(self, websocket: AgentWebsocket, event: str, content: Mapping[str, Any]) -> None:
        """Send one numbered message of the stream."""
        self.sequence_number += 1
        message = {
            "event": event,
            "sequenceNumber": str(self.sequence_number),
            "streamSid": self.stream_sid,
            event: content,
        }
        self.sent.append(message)
        websocket.send(message)

    def receive(self, websocket: AgentWebsocket, until: float) -> None:
        """Take what the agent sends: count its audio, and confirm each mark as played."""
        for message in websocket.received(until):
            if message is None or message.get("event") not in ("media", "mark", "clear"):
                self.unusable += 1
                continue
            self.received.append(message)
            if message["event"] == "media":
                self.audio_bytes += len(base64.b64decode(message.get("media", {}).get("payload", "")))
            elif message["event"] == "mark":
                self.send(websocket, "mark", message.get("mark", {}))


def follow_stream(live: CallInProgress, noun: Element) -> Generator[Step, None, dict[str, str]]:
    """Hold the stream and return what ``action`` is told beside the standard parameters: nothing."""
    stream = MediaStream(live, noun)
    try:
        check_stream(noun)
        yield from _converse(stream)
    except (StreamRefused, WebsocketFailed) as failed:
        error_code = failed.error_code if isinstance(failed, StreamRefused) else ERROR_BY_CAUSE[failed.cause]
        yield problem(f"the stream to {noun.get('url')} failed: {failed}", error_code)
        yield from _report(stream, "stream-error", f"{error_code}: {failed}")
    return {}


def _converse(stream: MediaStream) -> Iterator[Step]:
    """Open the WebSocket, send what Twilio sends, and stay until the caller or the agent has had enough."""
    live, url = stream.live, stream.noun.get("url", "")
    with open_websocket(live, url) as websocket:
        started = time.monotonic()
        live.reached = url
        yield Step(kind=WEBSOCKET_OPENED, text=f"Twilio opens the agent's WebSocket {url}", url=url)
        yield from _report(stream, "stream-started")
        try:
            yield from _start(stream, websocket)
            yield from _send_audio(stream, websocket)
            stream.receive(websocket, time.monotonic() + live.call.listen_seconds)
            yield from _tell_received(stream)
            yield from _stop(stream, websocket)
        except ConnectionClosed:
            yield from _tell_received(stream)
            yield Step(kind=WEBSOCKET_CLOSED, text="The agent closes the WebSocket; the call goes on", url=url)
            yield problem("the agent closed the stream", CLOSED_BY_AGENT)
    live.pass_time(time.monotonic() - started)
    yield from _report(stream, "stream-stopped")


def _start(stream: MediaStream, websocket: AgentWebsocket) -> Iterator[Step]:
    connected = {"event": "connected", "protocol": "Call", "version": "1.0.0"}
    websocket.send(connected)
    yield Step(kind=WEBSOCKET_SENT, text="Twilio sends connected", messages=(connected,))
    parameters = custom_parameters(stream.noun)
    start = {
        "accountSid": stream.live.call.account_sid,
        "callSid": stream.live.call.call_sid,
        "streamSid": stream.stream_sid,
        "tracks": ["inbound"],
        "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
        "customParameters": parameters,
    }
    stream.send(websocket, "start", start)
    told = ", ".join(f"{name}={value}" for name, value in parameters.items()) or "no custom parameters"
    yield Step(
        kind=WEBSOCKET_SENT,
        text=f"Twilio sends start with {told}",
        parameters=parameters,
        messages=(stream.sent[-1],),
    )


def _send_audio(stream: MediaStream, websocket: AgentWebsocket) -> Iterator[Step]:
    """Send the caller's silence in frames of 20 ms, at the pace of speech."""
    started, first = time.monotonic(), len(stream.sent)
    for frame in range(1, round(stream.live.call.media_seconds / FRAME_SECONDS) + 1):
        stream.frames = frame
        media = {"track": "inbound", "chunk": str(frame), "timestamp": str(frame * 20), "payload": SILENCE}
        stream.send(websocket, "media", media)
        stream.receive(websocket, started + frame * FRAME_SECONDS)
    media_sent = tuple(message for message in stream.sent[first:] if message["event"] == "media")
    seconds = stream.frames * FRAME_SECONDS
    text = f"Twilio sends {stream.frames} media messages, {seconds:.2f} s of the caller's audio"
    yield Step(kind=WEBSOCKET_SENT, text=text, messages=media_sent)


def _tell_received(stream: MediaStream) -> Iterator[Step]:
    counts = [
        f"{sum(message['event'] == event for message in stream.received)} {event}"
        for event in ("media", "mark", "clear")
    ]
    text = f"The agent sent {', '.join(counts)} messages"
    yield Step(kind=WEBSOCKET_RECEIVED, text=text, messages=tuple(stream.received))
    marks = tuple(message for message in stream.sent if message["event"] == "mark")
    if marks:
        names = ", ".join(str(mark["mark"].get("name")) for mark in marks)
        yield Step(kind=WEBSOCKET_SENT, text=f"Twilio sends back mark as played: {names}", messages=marks)
    if stream.audio_bytes:
        seconds = stream.audio_bytes / BYTES_PER_SECOND
        yield Step(kind=HEARD, text=f"The caller hears {seconds:.2f} s of the agent's audio")
    if stream.unusable:
        yield problem(f"{stream.unusable} messages of the agent are none of media, mark, clear", PROTOCOL_ERROR)


def _stop(stream: MediaStream, websocket: AgentWebsocket) -> Iterator[Step]:
    call = stream.live.call
    stream.live.caller_hung_up = True
    stream.send(websocket, "stop", {"accountSid": call.account_sid, "callSid": call.call_sid})
    yield Step(kind=WEBSOCKET_SENT, text="The caller hangs up; Twilio sends stop", messages=(stream.sent[-1],))


def _report(stream: MediaStream, event: str, error: str = "") -> Iterator[Step]:
    """Tell the Stream's own status callback, if it has one."""
    url = stream.noun.get("statusCallback")
    if not url:
        return
    live = stream.live
    parameters = {
        **{name: call_parameters(live.call, live.call_status)[name] for name in ("AccountSid", "CallSid")},
        "StreamSid": stream.stream_sid,
        "StreamName": stream.noun.get("name", stream.stream_sid),
        "StreamEvent": event,
        "Timestamp": timestamp(),
    }
    if error:
        parameters["StreamError"] = error
    method = stream.noun.get("statusCallbackMethod", "POST")
    yield from request_status_callback(live, method, live.resolve(url), parameters)
