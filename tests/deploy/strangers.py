"""Strangers who send requests by halves and hold their connections."""

import resource
import ssl
import threading
from contextlib import suppress
from types import TracebackType

from tests.deploy.webhooks import Twilio

HEAD = b"POST /twilio/voice HTTP/1.1\r\nHost: calls.example.com\r\nX-Twilio-Signature: x\r\n"
FORM = HEAD + b"Content-Type: application/x-www-form-urlencoded\r\n"
# What a stranger sends at once; of the last two, one byte more now and then.
HALVES = {
    "half a request line": b"POST /twilio/vo",
    "half of the headers": HEAD + b"X-Half: ",
    "half of a body": FORM + b"Content-Length: 1000\r\n\r\nCallSid=CA",
    "most of a long body": FORM + b"Content-Length: 30000\r\n\r\n" + b"a" * 29_000,
    "half of a body in chunks": FORM + b"Transfer-Encoding: chunked\r\n\r\n5\r\nab",
    "no body yet": FORM + b"Content-Length: 10\r\nExpect: 100-continue\r\n\r\n",
    "headers that trickle": HEAD + b"X-Trickle: ",
    "a body that trickles": FORM + b"Content-Length: 200\r\n\r\n",
}
TRICKLING = [half for name, half in HALVES.items() if "trickle" in name]


class Strangers:
    """`count` half-sent requests of all kinds, held until the block ends; those that were cut off begin again."""

    def __init__(self, twilio: Twilio, count: int, trickle_seconds: float = 0.5) -> None:
        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, 8192) if most > 0 else 8192, most))
        self._twilio, self._trickle_seconds = twilio, trickle_seconds
        self._halves = [list(HALVES.values())[index % len(HALVES)] for index in range(count)]
        self._held: list[ssl.SSLSocket | None] = [None] * count
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._hold)
        self.begun = 0

    def __enter__(self) -> "Strangers":
        for index in range(len(self._held)):
            self._begin(index)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopping.set()
        self._thread.join()
        for connection in self._held:
            if connection is not None:
                connection.close()

    def _begin(self, index: int) -> None:
        """Send half a request; a proxy that answers it, or hangs up, is asked again in the next round."""
        with suppress(OSError):
            connection = self._twilio.connect(5)
            connection.connect()
            connection.sock.sendall(self._halves[index])
            connection.sock.setblocking(False)
            self._held[index] = connection.sock
            self.begun += 1

    def _hold(self) -> None:
        while not self._stopping.wait(self._trickle_seconds):
            for index, connection in enumerate(self._held):
                if connection is None or self._is_cut_off(connection):
                    self._begin(index)
                elif self._halves[index] in TRICKLING:
                    with suppress(OSError):
                        connection.send(b"a")

    @staticmethod
    def _is_cut_off(connection: ssl.SSLSocket) -> bool:
        """Tell whether the proxy had enough. (A `100 Continue` is no end.)"""
        try:
            answer = connection.recv(4096)
        except ssl.SSLWantReadError:
            return False
        except OSError:
            answer = b""
        if answer.startswith(b"HTTP/1.1 100"):
            return False
        connection.close()
        return True
