"""The PostgreSQL server answers, freezes, stops and comes back when a test says so."""

import socket
import struct
from contextlib import closing
from threading import Thread

import psutil  # type: ignore[import-untyped]
import psycopg
import pytest

from tests.servers.postgres import PostgresServer
from tests.servers.server import CannotFail

SSL_REQUEST = struct.pack("!ii", 8, 80877103)  # the first message of a PostgreSQL client


def select_one(url: str) -> object:
    with psycopg.connect(url) as connection:
        return connection.execute("SELECT 1").fetchone()


def first_byte(port: int) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=0.2) as client:
        client.sendall(SSL_REQUEST)
        return client.recv(1)


def test_postgres_answers(postgres: PostgresServer) -> None:
    """A started PostgreSQL answers, and its settings are the fast ones."""
    with psycopg.connect(postgres.url) as connection:
        settings = connection.execute("SELECT name, setting FROM pg_settings").fetchall()

    assert {
        ("fsync", "off"),
        ("synchronous_commit", "on"),
        ("listen_addresses", "127.0.0.1"),
        ("unix_socket_directories", ""),
        ("max_connections", "200"),
    } <= set(settings)


def test_database_copies_its_template(postgres: PostgresServer) -> None:
    """A new database is empty or a copy of its template, and is gone once dropped, even while in use."""
    template = postgres.create_database()
    with psycopg.connect(template) as connection:
        connection.execute("CREATE TABLE number AS SELECT 7 AS id")

    copy = postgres.create_database(template)
    with closing(psycopg.connect(copy)) as connection:
        assert connection.execute("SELECT id FROM number").fetchone() == (7,)
        postgres.drop_database(copy)
        with pytest.raises(psycopg.errors.AdminShutdown):
            connection.execute("SELECT 1")
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        psycopg.connect(copy)


def test_frozen_postgres_keeps_old_and_new_clients_waiting(postgres: PostgresServer) -> None:
    """A frozen PostgreSQL answers neither a new client nor one already connected; thawed, it answers both."""
    answers: list[object] = []
    with psycopg.connect(postgres.url) as connection:
        postgres.freeze()
        query = Thread(target=lambda: answers.append(connection.execute("SELECT 1").fetchone()), daemon=True)
        query.start()
        with pytest.raises(TimeoutError):
            first_byte(postgres.port)
        query.join(0.2)
        assert answers == []

        postgres.thaw()
        query.join(5)
    assert answers == [(1,)]
    assert select_one(postgres.url) == (1,)


def test_committed_rows_survive_a_restart(postgres: PostgresServer) -> None:
    """A restart, even of a frozen server and without warning, keeps the port and what was committed."""
    database = postgres.create_database()
    with psycopg.connect(database) as connection:
        connection.execute("CREATE TABLE number AS SELECT 7 AS id")

    postgres.freeze()
    postgres.restart()
    with psycopg.connect(database) as connection:
        assert connection.execute("SELECT id FROM number").fetchone() == (7,)


@pytest.mark.parametrize("graceful", [False, True])
def test_stopped_postgres_leaves_no_process(postgres: PostgresServer, graceful: bool) -> None:
    """A stopped PostgreSQL refuses connections and none of its processes lives on, clients or not."""
    with closing(psycopg.connect(postgres.url)):
        processes = psutil.Process(postgres.pid).children(recursive=True)
        postgres.freeze()
        postgres.stop(graceful=graceful)

    assert processes
    assert not any(process.is_running() for process in processes)
    with pytest.raises(ConnectionRefusedError):
        first_byte(postgres.port)


def test_two_postgres_run_side_by_side(postgres: PostgresServer) -> None:
    """Two servers share neither port nor fate."""
    with PostgresServer(own=True) as other:
        postgres.freeze()

        assert select_one(other.url) == (1,)


def test_external_postgres_gets_all_back(postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server from the environment, whatever its driver, lends databases, cannot fail and gets all back."""
    monkeypatch.setenv("TEST_DATABASE_URL", postgres.url.replace("postgresql:", "postgresql+psycopg:"))
    with PostgresServer() as external:
        database = external.create_database()
        assert external.can_fail is False
        assert select_one(database) == (1,)
        with pytest.raises(CannotFail):
            external.freeze()

    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        psycopg.connect(database)
    assert select_one(postgres.url) == (1,)
