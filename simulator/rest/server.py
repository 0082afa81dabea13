"""Serve the simulated Twilio over HTTP on this machine, in a thread of this process."""

import threading
from types import TracebackType
from typing import Any

from werkzeug.serving import WSGIRequestHandler, make_server

from simulator.rest.faults import Faults
from simulator.rest.simulator import Simulator

HOST = "127.0.0.1"


class RunningSimulator:
    """A simulated Twilio that answers; a context manager, listening between ``with`` and its end.

    Port 0 takes a free one. Requests that still hang at the end are left behind.
    """

    def __init__(self, simulator: Simulator, port: int = 0) -> None:
        self.simulator = simulator
        self._server = make_server(HOST, port, simulator, threaded=True, request_handler=_QuietHandler)

    @property
    def base_url(self) -> str:
        """What stands for ``https://api.twilio.com`` and ``https://pricing.twilio.com``."""
        return f"http://{HOST}:{self._server.server_port}"

    @property
    def faults(self) -> Faults:
        """What the next requests meet."""
        return self.simulator.faults

    def __enter__(self) -> "RunningSimulator":
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()


class _QuietHandler(WSGIRequestHandler):
    """Say nothing of requests, and forget a connection that a fault broke."""

    def log(self, type: str, message: str, *args: Any) -> None:
        """Say nothing."""

    def connection_dropped(self, error: BaseException, environ: Any = None) -> None:
        """Do not wait for another request on it."""
        self.close_connection = True
