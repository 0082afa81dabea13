"""Several hosts' processes read while admins pause and resume, Redis is flushed, and Redis is killed."""

import json
import os
import random
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path

import pytest

from app import create_app
from operations.check_routes import check_routes
from operations.pause_number import pause_number, resume_number
from tests.conftest import PROJECT, Stack, migrate, settings_for
from tests.consistency.reader_process import Promises
from tests.faults.town import fill
from tests.servers.postgres import PostgresServer
from tests.servers.valkey import ValkeyServer

SECONDS = 12.0
HOSTS = 2
PROCESSES_A_HOST = 2
READS_WANTED = 100_000
NUMBERS = [f"+1415555{index:04}" for index in range(20)]


@pytest.mark.timeout(180)
def test_no_read_is_stale_after_an_acknowledged_change(tmp_path: Path) -> None:
    """Of at least 100,000 look-ups in four processes on two hosts, none contradicts what an admin was told."""
    with PostgresServer(own=True) as postgres, ValkeyServer(own=True) as valkey:
        stack = Stack(postgres.create_database(), valkey.url)
        migrate(stack.database_url)
        admin = create_app(settings_for(stack, tmp_path / "admin"))
        who = fill(admin, len(NUMBERS))
        promises = Promises(tmp_path / "promises", len(NUMBERS))
        readers = start_readers(tmp_path, stack)
        stopping = threading.Event()
        fault_maker = threading.Thread(target=flush_and_kill, args=(valkey, stopping))
        writers = [
            threading.Thread(target=pause_and_resume, args=(admin, who, promises, share, stopping))
            for share in (range(0, 10), range(10, 20))
        ]

        for reader in readers:
            reader.stdin.write("go\n")
            reader.stdin.flush()
        for thread in (fault_maker, *writers):
            thread.start()
        counts = sum((Counter(json.loads(reader.communicate()[0])) for reader in readers), Counter())
        stopping.set()
        for thread in (fault_maker, *writers):
            thread.join()

        report(counts, promises)
        checked = check_routes(admin.extensions["changes"].database, host_copy(tmp_path, stack), None)
        admin.extensions["close"]()
    assert counts["stale"] == 0
    assert counts["judged"] >= READS_WANTED
    assert all(counts[f"from {source}"] > 0 for source in ("worker", "redis", "database"))
    assert checked.differences == ()


def start_readers(tmp_path: Path, stack: Stack) -> list[subprocess.Popen]:
    """Start the worker processes of each host, and wait until all are ready."""
    readers = []
    for host in range(HOSTS):
        arguments = {
            "database_url": stack.database_url,
            "redis_url": stack.redis_url,
            "data_dir": str(tmp_path / f"host{host}"),
            "promises": str(tmp_path / "promises"),
            "numbers": NUMBERS,
            "seconds": SECONDS,
            "restart_rate": 0.002,
        }
        command = [sys.executable, "-m", "tests.consistency.reader_process", json.dumps(arguments)]
        for _ in range(PROCESSES_A_HOST):
            with (tmp_path / f"reader{len(readers)}.log").open("w") as log:
                reader = subprocess.Popen(
                    command, cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True
                )
            readers.append(reader)
    for reader in readers:
        assert reader.stdout.readline() == "ready\n"
    return readers


def pause_and_resume(admin, who, promises: Promises, share: range, stopping: threading.Event) -> None:
    """Be an admin: pause or resume a number, and promise it to the readers only when it is in force."""
    while not stopping.wait(random.uniform(0, 0.05)):
        index = random.choice(share)
        _, _, decision = promises.read(index)
        operation = resume_number if decision == 1 else pause_number
        promises.begin(index)
        _, outcome = operation(admin.extensions["changes"], who, NUMBERS[index])
        while not outcome.in_force and not stopping.is_set():
            outcome = admin.extensions["changes"].confirm(outcome.n)
        if outcome.in_force:
            promises.acknowledge(index, 1 - decision)


def flush_and_kill(valkey: ValkeyServer, stopping: threading.Event) -> None:
    """Empty Redis, kill it, and bring it back empty or as it was a moment ago."""
    while not stopping.wait(random.uniform(0.2, 0.8)):
        fault = random.choice(("flush", "flush", "kill", "restore"))
        if fault == "flush":
            valkey.flush()
        elif fault == "kill":
            valkey.stop()
            stopping.wait(0.3)
            valkey.start()
        else:
            valkey.restart(keep_data=True)


def host_copy(tmp_path: Path, stack: Stack):
    return create_app(settings_for(stack, tmp_path / "host0")).extensions["local_store"]


def report(counts: Counter, promises: Promises) -> None:
    """Print what was counted, and append it to the file that FAULT_FIGURES names, for whoever measures."""
    figures = dict(counts) | {"changes": sum(promises.read(index)[1] for index in range(len(NUMBERS)))}
    print(figures)
    if path := os.environ.get("FAULT_FIGURES"):
        with Path(path).open("a") as file:
            file.write(json.dumps({"outage": "consistency"} | figures) + "\n")
