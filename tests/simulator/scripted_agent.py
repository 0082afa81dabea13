"""A WebSocket server for tests that does what a test says, under the example agent's certificate."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from websockets.asyncio.server import ServerConnection

from simulator.certificates import load_or_create_certificates
from simulator.websocket_server import Converse, WebsocketServer


@contextmanager
def scripted_agent(folder: Path, script: Converse) -> Iterator[str]:
    """Serve the script on a free port and give its URL."""
    server = WebsocketServer(load_or_create_certificates(folder), script)
    server.start()
    try:
        yield f"wss://localhost:{server.port}/agent"
    finally:
        server.stop()


async def receive(connection: ServerConnection, **expected: str) -> dict[str, Any]:
    """Return the next message that has the expected fields."""
    async for text in connection:
        message: dict[str, Any] = json.loads(text)
        if expected.items() <= message.items():
            return message
    raise AssertionError(f"The WebSocket closed before a message with {expected} came.")


async def send(connection: ServerConnection, **message: object) -> None:
    await connection.send(json.dumps(message))
