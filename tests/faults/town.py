"""A host with 10,000 numbers, an admin's process beside it, and servers and wires that a test may make fail."""

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Self

import psycopg
import requests
from flask import Flask
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import insert

from app import create_app
from models import Agent, Location, Number
from operations.accounts import create_account
from operations.changes import Changes, Who
from operations.errors import OperationError
from operations.in_force import Outcome
from operations.pause_number import pause_number
from operations.permissions import SYSTEM
from tests.conftest import Stack, migrate, settings_for
from tests.faults.load import Answered
from tests.faults.mounts import empty_again, host_view, own_file_system, set_read_only
from tests.faults.service import Service
from tests.faults.wire import Wire
from tests.servers.postgres import PostgresServer
from tests.servers.valkey import ValkeyServer
from tests.waiting import wait_for

NUMBERS = 10_000
TO_NUMBERS = [f"+1415555{index:04}" for index in range(NUMBERS)]
AGENT, LAST_RESORT = "+12125550182", "+12125550190"
RECOVERED_WITHIN_SECONDS = 30.0


class Town:
    """A context manager. The host reaches its servers by wires of its own, and the admin's process by others.

    `paused` tells since when (`time.perf_counter()`) the pause of a number has been acknowledged as in force, and
    `unsure` holds those whose pause was begun and not acknowledged: callers of these may meet either.
    """

    def __init__(self, folder: Path) -> None:
        self.data_dir = folder / "data"
        self._opened = ExitStack()
        self._to_be_paused = iter(reversed(TO_NUMBERS))
        self.paused: dict[str, float] = {}
        self.unsure: set[str] = set()

    def __enter__(self) -> Self:
        with ExitStack() as opened:
            self.postgres = opened.enter_context(PostgresServer(own=True))
            self.valkey = opened.enter_context(ValkeyServer(own=True))
            redis_url, admin_redis_url = self._connect_redis(opened)
            self.direct = Stack(self.postgres.create_database(), self.valkey.url)
            self.database, self.admin_database = (
                opened.enter_context(Wire(self.direct.database_url)) for _ in range(2)
            )
            migrate(self.direct.database_url)
            admin_stack = Stack(self.admin_database.url, admin_redis_url)
            self.can_mount = opened.enter_context(own_file_system(self.data_dir))
            self.admin: Flask = create_app(settings_for(admin_stack, self.data_dir))
            opened.callback(self._close_admin)
            self.who = fill(self.admin)
            host_stack = Stack(self.database.url, redis_url)
            self.service = Service(host_stack, host_view(self.data_dir), FALLBACK_NUMBER=LAST_RESORT)
            opened.enter_context(self.service)
            self._opened = opened.pop_all()
        return self

    def _connect_redis(self, opened: ExitStack) -> tuple[str, str]:
        """Lay the wires to Redis; return the URLs under which the host and the admin's process reach it."""
        self.redis, self.admin_redis = (opened.enter_context(Wire(self.valkey.url)) for _ in range(2))
        return self.redis.url, self.admin_redis.url

    def __exit__(self, *_: object) -> None:
        self.postgres.thaw()
        self.valkey.thaw()
        self._opened.close()

    def _close_admin(self) -> None:
        self.admin.extensions["close"]()
        for thread in threading.enumerate():
            if thread.name.startswith(("route-query", "change-")):
                thread.join(5)

    @property
    def changes(self) -> Changes:
        return self.admin.extensions["changes"]

    @property
    def wires(self) -> tuple[Wire, ...]:
        return self.redis, self.admin_redis, self.database, self.admin_database

    def pause_next(self) -> str:
        """Pause one more number as the admin, and return what the admin is told: 200, 202 or 503 and why."""
        number = self.next_to_be_paused()
        try:
            outcome: Outcome = pause_number(self.changes, self.who, number)[1]
        except OperationError as error:
            return f"{error.status} {error.code}"
        if not outcome.in_force:
            return "202 not yet in force"
        self.paused[number] = time.perf_counter()
        return "200 in force"

    def pause_until_in_force(self) -> str:
        """Pause one more number, again if the machine is too busy to confirm it in time; return it."""
        number = self.next_to_be_paused()
        wait_for(lambda: pause_number(self.changes, self.who, number)[1].in_force, RECOVERED_WITHIN_SECONDS)
        self.paused[number] = time.perf_counter()
        return number

    def next_to_be_paused(self) -> str:
        """Return a number that is active yet; from now on its callers may meet either."""
        number = next(self._to_be_paused)
        self.unsure.add(number)
        return number

    def is_right(self, call: Answered) -> bool:
        """Tell whether a call's answer was the right one, as far as the admin was told."""
        is_handed_over = call.verb == "Dial" and AGENT in call.said
        if call.to_number in self.paused and call.began >= self.paused[call.to_number]:
            return call.verb == "Reject"
        if call.to_number in self.unsure:
            return is_handed_over or call.verb == "Reject"
        return is_handed_over

    def is_stale(self, call: Answered) -> bool:
        """Tell whether a call was handed over although its number's pause had been acknowledged before it began."""
        since = self.paused.get(call.to_number)
        return since is not None and call.began >= since and call.verb == "Dial"

    def heal(self) -> None:
        """End every fault, and wait until nothing of it is left."""
        for server in (self.postgres, self.valkey):
            server.thaw()
            server.start()
        for wire in self.wires:
            wire.behave("pass")
        empty_again(self.data_dir)
        if self.can_mount:
            set_read_only(self.service.data_dir, False)
        if not self.service.is_running:
            self.service.start()
        self.wait_until_recovered()

    @contextmanager
    def running(self, **changed: str) -> Iterator[Service]:
        """Run the host in another way, such as with another `module` or variable, until the block ends."""
        self.service.stop()
        stack = Stack(self.database.url, self.redis.url)
        try:
            with Service(stack, self.service.data_dir, FALLBACK_NUMBER=LAST_RESORT, **changed) as other:
                yield other
                other.stop()
        finally:
            self.service.start()

    def wait_until_recovered(self) -> None:
        """Wait until every part answers, no breaker is open, and whatever was changed is in force."""
        wait_for(self._is_recovered, RECOVERED_WITHIN_SECONDS)

    def _is_recovered(self) -> bool:
        try:
            parts = requests.get(f"{self.service.url}/readyz", timeout=5).json()["parts"]
            metrics = requests.get(f"{self.service.url}/metrics", timeout=5).text
        except requests.RequestException:
            return False
        return set(parts.values()) == {"ok"} and not any_breaker_open(metrics) and self._is_in_force()

    def _is_in_force(self) -> bool:
        with psycopg.connect(self.direct.database_url) as connection:
            query = "SELECT count(*) FROM hosts WHERE known < (SELECT n FROM change_counter)"
            return connection.execute(query).fetchone() == (0,)

    def recorded_call_sids(self) -> set[str]:
        """Drain what waits on the host and return the calls that the database has."""
        self.admin.extensions["keeper"].drain()
        return self.stored_call_sids()

    def stored_call_sids(self) -> set[str]:
        """Return the calls that the database has."""
        with psycopg.connect(self.direct.database_url) as connection:
            return {call_sid for (call_sid,) in connection.execute("SELECT call_sid FROM calls")}

    def count_recorded_once(self, call_sids: set[str]) -> int:
        """Count those of these calls that have one record: neither none nor two."""
        with psycopg.connect(self.direct.database_url) as connection:
            query = "SELECT call_sid FROM calls WHERE call_sid = ANY(%s) GROUP BY call_sid HAVING count(*) = 1"
            return len(connection.execute(query, [list(call_sids)]).fetchall())

    def count_database_look_ups(self, call_sids: set[str]) -> int:
        """Count those of these calls whose route the database was asked for, when all are recorded."""
        wait_for(lambda: call_sids <= self.stored_call_sids(), RECOVERED_WITHIN_SECONDS)
        with psycopg.connect(self.direct.database_url) as connection:
            query = "SELECT count(*) FROM calls WHERE route_source = 'database' AND call_sid = ANY(%s)"
            [count] = connection.execute(query, [list(call_sids)]).fetchone() or [0]
        return int(count)


def any_breaker_open(metrics: str) -> bool:
    """Tell whether a process of this host leaves Redis or the database alone."""
    families = {family.name: family for family in text_string_to_metric_families(metrics)}
    return any(sample.value for sample in families["clara_breaker_open"].samples)


def fill(admin: Flask, count: int = NUMBERS) -> Who:
    """Put an agent, a location and many numbers into an empty database."""
    changes: Changes = admin.extensions["changes"]
    account_id = create_account(changes, Who(None, "test", SYSTEM), "Example Business")["id"]
    with changes.database.writing() as session:
        agent = Agent(account_id=account_id, name="Clara", handoff_kind="phone", handoff_target=AGENT)
        location = Location(account_id=account_id, name="Downtown")
        session.add_all([agent, location])
        session.flush()
        shared = {"account_id": account_id, "status": "active", "agent_id": agent.id, "location_id": location.id}
        rows = [shared | {"phone_number": phone_number, "label": ""} for phone_number in TO_NUMBERS[:count]]
        session.execute(insert(Number), rows)
    return Who(account_id, "test", SYSTEM)
