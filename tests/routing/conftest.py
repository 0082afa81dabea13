"""What the tests of the call path share: a door without servers, records in the database, hosts that drain to it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select, text

from models import Call
from operations.add_number import add_number
from operations.agents import create_agent
from operations.changes import Changes, Who
from routing.call_route import CallRoute
from tests.conftest import Stack, settings_for
from tests.routing.door import Door
from tests.routing.host import Host
from tests.waiting import wait_for

A, B = "+14155550100", "+14155550101"
LISTENING = """
    SELECT count(*) FROM pg_stat_activity
    WHERE query LIKE 'LISTEN%' AND state = 'idle' AND datname = current_database()
"""


def wait_until_listening(changes: Changes) -> None:
    """Wait until a keeper is told of what is committed; the one before that it finds by looking."""
    wait_for(lambda: changes.ask(lambda connection: connection.scalar(text(LISTENING))))


@pytest.fixture
def two_numbers(changes: Changes, who: Who) -> None:
    """Two numbers of one agent."""
    create_agent(changes, who, "Clara", "stream", "wss://agent.example.com/calls")
    for phone_number in (A, B):
        add_number(changes, who, phone_number, "Clara")


@pytest.fixture
def make_door(tmp_path: Path) -> Iterator[Callable[..., Door]]:
    """Make doors to chosen routes; settings of the TwiML and the signing secrets can be given."""
    made: list[Door] = []

    def make(*routes: CallRoute, **settings: object) -> Door:
        made.append(Door(tmp_path, *routes, **settings))
        return made[-1]

    yield make
    for door in made:
        door.local_store.close()
        door.counts.close()


@pytest.fixture
def door(make_door: Callable[..., Door]) -> Door:
    """A door to no number at all."""
    return make_door()


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait long for the database, in tests where a busy machine must not look like a fault."""
    monkeypatch.setattr("routing.deadline.DATABASE_SECONDS", 10.0)


@pytest.fixture
def stored_calls(app: Flask, patient: None) -> Callable[[], list[Call]]:
    """Drain this host's notes, and return all calls in the database in the order in which they came."""

    def drain_and_read() -> list[Call]:
        app.extensions["keeper"].drain()
        with app.extensions["changes"].database.reading() as session:
            return list(session.scalars(select(Call).order_by(Call.received_at, Call.id)))

    return drain_and_read


@pytest.fixture
def make_host(stack: Stack, tmp_path: Path) -> Iterator[Callable[[str], Host]]:
    """Make hosts, each with a disk of its own, on one database."""
    made: list[Host] = []

    def make(name: str = "host") -> Host:
        made.append(Host(settings_for(stack, tmp_path).database, tmp_path / name))
        return made[-1]

    yield make
    for host in made:
        host.close()


@pytest.fixture
def host(make_host: Callable[[str], Host]) -> Host:
    """One host."""
    return make_host("host")
