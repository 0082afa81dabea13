"""Take one call apart: `python -m benchmarks.one_call`, in this process, without gunicorn and without a network.

Says in microseconds what a call costs when the worker knows its number already, as most calls find it, what each part
of the way costs alone, and what a bare Flask view costs. `--profile` adds Python's own profile of the whole way.
"""

import argparse
import cProfile
import os
import pstats
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

import structlog
from flask import Flask, Response

from app import create_app
from benchmarks import bare_view
from benchmarks.calls import ACCOUNT_SID, AUTH_TOKEN, PUBLIC_URL, VOICE_PATH, call_form, phone_number, signed_headers
from benchmarks.seed import seed
from benchmarks.stack import migrate
from config.settings import load_settings
from routing import twiml
from routing.call_notes import event_line
from routing.call_path import CallPath
from routing.call_record import INBOUND_CALL
from routing.twilio_request import read_inbound_call
from routing.twilio_signature import is_signed_by_twilio
from routing.voice_webhooks import note_call
from routing.webhook_guard import read_signed_parameters, requested_url

NUMBERS = 100
REPEATS = 5
Environ = dict[str, Any]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.one_call", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--calls", type=int, default=20_000, help="calls in all for each figure (20,000)")
    parser.add_argument("--profile", action="store_true", help="print where cProfile sees the time go")
    options = parser.parse_args()
    with seeded_app() as app, quiet_log():
        environs = [call_environ(index) for index in range(NUMBERS)]
        whole = measure(lambda environ: answer(app, environ), environs, options.calls)
        bare_app = bare_view.create_app()
        bare = measure(lambda environ: answer(bare_app, environ), environs, options.calls)
        with app.app_context():
            parts = {name: measure(part, environs, options.calls) for name, part in parts_of(app).items()}
        print_table(whole, bare, parts)
        if options.profile:
            profile(app, environs, options.calls)


@contextmanager
def seeded_app() -> Iterator[Flask]:
    """Make a host with some numbers, on SQLite and without Redis, neither of which a known number's call asks."""
    with tempfile.TemporaryDirectory(prefix="one-call-") as folder:
        values = {
            "DATABASE_URL": f"sqlite:///{folder}/clara.db",
            "REDIS_URL": "",
            "DATA_DIR": folder,
            "PUBLIC_URL": PUBLIC_URL,
            "TWILIO_ACCOUNT_SID": ACCOUNT_SID,
            "TWILIO_AUTH_TOKEN": AUTH_TOKEN,
        }
        migrate(os.environ | values)
        settings = load_settings(_env_file=None, **{name.lower(): value for name, value in values.items()})
        seed(settings, NUMBERS)
        app = create_app(settings)
        yield app
        app.extensions["close"]()


@contextmanager
def quiet_log() -> Iterator[None]:
    """Let the log lines go to a file, as under a supervisor, while standard output stays free for the figures."""
    kept = os.dup(sys.stderr.fileno())
    with tempfile.TemporaryFile() as file:
        os.dup2(file.fileno(), sys.stderr.fileno())
        try:
            yield
        finally:
            os.dup2(kept, sys.stderr.fileno())
            os.close(kept)


def call_environ(index: int) -> Environ:
    """Return what gunicorn makes of a call's request."""
    form = call_form(index, phone_number(index))
    body = urlencode(form).encode()
    headers = signed_headers(form, body)
    return {
        "REQUEST_METHOD": "POST",
        "RAW_URI": VOICE_PATH,
        "SCRIPT_NAME": "",
        "PATH_INFO": VOICE_PATH,
        "QUERY_STRING": "",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8000",
        "REMOTE_ADDR": "127.0.0.1",
        "CONTENT_TYPE": headers.pop("Content-Type"),
        "CONTENT_LENGTH": headers.pop("Content-Length"),
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(body),
        "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr,
        **{f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()},
    }


def fresh(environ: Environ) -> Environ:
    """Return a request of its own: its body is read once, and Flask writes into it."""
    environ["wsgi.input"].seek(0)
    return environ.copy()


def answer(app: Flask, environ: Environ) -> bytes:
    """Answer a request as gunicorn has it answered; raise AssertionError if the answer is not 200 and TwiML."""
    statuses: list[str] = []
    body = app.wsgi_app(fresh(environ), lambda status, headers, exc_info=None: statuses.append(status))  # type: ignore
    text = b"".join(body)
    body.close()  # type: ignore[attr-defined]
    assert statuses == ["200 OK"], statuses
    assert b"<Response" in text, text
    return text


def parts_of(app: Flask) -> dict[str, Callable[[Environ], object]]:
    """Return the parts of the way of a call, each as a function of the request that prepared its input before."""
    path: CallPath = app.extensions["call_path"]
    environ = call_environ(0)
    body = environ["wsgi.input"].getvalue().decode()
    parameters = parse_qsl(body, keep_blank_values=True)
    url, signature = requested_url(environ, PUBLIC_URL), environ["HTTP_X_TWILIO_SIGNATURE"]
    call = read_inbound_call(parameters)
    found = path.lookup.find(call.to_number)
    document = twiml.answer_call(found.route, True, path.twiml)
    details = {"decision": "routed", "route_source": "worker", "agent_name": "Agent 1", "location_name": "Location 1"}
    log = structlog.get_logger()
    return {
        "guard, with the next two": lambda each: read_signed_parameters(fresh(each), PUBLIC_URL, path.secrets),
        "  parse the form": lambda _: parse_qsl(body, keep_blank_values=True),
        "  check the signature": lambda _: is_signed_by_twilio(path.secrets, url, parameters, signature),
        "read the call": lambda _: read_inbound_call(parameters),
        "find the route, with the next": lambda _: path.lookup.find(call.to_number),
        "  read `known`": lambda _: app.extensions["local_store"].known(),
        "note the call, with the next three": lambda _: note_call(call, found),
        "  write the event as JSON": lambda _: event_line(INBOUND_CALL, call.account_sid, call.call_sid, details),
        "  the same, and append it": lambda _: path.notes.note(INBOUND_CALL, call.account_sid, call.call_sid, details),
        "  log line": lambda _: log.info("call answered", call_sid=call.call_sid, decision="routed", source="worker"),
        "find the rendered TwiML": lambda _: twiml.answer_call(found.route, call.has_caller_id, path.twiml),
        "make the response": lambda _: Response(document, content_type="text/xml; charset=utf-8"),
    }


def measure(part: Callable[[Environ], object], environs: list[Environ], calls: int) -> float:
    """Return how many microseconds a call takes: the best of REPEATS, which other programs disturbed the least."""
    rounds = max(1, calls // REPEATS // len(environs))
    best = float("inf")
    for environ in environs:
        part(environ)
    for _ in range(REPEATS):
        started = time.perf_counter()
        for _ in range(rounds):
            for environ in environs:
                part(environ)
        best = min(best, time.perf_counter() - started)
    return best / rounds / len(environs) * 1e6


def print_table(whole: float, bare: float, parts: dict[str, float]) -> None:
    """Print every figure, and what no part explains: Flask's own work for a guarded blueprint, and the view."""
    others = whole - bare - sum(microseconds for name, microseconds in parts.items() if name[0] != " ")
    for name, microseconds in (parts | {"everything else but the bare view": others}).items():
        print(f"{name:36}{microseconds:8.1f} µs{microseconds / whole:8.0%}")
    print(f"{'a bare Flask view':36}{bare:8.1f} µs{bare / whole:8.0%}")
    print(f"{'a call':36}{whole:8.1f} µs = {whole / bare:.2f} × the bare view")


def profile(app: Flask, environs: list[Environ], calls: int) -> None:
    """Print what cProfile sees; its own weight makes many small functions look heavier than they are."""
    profiler = cProfile.Profile()
    profiler.enable()
    for index in range(calls):
        answer(app, environs[index % len(environs)])
    profiler.disable()
    pstats.Stats(profiler).strip_dirs().sort_stats("tottime").print_stats(40)


if __name__ == "__main__":
    main()
