"""A server that says exactly what a test wants, to show what we do with strangers."""

import socket
import threading
from collections.abc import Callable
from types import TracebackType

Say = Callable[[socket.socket], None]


class Stranger:
    """Listens on this machine from `with` to its end; `asked` is what it was sent, one entry a connection."""

    def __init__(self, says: bytes | Say) -> None:
        self._says = says if callable(says) else lambda connection: connection.sendall(says)
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self.asked: list[bytes] = []

    def __enter__(self) -> "Stranger":
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            with connection:
                try:
                    self.asked.append(connection.recv(65536))
                    self._says(connection)
                except OSError:
                    continue  # whoever asked has gone away


def answer(body: bytes, status: str = "200 OK", headers: str = "Content-Type: text/xml") -> bytes:
    """Write an answer of HTTP."""
    return f"HTTP/1.1 {status}\r\n{headers}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body
