"""A load generator in a few lines, for machines without wrk: processes that each watch some connections."""

import re
import signal
import socket
import time
from collections.abc import Sequence
from contextlib import suppress
from itertools import cycle
from multiprocessing import get_context
from multiprocessing.connection import Connection
from selectors import EVENT_READ, DefaultSelector

from benchmarks.measured import Measured, put_together

PROCESSES = 2
PATIENCE_SECONDS = 15.0  # Twilio's own
CONTENT_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)\r\n", re.IGNORECASE)


def measure(port: int, requests: Sequence[bytes], connections: int, seconds: float | None, closes: bool) -> Measured:
    """Put the load on a server of this machine, from PROCESSES processes that share requests and connections.

    The requests are sent in turn until the seconds are over, the first again after the last; without a number of
    seconds each is sent once.
    """
    context = get_context("fork")  # the children inherit the requests, which would take seconds to hand over
    results, processes = [], []
    for index in range(PROCESSES):
        share = connections // PROCESSES + (index < connections % PROCESSES)
        if not share:
            continue
        receiver, sender = context.Pipe(duplex=False)
        arguments = (port, requests[index::PROCESSES], share, seconds, closes, sender)
        process = context.Process(target=_run_client, args=arguments, daemon=True)
        process.start()
        sender.close()
        processes.append(process)
        results.append(receiver)
    try:
        return put_together(receiver.recv() for receiver in results)
    finally:
        for process in processes:
            process.terminate()
            process.join()


class Line:
    """One caller: sends a call, collects its answer, sends the next."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), PATIENCE_SECONDS)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._answer = b""

    def fileno(self) -> int:
        return self._socket.fileno()

    def send(self, request: bytes) -> None:
        self._answer = b""
        self._socket.sendall(request)

    def receive(self) -> bytes | None:
        """Read what has come; return the answer once it is whole, or as far as it came before the server hung up."""
        try:
            received = self._socket.recv(65_536)
        except OSError:
            received = b""
        self._answer += received
        return self._answer if not received or _is_whole(self._answer) else None

    def close(self) -> None:
        self._socket.close()


class Client:
    """One process's share: its lines, and the calls that they send in turn."""

    def __init__(self, port: int, requests: Sequence[bytes], seconds: float | None, closes: bool) -> None:
        self._port = port
        self._count = len(requests)
        self._seconds = seconds
        self._requests = cycle(requests) if seconds else iter(requests)
        self._closes = closes
        self._selector = DefaultSelector()
        self._started: dict[Line, float] = {}
        self._sent = self._wrong = 0
        self._first_wrong = ""
        self._latencies: list[float] = []

    def run(self, connections: int) -> tuple[Measured, list[float]]:
        """Keep all lines busy to the end, then wait for the last answers, which do not count once time is over."""
        begun = time.perf_counter()
        deadline = begun + (self._seconds or float("inf"))
        for _ in range(connections):
            self._send_next(None)
        while self._started and (events := self._selector.select(PATIENCE_SECONDS)):
            for key, _ in events:
                self._receive(key.fileobj, deadline)  # type: ignore[arg-type]
        unanswered = len(self._started)
        measured = Measured(
            seconds=self._seconds or time.perf_counter() - begun,
            answers=len(self._latencies),
            wrong=self._wrong + unanswered,
            calls=min(self._sent, self._count),
            unanswered=unanswered,
            p50_ms=0.0,
            p99_ms=0.0,
            first_wrong=self._first_wrong or ("no answer" if unanswered else ""),
        )
        return measured, self._latencies

    def _send_next(self, line: Line | None) -> None:
        """Send the next call, if there is one; opening the line for it counts as part of the time that it takes.

        A caller who does not get through is a wrong answer, and does not call again.
        """
        request = next(self._requests, None)
        if request is None:
            return self._close(line)
        self._sent += 1
        started = time.perf_counter()
        try:
            line = line or self._open_line()
            line.send(request)
            self._started[line] = started
        except OSError as error:
            self._note_wrong(type(error).__name__)
            self._close(line)

    def _open_line(self) -> Line:
        line = Line(self._port)
        self._selector.register(line, EVENT_READ)
        return line

    def _close(self, line: Line | None) -> None:
        if line is not None:
            self._selector.unregister(line)
            line.close()

    def _receive(self, line: Line, deadline: float) -> None:
        answer = line.receive()
        if answer is None:
            return
        now = time.perf_counter()
        started = self._started.pop(line)
        if now < deadline:
            self._latencies.append(now - started)
        is_right = answer.startswith(b"HTTP/1.1 200 ") and b"<Response" in answer
        if not is_right:
            self._note_wrong(answer[:300].decode(errors="replace"))
        is_over = now >= deadline
        if is_over or self._closes or not is_right:
            self._close(line)
        if not is_over:
            self._send_next(None if self._closes or not is_right else line)

    def _note_wrong(self, answer: str) -> None:
        self._wrong += 1
        self._first_wrong = self._first_wrong or answer or "hung up"


def _run_client(
    port: int, requests: Sequence[bytes], connections: int, seconds: float | None, closes: bool, sender: Connection
) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # not what the benchmark itself does when it is told to end
    with suppress(KeyboardInterrupt):  # the benchmark itself says that it was interrupted
        sender.send(Client(port, requests, seconds, closes).run(connections))


def _is_whole(answer: bytes) -> bool:
    head, found, body = answer.partition(b"\r\n\r\n")
    length = CONTENT_LENGTH.search(head + b"\r\n")
    return bool(found and length and len(body) >= int(length[1]))
