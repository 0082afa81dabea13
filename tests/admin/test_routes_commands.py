"""`flask routes check`: prints the number of differences, and ends with status 1 if there is any."""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from routing.call_route_cache import KEY
from tests.admin.conftest import NUMBER, Run
from tests.conftest import Stack


def alter_host_copy(tmp_path: Path, statement: str) -> None:
    """Alter the host's own file behind everybody's back."""
    with sqlite3.connect(tmp_path / "host" / "host.db") as connection:
        connection.execute(statement)
    connection.close()


def test_fresh_system_has_no_differences(business: Run, run_json: Callable[..., Any]) -> None:
    """In words and in JSON."""
    checked = run_json("routes", "check")

    assert checked == {"n": checked["n"], "routes": 1, "differences": [], "stale": []}
    assert business("routes", "check").stdout == f"1 routes as of change {checked['n']}: 0 differences\n"


def test_missing_route_in_the_host_copy_is_told_with_status_1(
    business: Run, run_json: Callable[..., Any], tmp_path: Path
) -> None:
    """Which number, in which copy, and what is wrong with it."""
    alter_host_copy(tmp_path, "DELETE FROM routes")

    assert f"{NUMBER} in host: is missing" in business("routes", "check", status=1).stdout
    difference = {"copy": "host", "phone_number": NUMBER, "problem": "is missing"}
    assert run_json("routes", "check", status=1)["differences"] == [difference]


@pytest.mark.parametrize("stack", ["postgresql+redis"], indirect=True)
def test_wrong_route_in_redis_is_told_with_status_1(business: Run, stack: Stack) -> None:
    """A wrong value, planted in the field of the hash."""
    with Redis.from_url(stack.redis_url) as redis:
        redis.hset(KEY, NUMBER, "nonsense")

    assert f"{NUMBER} in redis: is unreadable" in business("routes", "check", status=1).stdout


def test_copy_that_is_behind_is_told_but_is_no_difference(business: Run, tmp_path: Path) -> None:
    """Nobody believes it."""
    alter_host_copy(tmp_path, "UPDATE host SET known = 1")

    assert "nobody believes it: host (as of change 1)" in business("routes", "check").stdout


@pytest.mark.parametrize("statement", ["UPDATE routes SET route = 'nonsense'", "DROP TABLE routes"])
def test_unreadable_host_copy_ends_with_status_1_and_no_traceback(
    business: Run, tmp_path: Path, statement: str
) -> None:
    """Whether a single route is garbled or the whole file."""
    alter_host_copy(tmp_path, statement)

    result = business("routes", "check", status=1)

    assert "Traceback" not in result.output
