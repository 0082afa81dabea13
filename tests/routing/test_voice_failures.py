"""What callers get when something fails in us, and what Twilio's fallback URL answers."""

import errno
import json
import os
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import structlog

from config.logs import set_up_logs
from models import Call
from operations.add_number import add_number
from operations.agents import create_agent
from operations.changes import Changes, Who
from operations.pause_number import pause_number
from routing.call_route import PAUSED, ROUTED, UNAVAILABLE, CallRoute
from tests.conftest import AUTH_TOKEN, PUBLIC_URL, Answer
from tests.routing.door import NUMBER, Door

LAST_RESORT = "+14155550180"
ROUTE = CallRoute(NUMBER, ROUTED, 1, 2, 3, "Clara", "phone", "+14155550181", "+14155550182", 4, "Main St")
REDIRECT = replace(ROUTE, handoff_kind="redirect", handoff_target="https://agent.example.com/twiml")


def fail(*_: Any, **__: Any) -> Any:
    raise RuntimeError("nobody thought of this")


@pytest.mark.parametrize("path", ["", "/fallback"])
@pytest.mark.parametrize(("settings", "verbs"), [({}, ["Say", "Hangup"]), ({"fallback_number": LAST_RESORT}, ["Dial"])])
def test_unforeseen_error_is_answered(
    make_door: Callable[..., Door],
    monkeypatch: pytest.MonkeyPatch,
    path: str,
    settings: dict[str, str],
    verbs: list[str],
) -> None:
    """Any error in a view is answered: the number of last resort is dialled, or an apology spoken."""
    door = make_door(ROUTE, **settings)
    monkeypatch.setattr(door.routes, "find", fail)
    answer = door.post(path, DialCallStatus="busy")

    assert (answer.status_code, answer.verbs) == (200, verbs)
    assert [number.text for number in answer.root.iter("Number")] == list(settings.values())
    last = door.noted()[-1].details
    assert (last["decision"], last["reason"]) == (UNAVAILABLE, "RuntimeError")


def test_call_that_cannot_even_be_read_is_answered(
    make_door: Callable[..., Door], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody knows then who calls whom, so there is nothing to note."""
    door = make_door(ROUTE, fallback_number=LAST_RESORT)
    monkeypatch.setattr("routing.voice_webhooks.read_inbound_call", fail)
    answer = door.post()

    assert (answer.status_code, answer.verbs) == (200, ["Say", "Hangup"])
    assert door.noted() == []


@pytest.mark.parametrize("query", ["", "?fallback=1"])
def test_handoff_that_cannot_be_followed_up_ends_with_an_apology(
    make_door: Callable[..., Door], monkeypatch: pytest.MonkeyPatch, query: str
) -> None:
    """A caller may still be there. The call was answered before, so nothing is noted of its coming in."""
    door = make_door(ROUTE, fallback_number=LAST_RESORT)
    monkeypatch.setattr("routing.voice_webhooks.read_handoff_ended", fail)
    answer = door.post("/handoff-ended", query, DialCallStatus="busy")

    assert (answer.status_code, answer.verbs) == (200, ["Say", "Hangup"])
    assert door.noted() == []


@pytest.mark.parametrize("status", ["ringing", "completed"])
def test_failing_status_callback_is_acknowledged(
    make_door: Callable[..., Door], monkeypatch: pytest.MonkeyPatch, status: str
) -> None:
    """Nobody hears the answer to a status callback, and it is not an inbound call to be noted."""
    door = make_door(ROUTE)
    monkeypatch.setattr("routing.voice_webhooks.read_status_changed", fail)
    answer = door.post("/status", CallStatus=status)

    assert (answer.status_code, answer.verbs) == (200, [])
    assert door.noted() == []


def test_log_of_an_error_holds_no_token_and_no_phone_number(
    make_door: Callable[..., Door], monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Whoever reads the log learns what failed where, for which endpoint."""
    door = make_door(ROUTE, fallback_number=LAST_RESORT)
    set_up_logs()
    monkeypatch.setattr("routing.voice_webhooks.log", structlog.get_logger())
    monkeypatch.setattr(door.routes, "find", fail)
    door.post("?called=%2B14155550100")

    said = capfd.readouterr().err
    assert json.loads(said.splitlines()[0])["event"] == "webhook failed"
    assert "nobody thought of this" in said
    assert AUTH_TOKEN not in said
    assert "1415555" not in said


def test_caller_hears_an_apology_when_the_choice_of_the_last_resort_fails_too(
    make_door: Callable[..., Door], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error path itself must not end in silence."""
    door = make_door(ROUTE, fallback_number=LAST_RESORT)
    monkeypatch.setattr("routing.voice_webhooks.answer_call", fail)

    answer = door.post("")

    assert (answer.status_code, answer.verbs) == (200, ["Say", "Hangup"])


def test_failing_twiml_is_noted_as_what_the_caller_got(
    make_door: Callable[..., Door], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hand-off that cannot be written was not given: the record does not claim it."""
    door = make_door(ROUTE)
    monkeypatch.setattr("routing.twiml.answer_call", fail)

    assert door.post().verbs == ["Say", "Hangup"]
    assert [event.details["decision"] for event in door.noted()] == [UNAVAILABLE]


@pytest.mark.parametrize(
    ("path", "verbs"),
    [("", ["Say", "Hangup"]), ("/fallback", ["Say", "Hangup"]), ("/handoff-ended", ["Say", "Hangup"]), ("/status", [])],
)
def test_failing_note_does_not_cost_the_answer(
    make_door: Callable[..., Door], monkeypatch: pytest.MonkeyPatch, path: str, verbs: list[str]
) -> None:
    """When even noting fails in a way that nobody thought of, the caller is still answered."""
    door = make_door(ROUTE)
    monkeypatch.setattr(door.notes, "note", fail)
    answer = door.post(path)

    assert (answer.status_code, answer.verbs) == (200, verbs)


def test_failing_stream_callback_is_answered(make_door: Callable[..., Door], monkeypatch: pytest.MonkeyPatch) -> None:
    """A stream's callback has no caller to apologise to, and no parties to note: it is acknowledged."""
    door = make_door(ROUTE)
    monkeypatch.setattr(door.streams, "note", fail)
    answer = door.post("/status", StreamEvent="stream-started", To=None, From=None, Direction=None)

    assert (answer.status_code, answer.verbs) == (200, [])


def test_full_disk_does_not_cost_the_agent(make_door: Callable[..., Door], monkeypatch: pytest.MonkeyPatch) -> None:
    """When the disk refuses the note the caller reaches the agent all the same, and the note follows later."""
    door = make_door(ROUTE)
    with monkeypatch.context() as patched:
        patched.setattr("routing.call_notes.os.write", refuse_to_write)
        assert door.post(CallSid="CA" + "a" * 32).verbs == ["Dial"]
    door.post(CallSid="CA" + "b" * 32)

    assert [event.call_sid[-1] for event in door.noted()] == ["a", "b"]


def refuse_to_write(*_: Any) -> int:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize("route", [ROUTE, REDIRECT, replace(ROUTE, decision=PAUSED)])
@pytest.mark.parametrize(
    "error",
    [
        {"ErrorCode": "11200", "ErrorUrl": f"{PUBLIC_URL}/twilio/voice"},
        {"ErrorCode": "11205", "ErrorUrl": f"{PUBLIC_URL}/twilio/voice#rc=2&rp=5xx,ct,rt"},
        {"ErrorCode": "11200"},
        {"ErrorCode": ""},
        {},
    ],
)
def test_fallback_url_answers_as_the_voice_url_would_have(
    make_door: Callable[..., Door], route: CallRoute, error: dict[str, str]
) -> None:
    """When Twilio could not fetch our document, the call is answered as if it had just come in."""
    door = make_door(route)

    assert door.post("/fallback", **error).text == door.post("").text
    first, second = door.noted()
    assert first.details["decision"] == second.details["decision"] == route.decision
    assert first.details["reason"] == f"fallback URL, error {error.get('ErrorCode') or None}"


@pytest.mark.parametrize("code", ["12100", "12300", "13214", "13227", "31920", "64102", "99999", "x"])
def test_document_that_failed_is_not_given_again(make_door: Callable[..., Door], code: str) -> None:
    """When Twilio could not carry out our document, the agent's fallback number is dialled instead."""
    door = make_door(ROUTE)
    answer = door.post("/fallback", ErrorCode=code, ErrorUrl=f"{PUBLIC_URL}/twilio/voice")

    assert answer.find("Dial/Number").text == ROUTE.fallback_number
    assert answer.find("Dial").attrib["action"] == f"{PUBLIC_URL}/twilio/voice/handoff-ended?fallback=1"
    assert door.noted()[0].details["reason"] == f"fallback URL, error {code}"


@pytest.mark.parametrize("url", ["https://agent.example.com/twiml?called=1", "https://agent.example.com/next"])
def test_agent_whose_own_url_failed_is_not_asked_again(make_door: Callable[..., Door], url: str) -> None:
    """A redirected call whose agent's URL could not be fetched would only fail there again."""
    answer = make_door(REDIRECT).post("/fallback", ErrorCode="11200", ErrorUrl=url)

    assert answer.find("Dial/Number").text == ROUTE.fallback_number


@pytest.mark.parametrize(
    "route",
    [replace(ROUTE, fallback_number=None), replace(ROUTE, decision=PAUSED), CallRoute(NUMBER, UNAVAILABLE)],
)
def test_failed_document_without_a_fallback_number_apologises(make_door: Callable[..., Door], route: CallRoute) -> None:
    """Nobody is dialled for an agent without a fallback number, or for a number that was paused meanwhile."""
    assert make_door(route).post("/fallback", ErrorCode="12100").verbs == ["Say", "Hangup"]


def test_failed_document_when_nothing_is_known_dials_the_last_resort(make_door: Callable[..., Door]) -> None:
    """FALLBACK_NUMBER is for calls of which nothing is known, at this endpoint too."""
    door = make_door(CallRoute(NUMBER, UNAVAILABLE), fallback_number=LAST_RESORT)

    assert door.post("/fallback", ErrorCode="12100").find("Dial/Number").text == LAST_RESORT


def test_record_of_the_voice_url_outlives_the_fallback_url(
    changes: Changes, who: Who, twilio_post: Callable[..., Answer], stored_calls: Callable[[], list[Call]]
) -> None:
    """The record keeps what was decided first; what happened at the fallback URL is among the call's events."""
    create_agent(changes, who, "Clara", "phone", "+14155550181", "+14155550182")
    add_number(changes, who, NUMBER, "Clara")
    twilio_post()
    pause_number(changes, who, NUMBER)
    twilio_post("/fallback", ErrorCode="12100")
    twilio_post("/fallback", ErrorCode="11200", CallSid="CA" + "2" * 32)

    first, second = stored_calls()
    assert (first.decision, first.reason, first.agent_name) == ("routed", None, "Clara")
    assert (second.decision, second.reason) == ("paused", "fallback URL, error 11200")
