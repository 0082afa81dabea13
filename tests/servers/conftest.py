"""Servers of our own for these tests, whatever the environment names: only those can be made to fail."""

from collections.abc import Iterator

import pytest

from tests.servers.postgres import PostgresServer
from tests.servers.valkey import ValkeyServer


@pytest.fixture
def valkey() -> Iterator[ValkeyServer]:
    with ValkeyServer(own=True) as running:
        yield running


@pytest.fixture(scope="session")
def shared_postgres() -> Iterator[PostgresServer]:
    with PostgresServer(own=True) as running:
        yield running


@pytest.fixture
def postgres(shared_postgres: PostgresServer) -> PostgresServer:
    shared_postgres.start()
    shared_postgres.thaw()
    return shared_postgres
