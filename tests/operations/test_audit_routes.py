"""The auditor finds a wrong copy of a route, on this host or in Redis, and cries in the metrics."""

import sqlite3
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from redis import Redis

from operations.add_number import add_number
from operations.audit_routes import Audited, audit_routes
from operations.changes import Changes, Who
from routing.call_route_cache import KEY
from routing.route_queries import read_route
from tests.conftest import Stack
from tests.operations.conftest import NUMBER

with_redis = pytest.mark.parametrize("stack", ["postgresql+redis"], indirect=True)


def audit(app: Flask, sample: int = 50) -> Audited:
    parts = app.extensions
    return audit_routes(parts["changes"].database, parts["local_store"], parts["cache"], sample)


def plant_in_host(app: Flask, tmp_path: Path) -> None:
    """Send the number's calls to somebody else, behind everybody's back."""
    with app.extensions["changes"].database.reading_fresh() as connection:
        route = read_route(connection, NUMBER).routes[NUMBER]
    wrong = replace(route, agent_name="Somebody else")
    with sqlite3.connect(tmp_path / "host" / "host.db") as connection:
        connection.execute("UPDATE routes SET route = ? WHERE phone_number = ?", (wrong.to_json(), NUMBER))
    connection.close()


def test_nothing_is_compared_where_nothing_is(app: Flask) -> None:
    """Before the first number."""
    assert audit(app) == Audited(0, ())


def test_true_copies_are_compared_and_right(app: Flask, changes: Changes, who: Who, number: dict[str, Any]) -> None:
    """A few that follow one another from a random place."""
    for last in range(1, 10):
        add_number(changes, who, f"+1415555010{last}")

    audited = [audit(app, sample=4) for _ in range(20)]

    assert {one.differences for one in audited} == {()}
    assert {one.compared >= 4 for one in audited} == {True}


def test_wrong_value_on_this_host_makes_it_cry(app: Flask, number: dict[str, Any], tmp_path: Path) -> None:
    """In the metrics and in the log, by the work that is done every minute."""
    plant_in_host(app, tmp_path)

    [difference] = audit(app).differences
    app.extensions["housekeeper"].work()
    metrics = app.test_client().get("/metrics").text

    assert (difference.copy, difference.problem) == ("host", "has another agent_name than the database")
    assert "clara_last_audit_differences 1.0" in metrics
    assert "clara_audit_differences_total 1.0" in metrics
    assert NUMBER[1:] not in metrics


def test_missing_route_on_this_host_makes_it_cry(app: Flask, number: dict[str, Any], tmp_path: Path) -> None:
    """Redis need not hold every route; this host must."""
    with sqlite3.connect(tmp_path / "host" / "host.db") as connection:
        connection.execute("DELETE FROM routes")
    connection.close()

    assert [one.problem for one in audit(app).differences] == ["is missing"]


@with_redis
def test_wrong_value_in_redis_makes_it_cry(app: Flask, stack: Stack, number: dict[str, Any]) -> None:
    """Also one that nobody can read."""
    with Redis.from_url(stack.redis_url) as redis:
        redis.hset(KEY, NUMBER, "garbled")

    assert [(one.copy, one.problem) for one in audit(app).differences] == [("redis", "is unreadable")]


@with_redis
def test_copy_that_is_behind_is_not_compared(app: Flask, stack: Stack, number: dict[str, Any], tmp_path: Path) -> None:
    """Nobody believes it, so it does no harm."""
    plant_in_host(app, tmp_path)
    with sqlite3.connect(tmp_path / "host" / "host.db") as connection:
        connection.execute("UPDATE host SET known = known - 1")
    connection.close()
    with Redis.from_url(stack.redis_url) as redis:
        redis.hset(KEY, mapping={"_applied": 1, NUMBER: "garbled"})

    assert audit(app) == Audited(0, ())
