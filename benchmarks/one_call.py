"""Take one call apart: `python -m benchmarks.one_call`, in this process, without gunicorn and without a network.

Says in microseconds what a call costs when the worker knows its number already, as most calls find it, what of it
goes to each part of the way, and what a bare Flask view costs. `--profile` adds Python's own profile of the whole way.
"""

import argparse
import cProfile
import os
import pstats
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Any
from urllib.parse import urlencode

from flask import Flask

from app import create_app
from benchmarks import bare_view
from benchmarks.calls import ACCOUNT_SID, AUTH_TOKEN, PUBLIC_URL, VOICE_PATH, call_form, phone_number, signed_headers
from benchmarks.parts import PARTS, Part
from benchmarks.seed import seed
from benchmarks.stack import migrate
from config.settings import load_settings

NUMBERS = 100
REPEATS = 20
Environ = dict[str, Any]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.one_call", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--calls", type=int, default=20_000, help="calls in all for each figure (20,000)")
    parser.add_argument("--profile", action="store_true", help="print where cProfile sees the time go")
    options = parser.parse_args()
    with seeded_app() as app, quiet_log():
        environs = [call_environ(index) for index in range(NUMBERS)]
        whole, bare = measure([app, bare_view.create_app()], environs, options.calls)
        parts = {part.title: measure_part(part, app, environs, options.calls) for part in PARTS}
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
            "TWILIO_API_URL": "http://127.0.0.1:1",  # nobody answers there
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
    if close := getattr(body, "close", None):  # as gunicorn does, and Flask expects
        close()
    assert statuses == ["200 OK"], statuses
    assert b"<Response" in text, text
    return text


def measure(apps: list[Flask], environs: list[Environ], calls: int) -> list[float]:
    """Return how many microseconds of processor time a call takes in each, in turn.

    The best of REPEATS turns counts, which other programs disturbed the least.
    """
    rounds = max(1, calls // REPEATS // len(environs))
    best = [float("inf")] * len(apps)
    for _ in range(REPEATS):
        for index, app in enumerate(apps):
            answer(app, environs[0])
            started = time.thread_time()
            for _ in range(rounds):
                for environ in environs:
                    answer(app, environ)
            best[index] = min(best[index], time.thread_time() - started)
    return [seconds / rounds / len(environs) * 1e6 for seconds in best]


def measure_part(part: Part, app: Flask, environs: list[Environ], calls: int) -> float:
    """Return how many microseconds of a call go to one part.

    It is timed on the way, one part in each run: alone and again and again with the same texts it would take half.
    """
    best = float("inf")
    for _ in range(REPEATS):
        seconds = {part.title: 0.0}
        with part.timed(seconds):
            for index in range(calls // REPEATS):
                answer(app, environs[index % len(environs)])
        best = min(best, seconds[part.title])
    return best / (calls // REPEATS) * 1e6


def print_table(whole: float, bare: float, parts: dict[str, float]) -> None:
    """Print every figure, and what no part explains: less than nothing, as far as Flask is not asked."""
    others = whole - bare - sum(microseconds for title, microseconds in parts.items() if title[0] != " ")
    for title, microseconds in (parts | {"beyond the bare view, in no part": others}).items():
        print(f"{title:40}{microseconds:7.1f} µs{microseconds / whole:7.0%}")
    print(f"{'a bare Flask view':40}{bare:7.1f} µs{bare / whole:7.0%}")
    print(f"{'a call':40}{whole:7.1f} µs = {whole / bare:.2f} × the bare view")


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
