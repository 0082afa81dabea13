"""How a host ends: who waits is answered, who comes later is refused at once, and nobody is left hanging."""

import os
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPResponse
from pathlib import Path

import pytest

from tests.conftest import Stack
from tests.faults.service import Service
from tests.waiting import wait_for

REQUEST = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


@pytest.fixture
def service(migrated_sqlite: Path, tmp_path: Path) -> Iterator[Service]:
    with Service(Stack(f"sqlite:///{migrated_sqlite}", ""), tmp_path / "host") as running:
        yield running


def connect(service: Service) -> socket.socket:
    return socket.create_connection(("127.0.0.1", service.port), timeout=10)


def read_answer(connection: socket.socket) -> HTTPResponse:
    """Read an answer to its end, however many pieces it comes in."""
    answer = HTTPResponse(connection)
    answer.begin()
    answer.read()
    return answer


def is_refused(service: Service) -> bool:
    try:
        connect(service).close()
    except ConnectionRefusedError:
        return True
    except OSError:  # reset: it was let in just before the end
        return False
    return False


def test_ending_host_refuses_callers_while_it_still_serves_those_it_has(service: Service) -> None:
    """A proxy learns at once that it must ask another host, and loses nothing that it had sent before."""
    with closing(connect(service)) as kept:
        kept.sendall(REQUEST)
        assert read_answer(kept).status == 200

        os.kill(service.pid, signal.SIGTERM)
        wait_for(lambda: is_refused(service))
        kept.sendall(REQUEST)
        answer = read_answer(kept)

    assert answer.status == 200
    assert answer.getheader("Connection") == "close"


def test_ending_host_answers_those_who_wait_to_be_let_in(service: Service) -> None:
    """The workers are busy, connections queue in the kernel, and then the host is told to end."""
    workers = service.worker_pids()
    for pid in workers:
        os.kill(pid, signal.SIGSTOP)
    waiting = [connect(service) for _ in range(20)]
    for connection in waiting:
        connection.sendall(REQUEST)
    os.kill(service.pid, signal.SIGTERM)
    time.sleep(0.5)
    for pid in workers:
        os.kill(pid, signal.SIGCONT)

    answers = [read_answer(connection).status for connection in waiting]
    for connection in waiting:
        connection.close()
    assert answers == [200] * len(waiting)
