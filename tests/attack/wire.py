"""Speak to a real server byte for byte, as no HTTP library would let us."""

import socket
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain
from urllib.parse import urlencode

from simulator.signature import sign
from tests.conftest import AUTH_TOKEN, PUBLIC_URL, call_parameters

FORM = "application/x-www-form-urlencoded"
BODY = urlencode(call_parameters()).encode()
SIGNATURE = sign(f"{PUBLIC_URL}/twilio/voice", call_parameters(), AUTH_TOKEN)
PATIENCE_SECONDS = 30.0


@dataclass(frozen=True)
class Heard:
    """Everything that came back on a connection until the server closed it; nothing if it closed it at once."""

    raw: bytes

    @property
    def statuses(self) -> list[int]:
        """The statuses of all answers, without 100 Continue."""
        lines = [line for line in self.raw.split(b"\r\n") if line.startswith(b"HTTP/1.")]
        return [status for status in (int(line.split()[1]) for line in lines) if status != 100]


def request(
    body: bytes = BODY,
    method: str = "POST",
    target: str = "/twilio/voice",
    version: str = "HTTP/1.1",
    **headers: str | None,
) -> bytes:
    """Return a signed call as bytes; headers are added, changed or left out (None), with `_` for `-`."""
    usual = {"Host": "calls.example.com", "Content-Type": FORM, "X-Twilio-Signature": SIGNATURE}
    usual["Content-Length"] = str(len(body))
    sent = usual | {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [f"{method} {target} {version}", *(f"{name}: {value}" for name, value in sent.items() if value is not None)]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def chunked(body: bytes, **headers: str | None) -> bytes:
    """Return a signed call whose body is sent as it is given, in chunks that may be none."""
    return request(body, Transfer_Encoding="chunked", Content_Length=None, **headers)


def chunk(body: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(body), body)


def send(port: int, *pieces: bytes, more: Iterable[bytes] = ()) -> Heard:
    """Send pieces one after the other, then say that nothing follows, and hear what comes back."""
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_SECONDS) as connection:
        with suppress(BrokenPipeError, ConnectionResetError):  # it has heard enough
            for piece in chain(pieces, more):
                connection.sendall(piece)
            connection.shutdown(socket.SHUT_WR)
        heard = b""
        with suppress(ConnectionResetError):
            while received := connection.recv(65_536):
                heard += received
        return Heard(heard)
