"""Let a request meet its fault, before anything of the application is reached or after all of it is done."""

import socket
import struct
import time
from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from werkzeug.wrappers import Response

from simulator.rest import faults
from simulator.rest.errors import (
    ACCOUNT_NOT_ACTIVE,
    INTERNAL_SERVER_ERROR,
    TOO_MANY_REQUESTS,
    TwilioError,
    authentication_failure,
)
from simulator.rest.faults import Fault, Faults
from simulator.rest.responses import error_response

CLOSE_WITH_RESET = struct.pack("ii", 1, 0)
ERRORS = {
    faults.INTERNAL_ERROR: TwilioError(INTERNAL_SERVER_ERROR, "An internal server error has occurred", 500),
    faults.TOO_MANY_REQUESTS: TwilioError(TOO_MANY_REQUESTS, "Too Many Requests", 429),
    faults.AUTHENTICATION_FAILED: authentication_failure(),
    faults.ACCOUNT_NOT_ACTIVE: TwilioError(ACCOUNT_NOT_ACTIVE, "Account not active", 403),
}
PROXY_PAGE = "<html><head><title>503 Service Temporarily Unavailable</title></head><body></body></html>"


class FaultInjection:
    """An application whose requests may meet a fault."""

    def __init__(self, application: WSGIApplication, waiting: Faults) -> None:
        self._application = application
        self._faults = waiting

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        fault = self._faults.take(environ["REQUEST_METHOD"], environ["PATH_INFO"])
        if fault is None:
            return self._application(environ, start_response)
        proper = Response.from_app(self._application, environ, buffered=True) if fault.is_done else None
        time.sleep(fault.seconds)
        if fault.effect in (faults.HANG, faults.CONNECTION_RESET):
            _break_connection(environ)
        answer = proper if proper and fault.effect == faults.SLOW else _wrong_answer(fault)
        return answer(environ, start_response)


def _wrong_answer(fault: Fault) -> Response:
    if fault.effect == faults.NOT_JSON:
        return Response(PROXY_PAGE, status=503, content_type="text/html")
    return error_response(ERRORS[fault.effect])


def _break_connection(environ: WSGIEnvironment) -> None:
    """Reset the connection under the server's feet, and let it know that there is nobody to answer."""
    connection: socket.socket = environ["werkzeug.socket"]
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, CLOSE_WITH_RESET)
    socket.socket(fileno=connection.detach()).close()
    raise ConnectionResetError("The fault asked for this connection to be broken.")
