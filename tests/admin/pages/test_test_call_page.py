"""A test call from a number's page: placed behind its back, told step by step."""

import os
import threading
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from werkzeug.serving import make_server

from admin.test_calls import KEPT_SECONDS, LONGEST_SILENCE_SECONDS, read_story
from operations.accounts import create_account
from operations.changes import Changes, Who
from operations.permissions import SYSTEM
from tests.admin.pages.conftest import Person, problem_at, text_of
from tests.admin.pages.number_page import make_number
from tests.waiting import wait_for

MakePerson = Callable[..., Person]
CALLER = "+14155550199"


@pytest.fixture
def app(make_app: Callable[..., Flask]) -> Iterator[Flask]:
    """The router behind a real server on this machine, with the simulator in the place of Twilio."""
    served = SimpleNamespace(app=None)
    server = make_server("127.0.0.1", 0, lambda *request: served.app(*request), threaded=True)
    url = f"http://127.0.0.1:{server.server_port}"
    served.app = make_app(twilio_account_sid="", twilio_auth_token=(), public_url=url)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield served.app
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def number(changes: Changes, who: Who) -> dict[str, Any]:
    return make_number(changes, who)


def place(somebody: Person, number: dict[str, Any], **fields: str) -> str:
    """Place a test call; return the address at which its story unfolds."""
    answer = somebody.post(f"/numbers/{number['id']}/test-call", **{"caller": CALLER} | fields)
    assert "#test-call" in answer.headers["Location"], answer.text
    return answer.headers["Location"].removesuffix("#test-call")


def test_story_of_a_test_call_unfolds(person: MakePerson, number: dict[str, Any]) -> None:
    """The page asks again by itself until the call has ended, and leads to its record."""
    somebody = person("member")
    address = place(somebody, number)
    call_sid = address.partition("test_call=")[2]
    piece = f"/numbers/{number['id']}/test-call/{call_sid}"

    assert "Place a test call" in text_of(somebody.get(address))
    wait_for(lambda: "That was the whole call." in text_of(somebody.get(piece)))
    ended = somebody.get(piece)
    assert "+14155550182" in text_of(ended)
    assert "every 1s" not in ended.text
    assert f'href="/calls/{call_sid}"' in ended.text


def test_story_is_told_to_its_own_account_only(
    app: Flask, person: MakePerson, changes: Changes, number: dict[str, Any]
) -> None:
    """And for its own number only."""
    call_sid = place(person("member"), number).partition("test_call=")[2]
    other = create_account(changes, Who(None, "test", SYSTEM), "Other Business")["id"]
    settings = app.extensions["settings"]
    wait_for(lambda: read_story(settings, 1, number["id"], call_sid).is_over)

    assert read_story(settings, other, number["id"], call_sid) is None
    assert read_story(settings, 1, 2, call_sid) is None
    assert read_story(settings, 1, number["id"], "../../host") is None


def test_story_that_nobody_goes_on_telling_is_cut_off(app: Flask, person: MakePerson, number: dict[str, Any]) -> None:
    """Its process ended; and stories of yesterday are forgotten with the next call."""
    somebody = person("member")
    address = place(somebody, number)
    call_sid = address.partition("test_call=")[2]
    settings = app.extensions["settings"]
    path = settings.data_dir / "simulator" / "test-calls" / f"{call_sid}.jsonl"
    wait_for(lambda: read_story(settings, 1, number["id"], call_sid).is_over)

    path.write_text(path.read_text().split("\n")[0] + '\n{"kind": "webho')
    long_ago = path.stat().st_mtime - LONGEST_SILENCE_SECONDS - 1
    os.utime(path, (long_ago, long_ago))
    assert "The story was cut off." in text_of(somebody.get(address))

    os.utime(path, (long_ago - KEPT_SECONDS,) * 2)
    last = place(somebody, number).partition("test_call=")[2]
    assert not path.exists()
    wait_for(lambda: read_story(settings, 1, number["id"], last).is_over)


@pytest.mark.parametrize(("caller", "why"), [("", "is not a phone number"), ("anonymous", "is not a phone number")])
def test_call_from_nobody_is_refused(person: MakePerson, number: dict[str, Any], caller: str, why: str) -> None:
    """In words, at the field, where what was typed stays."""
    answer = person("member").post(f"/numbers/{number['id']}/test-call", follow=True, caller=caller)

    assert answer.status_code == 422
    assert why in problem_at(answer, "caller")
    assert f'id="caller" name="caller" type="tel" value="{caller}"' in answer.text
