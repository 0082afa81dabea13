"""Everything that stands behind the servers: PostgreSQL, Valkey, the numbers in them, and a folder for one host."""

import json
import os
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Self

from redis import Redis
from sqlalchemy import func, select, text

from benchmarks.calls import ACCOUNT_SID, AUTH_TOKEN, PUBLIC_URL
from benchmarks.seed import agent_of, seed
from config.settings import Settings, load_settings
from models import Call, Database
from tests.servers.postgres import PostgresServer
from tests.servers.valkey import ValkeyServer

PROJECT = Path(__file__).parents[1]
FIRST_HOST = "host"


class Stack:
    """A context manager; whatever it started or wrote is gone at its end."""

    def __init__(self, numbers: int) -> None:
        self.numbers = numbers
        self.postgres = PostgresServer(own=True)
        self.valkey = ValkeyServer(own=True)
        self._resources = ExitStack()

    def __enter__(self) -> Self:
        with self._resources:
            self.folder = Path(self._resources.enter_context(tempfile.TemporaryDirectory(prefix="benchmark-")))
            self._resources.enter_context(self.postgres)
            self._resources.enter_context(self.valkey)
            self._settings = {
                "DATABASE_URL": self.postgres.create_database(),
                "REDIS_URL": self.valkey.url,
                "DATA_DIR": str(self.folder / FIRST_HOST),
                "PUBLIC_URL": PUBLIC_URL,
                "TWILIO_ACCOUNT_SID": ACCOUNT_SID,
                "TWILIO_API_URL": "http://127.0.0.1:1",  # nobody answers there
                "TWILIO_AUTH_TOKEN": AUTH_TOKEN,
            }
            self._prepare()
            self._resources = self._resources.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._resources.close()

    @property
    def by_the_book_redis_url(self) -> str:
        """The URL of the Redis database with a key per number, beside the one with our hash."""
        return self.valkey.url.removesuffix("/0") + "/1"

    def environment(self, port: int = 0, host: str = FIRST_HOST) -> dict[str, str]:
        """Return the environment of a process of the host of that name: each has a folder of its own."""
        own = {"DATA_DIR": str(self.folder / host), "HOST": "127.0.0.1", "PORT": str(port)}
        return os.environ | self._settings | own | {"PYTHONPATH": str(PROJECT)}

    def settings(self) -> Settings:
        """Return the settings that those processes find."""
        return load_settings(_env_file=None, **{name.lower(): value for name, value in self._settings.items()})

    def forget_calls(self) -> None:
        """Remove all records, so that the next server may be sent the same calls."""
        with self._database.writing() as session:
            session.execute(text("TRUNCATE calls, call_events"))

    def count_calls(self) -> dict[str, int]:
        """Return how many records there are, by who knew the route."""
        with self._database.reading_fresh() as connection:
            query = select(Call.route_source, func.count()).group_by(Call.route_source)
            return {str(source): count for source, count in connection.execute(query)}

    def _prepare(self) -> None:
        migrate(self.environment())
        settings = self.settings()
        self._database = Database(settings.database)
        self._resources.callback(self._database.close)
        seed(settings, self.numbers)
        with self._database.writing() as session:  # as autovacuum would before long, which is off in these servers
            session.execute(text("ANALYZE"))
        with Redis.from_url(self.by_the_book_redis_url) as redis:
            redis.mset({number: json.dumps(agent) for number, agent in agent_of(self.numbers)})


def migrate(environment: dict[str, str]) -> None:
    """Make the tables in the database that this environment names."""
    command = [sys.executable, "-m", "alembic", "upgrade", "head"]
    subprocess.run(command, cwd=PROJECT, env=environment, check=True, capture_output=True)
