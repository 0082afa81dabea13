"""A pause is a promise with Redis as a single server, under Sentinel and as a Cluster."""

from collections.abc import Callable, Iterator

import pytest
from flask import Flask

from operations.add_number import add_number
from operations.agents import create_agent
from operations.changes import Changes, Who
from operations.check_routes import check_routes
from operations.pause_number import pause_number, resume_number
from routing.call_route_cache import KEY, CallRouteCache
from tests.conftest import Answer, Stack
from tests.routing.door import NUMBER
from tests.servers.postgres import PostgresServer
from tests.servers.topologies import Topology

pytestmark = pytest.mark.usefixtures("patient", "clara")


@pytest.fixture
def stack(
    postgres: PostgresServer, migrated_postgres: str, topology: Topology, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Stack]:
    """PostgreSQL, and each kind of Redis in turn, which is waited for: a busy machine must not look like a fault."""
    monkeypatch.setattr("routing.redis_connection.ANSWER_SECONDS", 10.0)
    monkeypatch.setattr("routing.redis_finding.ASK_SECONDS", 30.0)
    topology.flush()
    url = postgres.create_database(migrated_postgres)
    yield Stack(url, topology.url)
    postgres.drop_database(url)


@pytest.fixture
def clara(changes: Changes, who: Who) -> None:
    """NUMBER, answered by Clara's telephone."""
    create_agent(changes, who, "Clara", "phone", "+14155550181")
    add_number(changes, who, NUMBER, "Clara")


@pytest.fixture
def cache(app: Flask) -> CallRouteCache:
    return app.extensions["cache"]


def differences(app: Flask) -> tuple[object, ...]:
    """Return what is wrong in the copies, and which nobody believes."""
    checked = check_routes(app.extensions["changes"].database, app.extensions["local_store"], app.extensions["cache"])
    return (*checked.differences, *checked.stale)


def test_a_call_leaves_the_route_where_other_workers_find_it(
    app: Flask, cache: CallRouteCache, changes: Changes, twilio_post: Callable[..., Answer]
) -> None:
    """A worker that does not know the number need not ask the database."""
    assert twilio_post().verbs == ["Dial"]

    assert cache.look_up(NUMBER).route is not None
    lookup = app.extensions["call_path"].lookup
    assert lookup._ask_around(NUMBER, app.extensions["local_store"].known()).source == "redis"
    assert differences(app) == ()


def test_a_pause_is_in_force_for_the_next_call(
    app: Flask, cache: CallRouteCache, changes: Changes, who: Who, twilio_post: Callable[..., Answer]
) -> None:
    """And so is its end."""
    assert twilio_post().verbs == ["Dial"]
    outcome = pause_number(changes, who, NUMBER)[1]

    assert outcome.in_force
    assert twilio_post(CallSid="CA" + "2" * 32).verbs == ["Reject"]
    assert cache.look_up(NUMBER).applied == outcome.n
    assert resume_number(changes, who, NUMBER)[1].in_force
    assert twilio_post(CallSid="CA" + "3" * 32).verbs == ["Dial"]
    assert differences(app) == ()


def test_lost_and_garbled_routes_are_repaired(
    app: Flask, cache: CallRouteCache, changes: Changes, who: Who, topology: Topology
) -> None:
    """A flush, and somebody else's text under our key, which no look-up can read."""
    pause_number(changes, who, NUMBER)
    for spoil in (topology.flush, lambda: topology.client().set(KEY, "somebody else's")):
        spoil()
        app.extensions["keeper"].keep_up()

        assert cache.look_up(NUMBER).applied == app.extensions["local_store"].known()
        assert differences(app) == ()


def test_health_names_redis_ok(app: Flask) -> None:
    """`/readyz` asks the server that has the routes."""
    assert app.test_client().get("/readyz").json["parts"]["redis"] == "ok"
