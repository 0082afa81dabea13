"""A connection to a stranger that can neither last nor grow: one deadline for everything, one limit of bytes."""

import io
import socket
import ssl
import time
from types import TracebackType
from typing import Any


class TooLarge(OSError):
    """The stranger says more than the limit."""


class BoundedConnection:
    """A connected socket, with TLS if `tls` is given, that is closed at the end of a `with` block.

    It has what `http.client` needs of a socket. After `give_up_at` (of the monotonic clock) everything raises
    TimeoutError, however slowly the stranger speaks; TooLarge after `largest_bytes`.
    """

    def __init__(
        self, opened: socket.socket, tls: ssl.SSLContext | None, host: str, give_up_at: float, largest_bytes: int
    ) -> None:
        self._give_up_at, self._left_bytes = give_up_at, largest_bytes
        self._socket = opened
        try:
            opened.settimeout(self._seconds_left())
            if tls is not None:
                self._socket = tls.wrap_socket(opened, server_hostname=host)
        except OSError:
            opened.close()
            raise

    def sendall(self, content: bytes) -> None:
        self._socket.settimeout(self._seconds_left())
        self._socket.sendall(content)

    def receive(self, largest_bytes: int = 4096) -> bytes:
        """Return what has arrived, nothing at the end."""
        self._socket.settimeout(self._seconds_left())
        received = self._socket.recv(largest_bytes)
        self._left_bytes -= len(received)
        if self._left_bytes < 0:
            raise TooLarge
        return received

    def makefile(self, _mode: str) -> io.BufferedReader:
        """Return a file to read from, for `http.client`."""
        return io.BufferedReader(_Received(self))

    def close(self) -> None:
        """Do nothing: `http.client` wants to close while there is still something to read."""

    def __enter__(self) -> "BoundedConnection":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.close()

    def _seconds_left(self) -> float:
        if (left := self._give_up_at - time.monotonic()) > 0:
            return left
        raise TimeoutError


class _Received(io.RawIOBase):
    """What a connection receives, as a file."""

    def __init__(self, connection: BoundedConnection) -> None:
        super().__init__()
        self._connection = connection

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        received = self._connection.receive(len(buffer))
        buffer[: len(received)] = received
        return len(received)
