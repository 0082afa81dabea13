"""Tell who is logged in where the time of a request went, in a header that browsers' own tools show.

https://www.w3.org/TR/server-timing/. Strangers are told nothing: how long a log-in takes could tell them whom we know.
"""

import time
from typing import Any

from flask import Response, g, has_request_context
from sqlalchemy import Connection, Engine, event


def begin_timing() -> None:
    """Begin to measure this request."""
    g.timed_from, g.database_seconds = time.perf_counter(), 0.0


def say_timing(response: Response) -> None:
    """Say how many milliseconds the request took until now, and for how many of them it waited for the database."""
    total = time.perf_counter() - g.timed_from
    parts = (("total", total), ("database", g.database_seconds))
    response.headers["Server-Timing"] = ", ".join(f"{name};dur={seconds * 1000:.1f}" for name, seconds in parts)


def measure_database(engine: Engine) -> None:
    """Let the queries of this engine count for the request in whose thread they are made; others count for nobody."""

    @event.listens_for(engine, "before_cursor_execute")
    def begin(connection: Connection, *_: Any) -> None:
        connection.info["timed_from"] = time.perf_counter()

    @event.listens_for(engine, "after_cursor_execute")
    def end(connection: Connection, *_: Any) -> None:
        if has_request_context() and "database_seconds" in g:
            g.database_seconds += time.perf_counter() - connection.info["timed_from"]
