"""A WebSocket server for tests that does what a test says, under the example agent's certificate."""

import json
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from websockets.sync.server import ServerConnection, serve

from simulator.certificates import load_or_create_certificates

Script = Callable[[ServerConnection], None]


@contextmanager
def scripted_agent(folder: Path, script: Script) -> Iterator[str]:
    """Serve the script on a free port and give its URL."""
    certificates = load_or_create_certificates(folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates.certificate, certificates.private_key)
    server = serve(script, "127.0.0.1", 0, ssl=context, compression=None)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"wss://localhost:{server.socket.getsockname()[1]}/agent"
    finally:
        server.shutdown()


def receive(connection: ServerConnection, **expected: str) -> dict[str, Any]:
    """Return the next message that has the expected fields."""
    for text in connection:
        message: dict[str, Any] = json.loads(text)
        if expected.items() <= message.items():
            return message
    raise AssertionError(f"The WebSocket closed before a message with {expected} came.")


def send(connection: ServerConnection, **message: object) -> None:
    connection.send(json.dumps(message))
