"""Put a server under load with as many clients at once as asked, and say what came of it.

wrk does it where it is installed, because it leaves the most of the machine to the server; else a small client of our
own. Both send the same requests and look at every answer.
"""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks import socket_client, wrk_client
from benchmarks.measured import Measured, put_together

WARM_UP_PARTS = 10


@dataclass(frozen=True, slots=True)
class Load:
    """The clients: how many connections are busy at once, and whether each call opens one of its own."""

    connections: int
    closes: bool

    @property
    def client(self) -> str:
        """The name of the client that this machine has."""
        return "wrk" if shutil.which("wrk") else "own client"

    def warm_up(self, port: int, requests: Sequence[bytes]) -> Measured:
        """Send each of the requests once. wrk stops at a time only, never after a number of requests.

        They go in parts, over new connections: a connection stays with one worker, and one that has few of them would
        come to know few numbers.
        """
        size = -(-len(requests) // WARM_UP_PARTS)
        parts = [requests[start : start + size] for start in range(0, len(requests), size)]
        measured = [socket_client.measure(port, part, self.connections, None, self.closes) for part in parts]
        return put_together((part, ()) for part in measured)

    def put_on(self, port: int, requests: Sequence[bytes], seconds: float) -> Measured:
        """Send the requests in turn, from the first again after the last, until the seconds are over."""
        if wrk := shutil.which("wrk"):
            return wrk_client.measure(wrk, port, requests, self.connections, seconds)
        return socket_client.measure(port, requests, self.connections, seconds, self.closes)
