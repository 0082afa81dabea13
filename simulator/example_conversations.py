"""What the example agent does on a call: a tone and an echo on a Media Stream, words on ConversationRelay."""

import base64
import json
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

from websockets.asyncio.server import ServerConnection

Log = Callable[[str], None]
FRAME_BYTES = 160  # 20 ms of mu-law at 8 kHz
# A square wave in mu-law of 444 Hz: nine samples above zero, nine below.
TONE_PERIOD = b"\x90" * 9 + b"\x10" * 9
TONE_FRAMES = 10
END_OF_TONE = "end of tone"


async def hold_stream(connection: ServerConnection, log: Log) -> None:
    """Play a short tone when the stream starts, mark its end, and echo what the caller says."""
    async for message in _messages(connection):
        event = message.get("event")
        if event == "start":
            start = message["start"]
            log(f"Stream {message['streamSid']}: {_told(start.get('customParameters', {}))}")
            await _play_tone(connection, message["streamSid"])
        elif event == "media":
            payload = {"payload": message["media"]["payload"]}
            await _send(connection, {"event": "media", "streamSid": message["streamSid"], "media": payload})
        elif event == "stop":
            log(f"Stream {message['streamSid']}: the call has ended")
            return


async def hold_relay(connection: ServerConnection, log: Log) -> None:
    """Greet with the names that the call came with, and answer each thing the caller says."""
    parameters: Mapping[str, str] = {}
    async for message in _messages(connection):
        if message.get("type") == "setup":
            parameters = message.get("customParameters", {})
            log(f"Session {message.get('sessionId')}: {_told(parameters)}")
            await _speak(connection, greeting(parameters))
        elif message.get("type") == "prompt" and message.get("last", True):
            await _speak(connection, f"I heard: {message.get('voicePrompt', '')} How can I help?")


def greeting(parameters: Mapping[str, str]) -> str:
    """Return what an agent says first, with the names that were passed along."""
    agent = parameters.get("agent_name") or "the example agent"
    location = parameters.get("location_name")
    return f"Hello, this is {agent}{f' at {location}' if location else ''}."


async def _play_tone(connection: ServerConnection, stream_sid: str) -> None:
    samples = TONE_PERIOD * (TONE_FRAMES * FRAME_BYTES // len(TONE_PERIOD) + 1)
    for frame in range(TONE_FRAMES):
        audio = samples[frame * FRAME_BYTES : (frame + 1) * FRAME_BYTES]
        payload = {"payload": base64.b64encode(audio).decode()}
        await _send(connection, {"event": "media", "streamSid": stream_sid, "media": payload})
    await _send(connection, {"event": "mark", "streamSid": stream_sid, "mark": {"name": END_OF_TONE}})


async def _speak(connection: ServerConnection, speech: str) -> None:
    """Send a sentence token by token, as a language model gives it."""
    words = speech.split(" ")
    for word in words[:-1]:
        await _send(connection, {"type": "text", "token": f"{word} ", "last": False})
    await _send(connection, {"type": "text", "token": words[-1], "last": True})


def _told(parameters: Mapping[str, str]) -> str:
    return ", ".join(f"{name}={value}" for name, value in parameters.items()) or "no custom parameters"


async def _messages(connection: ServerConnection) -> AsyncIterator[dict[str, Any]]:
    async for text in connection:
        yield json.loads(text)


async def _send(connection: ServerConnection, message: Mapping[str, Any]) -> None:
    await connection.send(json.dumps(message))
