"""Two real router hosts on PostgreSQL and Redis, and the shipped proxies before them."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from app import create_app
from models import Call
from tests.conftest import PUBLIC_URL, Stack, settings_for
from tests.deploy.proxies import PROXIES, Proxy, left_out
from tests.faults.service import Service
from tests.faults.town import TO_NUMBERS, fill
from tests.servers.postgres import PostgresServer
from tests.servers.valkey import ValkeyServer
from tests.waiting import wait_for

NUMBERS = 200


@dataclass
class Hosts:
    """Two hosts that share a database and a Redis, and an admin's process on a third."""

    first: Service
    second: Service
    admin: Flask

    @property
    def ports(self) -> tuple[int, int]:
        return self.first.port, self.second.port

    def wait_until_recorded(self, call_sids: set[str]) -> None:
        """Wait until the database has each of these calls; a host records when it comes back what it noted before."""
        wait_for(lambda: call_sids <= self.recorded_call_sids(), 30)

    def recorded_call_sids(self) -> set[str]:
        with self.admin.extensions["changes"].database.reading() as session:
            return set(session.scalars(select(Call.call_sid)))


@pytest.fixture(scope="package")
def running_hosts(
    postgres: PostgresServer, valkey: ValkeyServer, migrated_postgres: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Hosts]:
    """Two hosts with 200 active numbers of one agent, for all tests of the package."""
    folder = tmp_path_factory.mktemp("hosts")
    valkey.flush()
    stack = Stack(postgres.create_database(migrated_postgres), valkey.url)
    admin = create_app(settings_for(stack, folder / "admin"))
    fill(admin, NUMBERS)
    first, second = (Service(stack, folder / name, PUBLIC_URL=PUBLIC_URL) for name in ("first", "second"))
    try:
        for host in (first, second):
            host.start(wait=False)
        for host in (first, second):
            host.wait_until_ready()
            host.wait_for_own_copy()
        yield Hosts(first, second, admin)
    finally:
        first.kill()
        second.kill()
        admin.extensions["close"]()
        for thread in threading.enumerate():
            if thread.name.startswith("route-query"):
                thread.join(5)
    postgres.drop_database(stack.database_url)


@pytest.fixture(params=[pytest.param(kind, id=kind.program, marks=left_out(kind)) for kind in PROXIES])
def kind_of_proxy(request: pytest.FixtureRequest) -> type[Proxy]:
    """Each proxy that is shipped and installed, in turn."""
    return request.param


@pytest.fixture
def proxy(kind_of_proxy: type[Proxy], running_hosts: Hosts, tmp_path: Path) -> Iterator[Proxy]:
    """A proxy before the two hosts."""
    with kind_of_proxy(tmp_path, running_hosts.ports) as proxy:
        yield proxy


@pytest.fixture
def hosts(running_hosts: Hosts) -> Hosts:
    """The two hosts, both ready whatever the test before did to them."""
    for host in (running_hosts.first, running_hosts.second):
        host.wait_until_ready()
    return running_hosts


@pytest.fixture
def to_numbers() -> list[str]:
    """The numbers that are active."""
    return TO_NUMBERS[:NUMBERS]
