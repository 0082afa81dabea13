"""The router as operators run it: a real gunicorn in a process of its own, on a free port."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType

import requests

from tests.conftest import ACCOUNT_SID, AUTH_TOKEN, NOTHING_LISTENS, PROJECT, Stack
from tests.faults.load import Answered, post_call
from tests.servers.free_port import find_free_port

START_SECONDS = 30.0


class Service:
    """One host: its own `DATA_DIR`, port, workers and keeper. A context manager; `log` holds what it printed."""

    def __init__(
        self,
        stack: Stack,
        data_dir: Path,
        workers: int = 2,
        module: str = "wsgi",
        project: Path = PROJECT,
        **environment: str,
    ) -> None:
        self.module = module
        self.project = project
        self.port = find_free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.data_dir = data_dir
        self.log = data_dir.with_suffix(".log")
        self.environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(project),
            "DATABASE_URL": stack.database_url,
            "REDIS_URL": stack.redis_url,
            "DATA_DIR": str(data_dir),
            "PUBLIC_URL": self.url,
            "TWILIO_ACCOUNT_SID": ACCOUNT_SID,
            "TWILIO_AUTH_TOKEN": AUTH_TOKEN,
            "TWILIO_API_URL": NOTHING_LISTENS,
            "PORT": str(self.port),
            "WEB_CONCURRENCY": str(workers),
        } | environment
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, wait: bool = True) -> None:
        """Start gunicorn as the README does; return once it answers."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "gunicorn", "-c", "config/gunicorn.py", self.module],
                cwd=self.project,
                env=self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        if wait:
            self.wait_until_ready()

    def call(self, to_number: str) -> Answered:
        """Place one call to a number, each from somebody else: who calls over and over is taken for a loop."""
        return post_call(self.url, to_number, From=f"+1303555{random.randrange(10_000):04}")

    def wait_until_ready(self, path: str = "/readyz") -> None:
        """Wait until this host can answer some call."""
        give_up_at = time.monotonic() + START_SECONDS
        while time.monotonic() < give_up_at:
            try:
                if requests.get(self.url + path, timeout=2).status_code == 200:
                    return
            except requests.RequestException:
                pass
            time.sleep(0.05)
        raise TimeoutError(self.log.read_text()[-3000:])

    def wait_for_own_copy(self) -> None:
        """Wait until this host has its complete copy of the routes."""
        give_up_at = time.monotonic() + START_SECONDS
        while requests.get(self.url + "/readyz", timeout=10).json()["parts"]["host"] != "ok":
            if time.monotonic() > give_up_at:
                raise TimeoutError(self.log.read_text()[-3000:])
            time.sleep(0.05)

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        """The process id of gunicorn's master."""
        assert self._process is not None
        return self._process.pid

    def worker_pids(self) -> list[int]:
        """Return the process ids of the workers, of the one that keeps too."""
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text()
        return [int(pid) for pid in children.split()]

    def keeping_pid(self) -> int | None:
        """Return the process id of the worker that keeps; None while there is none, whoever stands in for it."""
        inode = (self.data_dir / "keeper.first").stat().st_ino
        locks = [line.split() for line in Path("/proc/locks").read_text().splitlines()]
        holders = {int(lock[4]) for lock in locks if lock[3] == "WRITE" and lock[5].endswith(f":{inode}")}
        return next(iter(holders & set(self.worker_pids())), None)

    def kill(self) -> None:
        """Kill the master and all workers at once, as a power cut of the process would."""
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None

    def stop(self) -> None:
        """End gracefully, as an operator does."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(timeout=30)
            self._process = None

    def __enter__(self) -> "Service":
        self.start()
        self.wait_for_own_copy()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()
