"""Calls find a thread, whatever people and programs wait for."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from admin.api.answers import PREFIX
from config.threads import THREADS, THREADS_NOT_FOR_CALLS
from operations.changes import Changes, Who
from operations.permissions import ADMIN
from operations.tokens import create_token
from tests.waiting import wait_for


class SlowTwilio:
    """Twilio's account as it is on a bad day: nobody gets an answer before it is better."""

    def __init__(self) -> None:
        self.asked, self.is_better = 0, Event()

    def number_types(self, iso_country: str) -> tuple[str, ...]:
        self.asked += 1
        assert self.is_better.wait(30)
        return ()

    def close(self) -> None:
        """Nothing is open."""


@pytest.fixture
def slow_twilio(app: Flask) -> Iterator[SlowTwilio]:
    """The application's Twilio does not answer."""
    twilio = SlowTwilio()
    app.extensions["twilio"] = twilio
    yield twilio
    twilio.is_better.set()


@pytest.fixture
def ask(app: Flask, changes: Changes, who: Who) -> Callable[[str], TestResponse]:
    """Ask the API as a program with a token does."""
    headers = {"Authorization": f"Bearer {create_token(changes, who, ADMIN)['token']}"}
    return lambda path: app.test_client().get(PREFIX + path, headers=headers)


def test_calls_are_answered_while_everybody_waits_for_twilio(
    slow_twilio: SlowTwilio, ask: Callable[[str], TestResponse], client: FlaskClient, twilio_post: Callable[..., Any]
) -> None:
    """Who comes when the places are taken is sent away at once, so half of the threads are there for calls."""
    with ThreadPoolExecutor(THREADS_NOT_FOR_CALLS) as programs:
        waiting = [programs.submit(ask, "/available-numbers") for _ in range(THREADS_NOT_FOR_CALLS)]
        wait_for(lambda: slow_twilio.asked == THREADS_NOT_FOR_CALLS)
        refused, page, called = ask("/numbers"), client.get("/log-in"), twilio_post()
        slow_twilio.is_better.set()

    assert (refused.status_code, refused.json["code"], refused.headers["Retry-After"]) == (503, "busy", "1")
    assert (page.status_code, "Too much is asked at once" in page.text) == (503, True)
    assert called.status_code == 200
    assert {answer.result().status_code for answer in waiting} == {422}
    assert (ask("/numbers").status_code, client.get("/log-in").status_code) == (200, 200)
    assert THREADS_NOT_FOR_CALLS <= THREADS / 2


def test_place_is_left_after_every_kind_of_answer(ask: Callable[[str], TestResponse], client: FlaskClient) -> None:
    """Also after an error, a stranger's request, and a table that is read to its end or not at all."""
    for _ in range(THREADS_NOT_FOR_CALLS):
        assert ask("/numbers/999").status_code == 404
        assert ask("/numbers?nonsense=1").status_code == 422
        assert client.get(f"{PREFIX}/numbers").status_code == 401
        assert (client.get("/").status_code, client.get("/log-in").status_code) == (303, 200)
        assert ask("/calls.csv").text.startswith("received_at,")
        ask("/calls.csv").close()

    assert ask("/numbers").status_code == 200


def test_table_that_is_being_read_has_a_place(app: Flask, ask: Callable[[str], TestResponse]) -> None:
    """Its reader may be slow, and holds a thread until the end."""
    unread = [ask("/calls.csv") for _ in range(THREADS_NOT_FOR_CALLS)]

    assert ask("/numbers").status_code == 503
    for answer in unread:
        answer.close()
    assert ask("/numbers").status_code == 200
