"""No call fails while the database is migrated beneath the version before, and its hosts are replaced."""

import random
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from flask import Flask

from app import create_app
from operations.changes import Who
from operations.pause_number import pause_number
from operations.permissions import SYSTEM
from tests.conftest import Stack, migrate, settings_for
from tests.deploy.figures import report
from tests.deploy.old_version import NoHistory, check_out_version_before_newest_migration
from tests.faults.load import Answered, Load
from tests.faults.service import Service
from tests.faults.town import TO_NUMBERS
from tests.servers.postgres import PostgresServer
from tests.servers.valkey import ValkeyServer
from tests.waiting import wait_for

NUMBERS, PAUSED = TO_NUMBERS[:100], TO_NUMBERS[100]
# As any version can read it: `fill` writes what the models of this one have.
SMALL_BUSINESS = """
INSERT INTO accounts (id, name, created_at) VALUES (1, 'Example Business', now());
INSERT INTO agents (id, account_id, name, handoff_kind, handoff_target, created_at)
VALUES (1, 1, 'Clara', 'phone', '+12125550182', now());
INSERT INTO numbers (account_id, phone_number, label, status, agent_id, purchased_at)
SELECT 1, '+1415555' || lpad(i::text, 4, '0'), '', 'active', 1, now() FROM generate_series(0, 100) AS i;
"""


@dataclass
class Proxy:
    """Asks one of the hosts that serve, and another one where a host refuses, as the shipped proxies do."""

    serving: list[Service]

    def call(self, to_number: str) -> Answered:
        hosts = random.sample(self.serving, len(self.serving))
        for host in hosts[:-1]:
            answered = host.call(to_number)
            if not answered.problem.endswith("refused"):
                return answered
        return hosts[-1].call(to_number)


@dataclass
class Upgrade:
    """A database that the version before uses, a host of that version, and one of this version that is not started."""

    url: str
    stack: Stack
    old: Service
    new: Service

    def stored_call_sids(self) -> set[str]:
        with psycopg.connect(self.url) as connection:
            return {call_sid for (call_sid,) in connection.execute("SELECT call_sid FROM calls")}


@pytest.fixture
def upgrade(postgres: PostgresServer, valkey: ValkeyServer, tmp_path: Path) -> Iterator[Upgrade]:
    """An operator is about to upgrade."""
    project = tmp_path / "version-before"
    project.mkdir()
    try:
        revision = check_out_version_before_newest_migration(project)
    except NoHistory as problem:
        pytest.skip(str(problem))
    valkey.flush()
    url = postgres.create_database()
    migrate(url.replace("postgresql://", "postgresql+psycopg://"), revision)
    with psycopg.connect(url) as connection:
        connection.execute(SMALL_BUSINESS)
    stack = Stack(url, valkey.url)
    old, new = Service(stack, tmp_path / "old", 1, project=project), Service(stack, tmp_path / "new", 1)
    with old:
        yield Upgrade(url, stack, old, new)
        new.kill()
    postgres.drop_database(url)


@pytest.fixture
def admins(upgrade: Upgrade, tmp_path: Path) -> Iterator[list[Flask]]:
    """The processes that an admin opens, to be closed."""
    opened: list[Flask] = []
    yield opened
    for admin in opened:
        admin.extensions["close"]()
    for thread in threading.enumerate():
        if thread.name.startswith(("route-query", "change-")):
            thread.join(5)


@pytest.mark.timeout(300)
def test_no_call_fails_while_the_version_before_is_replaced(
    upgrade: Upgrade, admins: list[Flask], tmp_path: Path
) -> None:
    """It answers while its database changes and beside the new one, whose pauses hold on its host too."""
    proxy = Proxy([upgrade.old])
    with Load(proxy.call, NUMBERS, rate=20, threads=4) as load:
        wait_for_more(load)
        migrate(upgrade.url.replace("postgresql://", "postgresql+psycopg://"))
        wait_for_more(load)
        upgrade.new.start()
        upgrade.new.wait_for_own_copy()
        proxy.serving = [upgrade.old, upgrade.new]
        wait_for_more(load)
        admins.append(create_app(settings_for(upgrade.stack, tmp_path / "admin")))
        changes = admins[0].extensions["changes"]
        n = pause_number(changes, Who(1, "test", SYSTEM), PAUSED)[1].n
        wait_for(lambda: not changes.hosts_without(n), 60)
        met = {host.call(PAUSED).verb for host in proxy.serving for _ in range(3)}
        proxy.serving = [upgrade.new]
        upgrade.old.stop()
        wait_for_more(load)

    report("old version, migration, new version", load.answered)
    assert load.failed() == []
    assert met == {"Reject"}
    wait_for(lambda: load.call_sids() <= upgrade.stored_call_sids(), 60)


def wait_for_more(load: Load, calls: int = 20) -> None:
    """Wait until so many more calls have been answered."""
    enough = len(load.answered) + calls
    wait_for(lambda: len(load.answered) >= enough, 60)
