"""A WebSocket server for tests that does what a test says, under the example agent's certificate."""

import asyncio
import json
import socket
import ssl
import threading
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from websockets.asyncio.server import ServerConnection, serve

from simulator.certificates import load_or_create_certificates

Script = Callable[[ServerConnection], Awaitable[None]]


@contextmanager
def scripted_agent(folder: Path, script: Script) -> Iterator[str]:
    """Serve the script on a free port and give its URL."""
    certificates = load_or_create_certificates(folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates.certificate, certificates.private_key)
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    ended: Future[None] = Future()

    async def answer() -> None:
        async with serve(script, sock=listener, ssl=context, compression=None):
            await asyncio.wrap_future(ended)

    serving = threading.Thread(target=lambda: asyncio.run(answer()), daemon=True)
    serving.start()
    try:
        yield f"wss://localhost:{port}/agent"
    finally:
        ended.set_result(None)
        serving.join()


async def receive(connection: ServerConnection, **expected: str) -> dict[str, Any]:
    """Return the next message that has the expected fields."""
    async for text in connection:
        message: dict[str, Any] = json.loads(text)
        if expected.items() <= message.items():
            return message
    raise AssertionError(f"The WebSocket closed before a message with {expected} came.")


async def send(connection: ServerConnection, **message: object) -> None:
    await connection.send(json.dumps(message))
