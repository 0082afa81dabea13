"""A wire between the router and a server, which a test may cut, slow down and spoil."""

import subprocess
import sys
from types import TracebackType
from urllib.parse import urlsplit

from tests.conftest import PROJECT
from tests.servers.free_port import find_free_port


class Wire:
    """Runs `wire_process.py`, which tells what the words mean; a context manager."""

    def __init__(self, target_url: str) -> None:
        parts = urlsplit(target_url)
        self.port = find_free_port()
        self.url = parts._replace(netloc=parts.netloc.replace(f":{parts.port}", f":{self.port}")).geturl()
        self._target_port = parts.port
        self._process: subprocess.Popen[str] | None = None

    def behave(self, how: str = "pass") -> None:
        """Return once it behaves so: `pass`, `refuse`, `hole`, `late 50`, `garble` or `cut`."""
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(f"{how}\n")
        self._process.stdin.flush()
        self._wait()

    def _wait(self) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "done\n"

    def __enter__(self) -> "Wire":
        command = [sys.executable, "-m", "tests.faults.wire_process", str(self.port), str(self._target_port)]
        self._process = subprocess.Popen(
            command, cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
        )
        self._wait()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
