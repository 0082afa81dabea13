"""A host with its own servers, which a test may stop, freeze and kill."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import insert, select

from app import create_app
from models import Agent, Call, Location, Number
from operations.accounts import create_account
from operations.changes import Changes, Who
from operations.permissions import SYSTEM
from tests.conftest import Stack, migrate, settings_for
from tests.faults.service import Service
from tests.servers.postgres import PostgresServer
from tests.servers.valkey import ValkeyServer

NUMBERS = 10_000
TO_NUMBERS = [f"+1415555{index:04}" for index in range(NUMBERS)]


@dataclass
class Town:
    """A host under test with its servers, and an admin's process of the same host."""

    postgres: PostgresServer
    valkey: ValkeyServer
    stack: Stack
    service: Service
    admin: Flask
    who: Who

    @property
    def changes(self) -> Changes:
        return self.admin.extensions["changes"]

    def recorded_call_sids(self) -> set[str]:
        """Drain what waits on the host and return the calls that the database has."""
        self.admin.extensions["keeper"].drain()
        with self.changes.database.reading() as session:
            return set(session.scalars(select(Call.call_sid)))


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    """10,000 active numbers of one agent, on PostgreSQL and Redis of the test's own."""
    with PostgresServer(own=True) as postgres, ValkeyServer(own=True) as valkey:
        stack = Stack(postgres.create_database(), valkey.url)
        migrate(stack.database_url)
        admin = create_app(settings_for(stack, tmp_path / "host"))
        who = fill(admin)
        with Service(stack, tmp_path / "host", FALLBACK_NUMBER="+14155550190") as service:
            yield Town(postgres, valkey, stack, service, admin, who)
        postgres.thaw()
        valkey.thaw()
        admin.extensions["close"]()
        for thread in threading.enumerate():
            if thread.name.startswith("route-query"):
                thread.join(5)


def fill(admin: Flask, count: int = NUMBERS) -> Who:
    """Put an agent, a location and many numbers into an empty database."""
    changes: Changes = admin.extensions["changes"]
    account_id = create_account(changes, Who(None, "test", SYSTEM), "Example Business")["id"]
    with changes.database.writing() as session:
        agent = Agent(account_id=account_id, name="Clara", handoff_kind="phone", handoff_target="+12125550182")
        location = Location(account_id=account_id, name="Downtown")
        session.add_all([agent, location])
        session.flush()
        shared = {"account_id": account_id, "status": "active", "agent_id": agent.id, "location_id": location.id}
        rows = [shared | {"phone_number": phone_number, "label": ""} for phone_number in TO_NUMBERS[:count]]
        session.execute(insert(Number), rows)
    return Who(account_id, "test", SYSTEM)
