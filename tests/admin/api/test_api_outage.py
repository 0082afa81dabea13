"""The API while the database stands still: a decided answer, and soon, because its threads answer calls as well."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from app import create_app
from operations.accounts import create_account
from operations.changes import Changes, Who
from operations.permissions import SYSTEM
from operations.tokens import create_token
from tests.admin.api.conftest import Api
from tests.conftest import Stack, migrate, settings_for
from tests.servers.postgres import PostgresServer

SOON_SECONDS = 5.0


@pytest.fixture
def own_postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL server that this test may freeze."""
    with PostgresServer(own=True) as server:
        yield server
        server.thaw()


@pytest.fixture
def fragile(own_postgres: PostgresServer, tmp_path: Path) -> Iterator[Flask]:
    """A router on that server."""
    stack = Stack(own_postgres.create_database(), "")
    migrate(stack.database_url.replace("postgresql://", "postgresql+psycopg://"))
    app = create_app(settings_for(stack, tmp_path / "host"))
    yield app
    own_postgres.thaw()
    app.extensions["deadlined_access"].close()
    for thread in threading.enumerate():
        if thread.name.startswith("access-query"):
            thread.join(10)
    app.extensions["close"]()


def test_frozen_database_is_told_soon_and_over_with_when_it_thaws(own_postgres: PostgresServer, fragile: Flask) -> None:
    """503, so that the client asks again; nobody has to be restarted."""
    changes: Changes = fragile.extensions["changes"]
    account_id = create_account(changes, Who(None, "test", SYSTEM), "Example Business")["id"]
    api = Api(fragile, create_token(changes, Who(account_id, "test", SYSTEM), "member")["token"])
    assert api.get("/numbers").status_code == 200

    own_postgres.freeze()
    began_at = time.monotonic()
    frozen = api.get("/numbers")
    seconds = time.monotonic() - began_at
    own_postgres.thaw()

    assert (frozen.status_code, frozen.json["code"]) == (503, "database_unavailable")
    assert seconds < SOON_SECONDS
    assert api.get("/numbers").status_code == 200
