"""A Redis that speaks well and answers something else than it was asked for is one that fails."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from socketserver import StreamRequestHandler, ThreadingTCPServer
from threading import Thread
from typing import Any

import pytest
from redis import RedisError

from routing.call_route import CallRoute
from routing.call_route_cache import CallRouteCache
from routing.call_route_lookup import CallRouteLookup
from routing.local_store import LocalStore
from routing.redis_connection import connect_to_redis
from tests.routing.test_call_route_lookup import ScriptedDatabase

A = "+14155550100"
ROUTED = CallRoute(A, "routed")
# Well-formed (https://redis.io/docs/latest/develop/reference/protocol-spec/), and no two texts, which HMGET asks for.
NO_TWO_TEXTS = {
    "a number": b":1\r\n",
    "a word": b"+PONG\r\n",
    "a word of as many letters as fields": b"+OK\r\n",
    "a text": b"$5\r\nhello\r\n",
    "nothing": b"$-1\r\n",
    "no list": b"*-1\r\n",
    "an empty list": b"*0\r\n",
    "a list of one": b"*1\r\n$-1\r\n",
    "a list of three": b"*3\r\n$-1\r\n$-1\r\n$-1\r\n",
    "a list of numbers": b"*2\r\n:1\r\n:2\r\n",
    "a list of lists": b"*2\r\n*1\r\n:1\r\n*1\r\n:1\r\n",
    "bytes that are no text": b"*2\r\n$1\r\n\xff\r\n$1\r\n\xff\r\n",
}
HELLO = b"%1\r\n$5\r\nproto\r\n:3\r\n"
QUESTIONS: dict[str, tuple[str, Callable[[CallRouteCache], Any]]] = {
    "look_up": ("HMGET", lambda cache: cache.look_up(A)),
    "last_change": ("HMGET", lambda cache: cache.last_change()),
    "find_some": ("HMGET", lambda cache: cache.find_some([A])),
    "every_route": ("HGETALL", lambda cache: cache.every_route()),
    "memory": ("INFO", lambda cache: cache.memory()),
}


class WrongRedis(StreamRequestHandler):
    """Greets as every Redis does, and answers every question with the bytes that its server has."""

    def handle(self) -> None:
        while words := self._read_command():
            answers = {b"HELLO": HELLO, b"CLIENT": b"+OK\r\n"}
            self.server.asked.append(words[0].decode())
            self.wfile.write(answers.get(words[0], self.server.answer))

    def _read_command(self) -> list[bytes]:
        count = int(self.rfile.readline()[1:] or 0)
        return [self.rfile.read(int(self.rfile.readline()[1:]) + 2)[:-2] for _ in range(count)]


@contextmanager
def answering(answer: bytes, *commands: str) -> Iterator[CallRouteCache]:
    """Serve this one answer, until the block ends; then each of these commands must have been asked."""
    with ThreadingTCPServer(("127.0.0.1", 0), WrongRedis) as server:
        server.daemon_threads, server.answer, server.asked = True, answer, []
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        client = connect_to_redis(f"redis://127.0.0.1:{server.server_address[1]}/0")
        try:
            yield CallRouteCache(lambda: client)
        finally:
            client.close()
            server.shutdown()
            thread.join()
    assert [command for command in server.asked if command not in ("HELLO", "CLIENT")] == [*commands]


@pytest.fixture
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait long for Redis, in tests where a busy machine must not look like a fault."""
    monkeypatch.setattr("routing.redis_connection.CONNECT_SECONDS", 10.0)
    monkeypatch.setattr("routing.redis_connection.ANSWER_SECONDS", 10.0)


@pytest.mark.usefixtures("unhurried")
@pytest.mark.parametrize("answer", NO_TWO_TEXTS)
@pytest.mark.parametrize("question", QUESTIONS)
def test_every_question_takes_it_for_a_failure(question: str, answer: str) -> None:
    """Nobody else catches more than that."""
    command, ask = QUESTIONS[question]
    with answering(NO_TWO_TEXTS[answer], command) as cache, pytest.raises(RedisError, match="not an answer"):
        ask(cache)


@pytest.mark.usefixtures("unhurried")
@pytest.mark.parametrize("answer", NO_TWO_TEXTS)
def test_call_is_answered_by_the_database_and_the_breaker_opens(tmp_path: Path, answer: str) -> None:
    """As with a Redis that is away. The host has no copy, so that each call asks anew."""
    store = LocalStore(tmp_path / "host.db")
    with answering(NO_TWO_TEXTS[answer], *["HMGET"] * 3) as cache:
        lookup = CallRouteLookup(store, cache, ScriptedDatabase(ROUTED))
        found = [lookup.find(A) for _ in range(3)]
    store.close()

    assert {(each.route, each.source) for each in found} == {(ROUTED, "database")}
    assert lookup.redis_breaker.is_open
