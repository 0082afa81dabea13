"""Open an agent's WebSocket as Twilio does (signed, over TLS) and exchange JSON messages on it.

One thread reads and writes, by an event loop that runs only while something is sent or awaited. The library's blocking
interface reads in one and writes in another, and OpenSSL lets no two threads at one connection
(https://docs.openssl.org/master/man7/openssl-threads/): now and then what was sent was lost, and both sides waited.
"""

import asyncio
import json
import ssl
import time
from collections.abc import Callable, Coroutine, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any
from xml.etree.ElementTree import Element

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidHandshake, InvalidStatus, InvalidURI

from simulator.call_in_progress import CallInProgress
from simulator.signature import sign

OPEN_TIMEOUT_SECONDS = 5
CLOSE_TIMEOUT_SECONDS = 2
TIMED_OUT = "timed out"
REFUSED = "refused"
TLS_FAILED = "tls failed"
HANDSHAKE_FAILED = "handshake failed"


Run = Callable[[Coroutine[Any, Any, Any]], Any]


class WebsocketFailed(Exception):
    """The WebSocket could not be opened; ``cause`` is one of the constants above."""

    def __init__(self, text: str, cause: str):
        super().__init__(text)
        self.cause = cause


class AgentWebsocket:
    """An open WebSocket. Both methods raise ConnectionClosed when the agent has closed it."""

    def __init__(self, run: Run, connection: ClientConnection) -> None:
        self._run = run
        self._connection = connection

    def send(self, message: Mapping[str, Any]) -> None:
        """Send one JSON message."""
        self._run(self._connection.send(json.dumps(message)))

    def received(self, until: float) -> Iterator[Mapping[str, Any] | None]:
        """Yield what arrives until that monotonic time, and nothing in place of a message that is not a JSON object."""
        while (remaining := until - time.monotonic()) > 0:
            try:
                text = self._run(self._receive(remaining))
            except TimeoutError:
                return
            yield _decoded(text)

    async def _receive(self, within_seconds: float) -> str | bytes:
        async with asyncio.timeout(within_seconds):
            return await self._connection.recv()


@contextmanager
def open_websocket(live: CallInProgress, url: str) -> Iterator[AgentWebsocket]:
    """Open the WebSocket and close it at the end of the block, or raise WebsocketFailed."""
    with running_coroutines() as run:
        try:
            connection = run(_connect(live, url))
        except (OSError, InvalidHandshake, InvalidURI) as error:
            raise _failure(error) from error
        try:
            yield AgentWebsocket(run, connection)
        finally:
            run(connection.close())


@contextmanager
def running_coroutines() -> Iterator[Run]:
    """Run coroutines one after another in a thread of their own: the caller's may have an event loop that runs."""
    with ThreadPoolExecutor(1, "websocket") as thread:
        runner = asyncio.Runner()
        try:
            yield lambda coroutine: thread.submit(runner.run, coroutine).result()
        finally:
            thread.submit(runner.close).result()


def custom_parameters(noun: Element) -> dict[str, str]:
    """Return the ``<Parameter>`` elements of a noun."""
    return {parameter.get("name", ""): parameter.get("value", "") for parameter in noun.findall("Parameter")}


async def _connect(live: CallInProgress, url: str) -> ClientConnection:
    return await connect(
        url,
        ssl=_trust(live),
        compression=None,
        additional_headers={"X-Twilio-Signature": sign(url, {}, live.call.auth_token)},
        user_agent_header="Twilio.TmeWs/1.0",
        proxy=None,
        open_timeout=OPEN_TIMEOUT_SECONDS,
        close_timeout=CLOSE_TIMEOUT_SECONDS,
        ping_interval=None,  # nobody would read the answer while nothing is awaited
    )


def _decoded(text: str | bytes) -> Mapping[str, Any] | None:
    try:
        message = json.loads(text)
    except ValueError:
        return None
    return message if isinstance(message, dict) else None


def _trust(live: CallInProgress) -> ssl.SSLContext:
    """Trust the usual authorities and, if one is given, the one that signed the example agent's certificate."""
    context = ssl.create_default_context()
    if live.call.certificate_authority is not None:
        context.load_verify_locations(live.call.certificate_authority)
    return context


def _failure(error: Exception) -> WebsocketFailed:
    if isinstance(error, TimeoutError):
        return WebsocketFailed("it did not answer in time", TIMED_OUT)
    if isinstance(error, ssl.SSLError):
        return WebsocketFailed(f"its certificate or TLS was not accepted ({error.reason})", TLS_FAILED)
    if isinstance(error, InvalidStatus):
        return WebsocketFailed(f"it answered status {error.response.status_code}, not 101", HANDSHAKE_FAILED)
    if isinstance(error, OSError):
        return WebsocketFailed("it refused the connection", REFUSED)
    return WebsocketFailed(f"the handshake failed ({error})", HANDSHAKE_FAILED)
