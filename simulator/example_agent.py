"""Run an example agent: ``python -m simulator.example_agent --folder DIR --port 8765``.

It answers Media Streams on ``wss://localhost:PORT/stream``, ConversationRelay on ``/relay`` and, with
``--http-port``, TwiML on ``http://127.0.0.1:HTTP_PORT/twiml``. It listens on this machine only.
"""

import argparse
import hmac
import os
import threading
import time
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path
from types import TracebackType

from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from simulator.account import load_account
from simulator.certificates import load_or_create_certificates
from simulator.example_conversations import hold_relay, hold_stream
from simulator.example_twiml import make_twiml_server
from simulator.signature import sign
from simulator.websocket_server import HOST, WebsocketServer

PARENT_CHECK_SECONDS = 0.5
CONVERSATIONS = {"/stream": hold_stream, "/relay": hold_relay}
Log = Callable[[str], None]


class ExampleAgent:
    """An agent that really answers; a context manager, listening between ``with`` and its end.

    Port 0 takes a free one. Handshakes must be signed once the folder holds an account.
    """

    def __init__(self, folder: Path, port: int = 0, http_port: int | None = None, log: Log = print) -> None:
        self._folder = folder
        self._log = log
        self._certificates = load_or_create_certificates(folder)
        self._websockets = WebsocketServer(self._certificates, self._converse, port, self._admit)
        self._http = None if http_port is None else make_twiml_server(HOST, http_port, log)

    @property
    def certificate_authority(self) -> Path:
        """The authority that a caller must trust."""
        return self._certificates.authority

    @property
    def stream_url(self) -> str:
        """Where Media Streams are answered."""
        return self._websocket_url("/stream")

    @property
    def relay_url(self) -> str:
        """Where ConversationRelay is answered."""
        return self._websocket_url("/relay")

    @property
    def twiml_url(self) -> str | None:
        """Where TwiML is answered, if it was asked for."""
        return None if self._http is None else f"http://{HOST}:{self._http.server_address[1]}/twiml"

    def __enter__(self) -> "ExampleAgent":
        self._websockets.start()
        if self._http is not None:
            threading.Thread(target=self._http.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._websockets.stop()
        if self._http is not None:
            self._http.shutdown()
            self._http.server_close()

    def _websocket_url(self, path: str) -> str:
        return f"wss://localhost:{self._websockets.port}{path}"

    def _admit(self, connection: ServerConnection, request: Request) -> Response | None:
        """Refuse a path that is not served, and a handshake that Twilio did not sign."""
        if request.path not in CONVERSATIONS:
            return connection.respond(HTTPStatus.NOT_FOUND, "Nothing is served here.\n")
        if not self._is_signed(request):
            self._log(f"A handshake for {request.path} was refused: its signature is not Twilio's")
            return connection.respond(HTTPStatus.FORBIDDEN, "The signature is not Twilio's.\n")
        return None

    def _is_signed(self, request: Request) -> bool:
        account = load_account(self._folder)
        if account is None:
            return True
        expected = sign(f"wss://{request.headers['Host']}{request.path}", {}, account.auth_token)
        shown = request.headers.get("X-Twilio-Signature", "")
        return hmac.compare_digest(expected.encode(), shown.encode())

    async def _converse(self, connection: ServerConnection) -> None:
        path = connection.request.path if connection.request is not None else ""
        try:
            await CONVERSATIONS[path](connection, self._log)
        except ConnectionClosed:
            self._log("The call was cut off")


def main() -> None:
    """Serve until interrupted or, if asked, until the process that started this one is gone."""
    parser = argparse.ArgumentParser(prog="python -m simulator.example_agent", description="An agent that answers.")
    parser.add_argument("--folder", type=Path, required=True, help="where the account and the certificates are kept")
    parser.add_argument("--port", type=int, default=8765, help="for wss (default: 8765)")
    parser.add_argument("--http-port", type=int, help="for TwiML over http (default: not served)")
    parser.add_argument("--until-parent-exits", action="store_true", help="stop when the starting process is gone")
    arguments = parser.parse_args()
    parent = os.getppid()
    with ExampleAgent(arguments.folder, arguments.port, arguments.http_port, _print) as agent:
        served = filter(None, (agent.stream_url, agent.relay_url, agent.twiml_url))
        _print(f"The example agent answers on {', '.join(served)}")
        try:
            while not arguments.until_parent_exits or os.getppid() == parent:
                time.sleep(PARENT_CHECK_SECONDS)
        except KeyboardInterrupt:
            _print("The example agent stops")


def _print(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    main()
