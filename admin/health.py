"""Is this process alive, and can it answer some call?"""

from flask import Blueprint, Response, current_app, jsonify
from redis import RedisError
from sqlalchemy import select

from models import ChangeCounter
from routing.call_route_cache import CallRouteCache
from routing.deadline import DATABASE_FAILURES, DeadlinedDatabase
from routing.local_store import LOCAL_FAILURES, LocalStore

health = Blueprint("health", __name__)


@health.get("/healthz")
def alive() -> Response:
    """Say that this process answers; nothing else is asked."""
    return jsonify(status="ok")


@health.get("/readyz")
def ready() -> tuple[Response, int]:
    """Say which of the parts that know routes answer: 200 as long as one does, 503 when none does.

    The database is asked in threads and over connections that calls have no part in, however many ask at once.
    """
    parts = read_parts()
    is_ready = any(state == "ok" for state in parts.values())
    return jsonify(status="ready" if is_ready else "not ready", parts=parts), 200 if is_ready else 503


def read_parts() -> dict[str, str]:
    """Return how each part is that knows routes: ok, or in a few words what is wrong; none is waited for long."""
    return {"host": _host(), "database": _database(), "redis": _redis()}


def _host() -> str:
    local_store: LocalStore = current_app.extensions["local_store"]
    try:
        return "ok" if local_store.known() is not None else "no copy of the routes yet"
    except LOCAL_FAILURES:
        return "unreadable"


def _database() -> str:
    deadlined: DeadlinedDatabase = current_app.extensions["deadlined_health"]
    try:
        deadlined.ask(lambda connection: connection.execute(select(ChangeCounter.n)).scalar_one())
    except DATABASE_FAILURES:
        return "no answer"
    return "ok"


def _redis() -> str:
    cache: CallRouteCache | None = current_app.extensions["cache"]
    if cache is None:
        return "not configured"
    try:
        return "ok" if cache.applied() is not None else "empty"
    except (RedisError, OSError):
        return "no answer"
