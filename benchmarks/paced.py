"""Callers who come at a steady rate whatever the server does, in a process of their own.

A call's time counts from the moment at which it was due: a server that stands still makes all of them wait, not one.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Event
from queue import SimpleQueue
from threading import Thread

from benchmarks.measured import Measured, put_together
from benchmarks.socket_client import Line

CALLERS = 8
Latencies = list[float]


class Paced:
    """What came of the calls, once the block has ended."""

    measured: Measured


@contextmanager
def paced_calls(ports: Sequence[int], requests: Sequence[bytes], rate: float) -> Iterator[Paced]:
    """Send the requests in turn, `rate` a second in all and to each port in turn, while the block lasts."""
    context = get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    stopping = context.Event()
    process = context.Process(target=_call_all, args=(ports, requests, rate, stopping, sender), daemon=True)
    process.start()
    sender.close()
    paced = Paced()
    try:
        yield paced
    finally:
        stopping.set()
        paced.measured = put_together([receiver.recv()])
        process.join()


def _call_all(
    ports: Sequence[int], requests: Sequence[bytes], rate: float, stopping: Event, sender: Connection
) -> None:
    due: SimpleQueue[tuple[float, int, bytes] | None] = SimpleQueue()
    answers: list[tuple[float, str]] = []
    callers = [Thread(target=_call, args=(due, answers)) for _ in range(CALLERS)]
    for caller in callers:
        caller.start()
    began_at = time.perf_counter()
    sent = 0
    while not stopping.is_set():
        moment = began_at + sent / rate
        time.sleep(max(0.0, moment - time.perf_counter()))
        due.put((moment, ports[sent % len(ports)], requests[sent % len(requests)]))
        sent += 1
    for _ in callers:
        due.put(None)
    for caller in callers:
        caller.join()
    wrong = [problem for _, problem in answers if problem]
    seconds = time.perf_counter() - began_at
    measured = Measured(seconds, len(answers), len(wrong), sent, 0, 0.0, 0.0, wrong[0] if wrong else "")
    sender.send((measured, [latency for latency, _ in answers]))


def _call(due: "SimpleQueue[tuple[float, int, bytes] | None]", answers: list[tuple[float, str]]) -> None:
    while (call := due.get()) is not None:
        moment, port, request = call
        problem = _answer_of(port, request)
        answers.append((time.perf_counter() - moment, problem))


def _answer_of(port: int, request: bytes) -> str:
    """Place one call on a connection of its own; return what was wrong with the answer."""
    try:
        line = Line(port)
    except OSError as error:
        return type(error).__name__
    try:
        line.send(request)
        while (answer := line.receive()) is None:
            pass
    except OSError as error:
        return type(error).__name__
    finally:
        line.close()
    is_right = answer.startswith(b"HTTP/1.1 200 ") and b"<Response" in answer
    return "" if is_right else answer[:200].decode(errors="replace") or "hung up"
