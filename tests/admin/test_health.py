"""Whether this process is alive, and whether it can answer some call."""

from collections.abc import Callable
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient

from app import create_app
from routing.route_queries import read_route
from tests.busy_database import keeping_busy
from tests.conftest import Stack, settings_for
from tests.servers.free_port import find_free_port


def test_healthz_says_that_the_process_answers(client: FlaskClient) -> None:
    """A supervisor asks nothing else."""
    response = client.get("/healthz")

    assert (response.status_code, response.json) == (200, {"status": "ok"})


def test_readyz_names_each_part(client: FlaskClient, stack: Stack) -> None:
    """On a host that has caught up all of them answer."""
    response = client.get("/readyz")

    redis = "ok" if stack.redis_url else "not configured"
    assert response.status_code == 200
    assert response.json == {"status": "ready", "parts": {"host": "ok", "database": "ok", "redis": redis}}


def test_readyz_and_calls_ask_the_database_in_different_threads(app: Flask, client: FlaskClient) -> None:
    """A flood of /readyz leaves calls theirs, and busy calls leave /readyz its own."""
    with keeping_busy(app.extensions["deadlined_database"]):
        parts_while_calls_are_busy = client.get("/readyz").json["parts"]
    with keeping_busy(app.extensions["deadlined_health"]):
        parts_while_health_is_busy = client.get("/readyz").json["parts"]
        route = app.extensions["deadlined_database"].ask(lambda connection: read_route(connection, "+14155550100"), 10)

    assert parts_while_calls_are_busy["database"] == "ok"
    assert parts_while_health_is_busy["database"] == "no answer"
    assert list(route.routes) == ["+14155550100"]


def test_host_with_a_copy_is_ready_although_nothing_else_answers(app: Flask, tmp_path: Path) -> None:
    """It can route every call that it knew of."""
    alone = create_app(settings_for(refusing(), tmp_path / "host"))

    response = alone.test_client().get("/readyz")

    assert response.status_code == 200
    assert response.json["parts"] == {"host": "ok", "database": "no answer", "redis": "no answer"}
    alone.extensions["close"]()


def test_host_without_a_copy_is_ready_while_the_database_answers(make_app: Callable[..., Flask], stack: Stack) -> None:
    """As in the moment after its very first start."""
    fresh = make_app(redis_url=f"redis://127.0.0.1:{find_free_port()}", data_dir="fresh")
    fresh.extensions["local_store"].forget_known()

    response = fresh.test_client().get("/readyz")

    assert response.status_code == 200
    assert response.json["parts"] == {"host": "no copy of the routes yet", "database": "ok", "redis": "no answer"}


def test_host_is_not_ready_when_nothing_answers(tmp_path: Path) -> None:
    """Then a load balancer should ask another one; calls that come all the same get the fallback."""
    app = create_app(settings_for(refusing(), tmp_path / "host"))

    response = app.test_client().get("/readyz")

    parts = {"host": "no copy of the routes yet", "database": "no answer", "redis": "no answer"}
    assert (response.status_code, response.json) == (503, {"status": "not ready", "parts": parts})
    app.extensions["close"]()


def test_unreadable_file_of_the_host_is_said(tmp_path: Path) -> None:
    """Such as one that a full disk or a careless hand has garbled."""
    (tmp_path / "host").mkdir()
    (tmp_path / "host" / "host.db").write_text("not a database" * 100)
    app = create_app(settings_for(refusing(), tmp_path / "host"))

    response = app.test_client().get("/readyz")

    assert response.json["parts"]["host"] == "unreadable"
    app.extensions["close"]()


def refusing() -> Stack:
    """A database and a Redis that refuse every connection."""
    port = find_free_port()
    return Stack(f"postgresql://postgres@127.0.0.1:{port}/clara", f"redis://127.0.0.1:{port}")
