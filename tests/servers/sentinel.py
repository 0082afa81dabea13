"""A real Sentinel for tests, which makes the replica the master soon after the master is gone."""

from pathlib import Path
from typing import ClassVar

from redis import Redis
from redis.exceptions import RedisError

from tests.servers.folder import ServerFolder
from tests.servers.server import Server
from tests.servers.valkey import ValkeyServer, find_program

MASTER_NAME = "clara"
DOWN_AFTER_MILLISECONDS = 500


class SentinelServer(Server):
    """Watches over `master`, alone. (Three of them would have to agree; how they do is not ours to test.)"""

    environment_variable: ClassVar[str] = "TEST_SENTINEL_URL"

    def __init__(self, master: ValkeyServer) -> None:
        super().__init__(own=True)
        self._master = master

    @property
    def url(self) -> str:
        """Return what REDIS_URL is set to."""
        return f"redis+sentinel://127.0.0.1:{self.port}/{MASTER_NAME}"

    def prepare(self, folder: ServerFolder) -> None:
        lines = [
            f"monitor {MASTER_NAME} 127.0.0.1 {self._master.port} 1",
            f"down-after-milliseconds {MASTER_NAME} {DOWN_AFTER_MILLISECONDS}",
            f"failover-timeout {MASTER_NAME} 3000",
        ]
        self._settings(folder).write_text("".join(f"sentinel {line}\n" for line in lines))

    def command(self, folder: ServerFolder) -> list[str]:
        program, settings = find_program(), str(self._settings(folder))
        return [program, settings, "--sentinel", "--bind", "127.0.0.1", "--port", str(self.port)]

    def answers(self, folder: ServerFolder) -> bool:
        try:
            return bool(self._ask("INFO", "server")["process_id"] == self.pid)
        except (RedisError, OSError):
            return False

    def knows_replicas(self, count: int) -> bool:
        """Tell whether it has found so many replicas that it could turn to."""
        return len(self._ask("SENTINEL", "REPLICAS", MASTER_NAME)) == count

    def _ask(self, *words: str) -> dict | list:
        with Redis(port=self.port, socket_timeout=5, decode_responses=True) as client:
            return client.execute_command(*words)

    @staticmethod
    def _settings(folder: ServerFolder) -> Path:
        return folder.path / "sentinel.conf"
