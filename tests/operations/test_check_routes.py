"""The check finds every copy of a route that is not the database's, and says which copies nobody believes."""

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from redis import Redis

from operations.add_number import add_number
from operations.changes import Changes, Who
from operations.check_routes import Difference, RoutesChecked, check_routes
from operations.pause_number import pause_number
from routing.call_route import CallRoute
from routing.call_route_cache import KEY
from routing.route_queries import read_route
from tests.conftest import Stack
from tests.operations.audit import change_counter
from tests.operations.conftest import ABSENT, NUMBER

with_redis = pytest.mark.parametrize("stack", ["postgresql+redis"], indirect=True)


def check(app: Flask) -> RoutesChecked:
    return check_routes(app.extensions["changes"].database, app.extensions["local_store"], app.extensions["cache"])


def true_route(app: Flask) -> CallRoute:
    with app.extensions["changes"].database.reading_fresh() as connection:
        return read_route(connection, NUMBER).routes[NUMBER]


def plant_in_host(tmp_path: Path, statement: str, *values: object) -> None:
    """Alter the host's own file behind everybody's back."""
    with sqlite3.connect(tmp_path / "host" / "host.db") as connection:
        connection.execute(statement, values)
    connection.close()


@pytest.fixture
def redis(app: Flask, stack: Stack, number: dict[str, Any]) -> Iterator[Redis]:
    """The Redis that holds the routes."""
    with Redis.from_url(stack.redis_url) as client:
        yield client


def test_fresh_system_has_no_difference(app: Flask) -> None:
    """Not even before the first number."""
    assert check(app) == RoutesChecked(0, 0, (), ())


def test_changed_system_has_no_difference(app: Flask, changes: Changes, who: Who, number: dict[str, Any]) -> None:
    """Every number ever had is compared, as of the last change."""
    add_number(changes, who, "+14155550101")
    pause_number(changes, who, NUMBER)

    assert check(app) == RoutesChecked(change_counter(changes), 2, (), ())


@with_redis
def test_wrong_route_in_redis_is_found(app: Flask, redis: Redis) -> None:
    """Such as one that calls a paused number active."""
    wrong = replace(true_route(app), decision="paused")
    redis.hset(KEY, NUMBER, wrong.to_json())

    assert check(app).differences == (Difference("redis", NUMBER, "says paused, the database routed"),)


@with_redis
@pytest.mark.parametrize("text", ["", "{", "[]", '{"phone_number": "+14155550100"}', '{"phone_number": 1}'])
def test_garbled_route_in_redis_is_found(app: Flask, redis: Redis, text: str) -> None:
    """Calls are not routed by it either, but somebody should look who wrote it."""
    redis.hset(KEY, NUMBER, text)

    assert check(app).differences == (Difference("redis", NUMBER, "is unreadable"),)


@with_redis
def test_number_that_nobody_has_must_be_unknown_in_redis(app: Flask, redis: Redis) -> None:
    """Unknown numbers are cached too, and that is right; anything else about them is wrong."""
    redis.hset(KEY, "+14155550148", CallRoute("+14155550148", "unknown").to_json())
    redis.hset(KEY, ABSENT, replace(true_route(app), phone_number=ABSENT).to_json())

    assert check(app).differences == (Difference("redis", ABSENT, "says routed, the database unknown"),)


@with_redis
def test_redis_need_not_hold_every_route_but_this_host_must(app: Flask, redis: Redis, tmp_path: Path) -> None:
    """Redis is a cache; the host's copy is what answers when nobody else does."""
    redis.hdel(KEY, NUMBER)
    plant_in_host(tmp_path, "DELETE FROM routes WHERE phone_number = ?", NUMBER)

    assert check(app).differences == (Difference("host", NUMBER, "is missing"),)


def test_wrong_route_in_the_host_copy_is_found(app: Flask, number: dict[str, Any], tmp_path: Path) -> None:
    """Also one whose agent alone is wrong."""
    wrong = replace(true_route(app), agent_name="Somebody else")
    plant_in_host(tmp_path, "UPDATE routes SET route = ?", wrong.to_json())

    assert check(app).differences == (Difference("host", NUMBER, "has another agent_name than the database"),)


@with_redis
def test_copy_that_is_behind_is_said_and_not_compared(app: Flask, redis: Redis, tmp_path: Path) -> None:
    """Nobody believes it, so it is no difference."""
    redis.hset(KEY, mapping={"_applied": 1, NUMBER: json.dumps({"wrong": True})})
    plant_in_host(tmp_path, "UPDATE host SET known = 2")

    checked = check(app)

    assert checked.differences == ()
    assert checked.stale == ("host (as of change 2)", "redis (as of change 1)")


@with_redis
def test_copy_that_is_not_there_is_said(app: Flask, redis: Redis, tmp_path: Path) -> None:
    """As on a host that has not started yet, beside a Redis that was flushed."""
    redis.delete(KEY)
    plant_in_host(tmp_path, "UPDATE host SET known = NULL")

    assert check(app).stale == ("host (no copy yet)", "redis (no copy yet)")
