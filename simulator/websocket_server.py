"""Serve WebSockets over TLS on this machine, all in one thread: OpenSSL lets no two threads at one connection."""

import asyncio
import socket
import ssl
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import Future

from websockets.asyncio.server import ServerConnection, serve
from websockets.http11 import Request, Response

from simulator.certificates import Certificates

HOST = "127.0.0.1"
Converse = Callable[[ServerConnection], Awaitable[None]]
Admit = Callable[[ServerConnection, Request], Response | None]


class WebsocketServer:
    """It has its port at once, 0 takes a free one, and answers between `start` and `stop`.

    `converse` holds a conversation to its end; `admit`, if given, may refuse a handshake by an answer.
    """

    def __init__(
        self, certificates: Certificates, converse: Converse, port: int = 0, admit: Admit | None = None
    ) -> None:
        self._converse = converse
        self._admit = admit
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._tls.load_cert_chain(certificates.certificate, certificates.private_key)
        self._listener = socket.create_server((HOST, port))
        self.port: int = self._listener.getsockname()[1]
        self._ended: Future[None] = Future()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def stop(self) -> None:
        """Close every conversation, and wait for their ends."""
        self._ended.set_result(None)
        self._thread.join()

    async def _serve(self) -> None:
        async with serve(
            self._converse, sock=self._listener, ssl=self._tls, process_request=self._admit, compression=None
        ):
            await asyncio.wrap_future(self._ended)
