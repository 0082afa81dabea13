"""The doctor finds what was planted, and says how it is mended; a router that is in order it leaves in peace."""

import os
import shutil
import sqlite3
from collections import namedtuple
from collections.abc import Sequence

import pytest
from redis import Redis

from operations.doctor.finding import ERROR, OK, WARNING, Finding
from routing.call_route_cache import KEY
from simulator.rest import slow
from tests.conftest import Stack
from tests.operations.doctor.conftest import Clinic
from tests.operations.doctor.plants import PLANTS, without_its_database

with_redis = pytest.mark.parametrize("stack", ["postgresql+redis"], indirect=True)
SEVERAL = ("old webhooks", "number of nobody", "notes set aside", "laggard", "wrong clock", "not migrated")
SETTINGS = ("private address", "no secret key", "nobody of last resort", "one old Auth Token", "no router")


def test_router_in_order_is_left_in_peace(clinic: Clinic) -> None:
    """Every check says what it has seen, and none has anything to mend."""
    found = clinic.examine()

    assert [finding for finding in found if finding.severity != OK] == []
    assert {finding.check for finding in found} >= {"settings", "public URL", "numbers", "database", "Redis", "clock"}


@pytest.mark.parametrize("planted", PLANTS)
def test_what_is_planted_is_found_with_its_fix(clinic: Clinic, planted: str) -> None:
    """Each misconfiguration by the check that it belongs to."""
    what = PLANTS[planted]
    what.plant(clinic)

    assert_found(clinic.found(what.check), what.severity, what.finding, what.fix)


def assert_found(found: Sequence[Finding], severity: str, finding: str, fix: str) -> None:
    [one] = [one for one in found if finding in one.finding]
    assert (one.severity, fix in one.fix) == (severity, True), one


def test_ten_at_once_are_each_found(clinic: Clinic) -> None:
    """As after a move to another machine that went wrong; one does not hide another."""
    tokens = ("the-auth-token", "old")
    clinic.set(public_url="https://10.0.0.5", secret_key="", fallback_number="", twilio_auth_token=tokens)
    for planted in SEVERAL:
        PLANTS[planted].plant(clinic)
    clinic.stop()

    wrong = clinic.wrong()

    for what in (PLANTS[planted] for planted in SEVERAL + SETTINGS):
        assert_found([one for one in wrong if one.check == what.check], what.severity, what.finding, what.fix)


@with_redis
def test_redis_that_evicts_is_found(clinic: Clinic, stack: Stack) -> None:
    """All routes are one key, so all of them would go at once."""
    with Redis.from_url(stack.redis_url) as redis:
        redis.config_set("maxmemory", "1gb")
        redis.config_set("maxmemory-policy", "allkeys-lru")
        found = clinic.found("Redis")
        redis.config_set("maxmemory-policy", "noeviction")
        redis.config_set("maxmemory", "1")
        found_full = clinic.found("Redis")
        redis.config_set("maxmemory", "0")

    assert_found(found, WARNING, "evicts any key", "maxmemory-policy to noeviction")
    assert_found(found_full, ERROR, "of its maxmemory", "Raise maxmemory")


@with_redis
def test_redis_that_is_behind_or_empty_is_found(clinic: Clinic, stack: Stack) -> None:
    """Nobody believes it then; calls go through all the same."""
    clinic.stop()
    with Redis.from_url(stack.redis_url) as redis:
        redis.hset(KEY, "_applied", 1)
        behind = clinic.found("Redis")
        redis.delete(KEY)
        empty = clinic.found("Redis")

    assert_found(behind, ERROR, "changes behind", "Restart the router")
    assert_found(empty, WARNING, "holds no call routes", "Start the router")


def test_slow_servers_are_found(clinic: Clinic, stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    """They would use up the time that a call may wait for them."""
    for server in ("database", "redis"):
        monkeypatch.setattr(f"operations.doctor.check_{server}.SLOW_SECONDS", 0.0)

    found = clinic.wrong()

    assert {finding.check for finding in found} == ({"database", "Redis"} if stack.redis_url else {"database"})
    assert all("nearer to this host" in finding.fix for finding in found)


@pytest.mark.parametrize(("free", "severity"), [(99_000_000, ERROR), (999_000_000, WARNING)])
def test_full_disk_is_found(clinic: Clinic, monkeypatch: pytest.MonkeyPatch, free: int, severity: str) -> None:
    """Before it is full, preferably."""
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10**12, 10**12 - free, free))

    assert_found(clinic.found("data folder"), severity, f"Only {free // 1_000_000} MB", "Make room")


def test_files_of_another_user_are_found(clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    """As after a command that was said as root."""
    monkeypatch.setattr("operations.doctor.check_this_host._owner_of", lambda path: 4711)

    assert_found(clinic.found("data folder"), ERROR, "another user's", "chown -R --reference")


def test_folder_that_cannot_be_written_is_found(clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the user who asks; root may everything, so this is said in the place of the system."""
    folder = clinic.app.extensions["settings"].data_dir
    may = os.access
    monkeypatch.setattr("os.access", lambda path, mode: path != folder and may(path, mode))

    assert_found(clinic.found("data folder"), ERROR, "cannot be written", "chown clara")


def test_what_stands_still_is_a_finding(clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    """The other checks are done all the same."""
    monkeypatch.setattr("operations.doctor.examine.CHECK_WITHIN_SECONDS", 3.0)
    monkeypatch.setattr("operations.doctor.check_this_host.sleep", lambda _: pytest.fail("not behind"))
    clinic.twilio_server.faults.next("GET", "IncomingPhoneNumbers", slow(6.0), times=4)

    found = clinic.wrong()

    assert {finding.check for finding in found} <= {"numbers", "Twilio account"}
    assert "could not be looked at within 3 seconds" in found[-1].finding


def test_database_that_fails_is_said_by_every_check_that_needs_it(clinic: Clinic) -> None:
    """So that nobody takes silence for health."""
    without_its_database(clinic)

    found = {finding.check for finding in clinic.wrong()}

    assert {"database", "hosts", "numbers", "local store", "fallback number"} <= found


def test_nothing_is_changed(clinic: Clinic) -> None:
    """Neither a call nor a change comes of it."""
    folder = clinic.app.extensions["settings"].data_dir
    before = clinic.app.extensions["local_store"].known()

    clinic.examine()

    assert clinic.app.extensions["local_store"].known() == before
    assert [path for path in (folder / "calls").glob("*.jsonl") if path.stat().st_size] == []
    with sqlite3.connect(folder / "host.db") as connection:
        assert connection.execute("SELECT count(*) FROM routes").fetchone() == (1,)
    connection.close()
