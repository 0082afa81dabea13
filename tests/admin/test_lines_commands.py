"""`flask lines add|list|verify|remove|codes`, and the story of a business that forwards its line."""

import json
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from threading import Thread
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from werkzeug.serving import make_server

from simulator.place_call import place_call
from simulator.story import SimulatedCall, Step
from tests.admin.conftest import NUMBER, Run
from tests.conftest import ACCOUNT_SID, AUTH_TOKEN, Answer

LINE = "+14155550150"
STORY = (
    ["accounts", "create", "Example Business"],
    ["agents", "create", "Clara", "--handoff", "phone", "--to", "+14155550182"],
    ["numbers", "add", NUMBER, "--agent", "Clara"],
    ["lines", "add", NUMBER, LINE],
    ["lines", "verify", NUMBER, LINE],
)


@pytest.fixture
def with_line(business: Run) -> Run:
    """The business, with its old line registered."""
    business("lines", "add", NUMBER, LINE)
    return business


def test_line_is_registered_and_removed(with_line: Run, run_json: Callable[..., Any]) -> None:
    """It is listed with its number, and of all numbers."""
    [listed] = run_json("lines", "list")
    assert (listed["phone_number"], listed["number"]["phone_number"], listed["state"]) == (LINE, NUMBER, "registered")
    assert run_json("lines", "list", NUMBER) == [listed]
    heading, row = with_line("lines", "list").stdout.splitlines()
    assert (heading.split()[0], row.split()[:3]) == ("line", [LINE, NUMBER, "registered"])

    assert "Removed" in with_line("lines", "remove", NUMBER, LINE).stdout

    assert run_json("lines", "list") == []


def test_unusable_line_is_refused_with_a_sentence(business: Run) -> None:
    """A loop is a conflict, and what is no number is wrong usage."""
    assert "“Clara”" in business("lines", "add", NUMBER, "+14155550182", status=1).stderr
    business("lines", "add", NUMBER, "0800", status=2)
    business("lines", "verify", NUMBER, LINE, status=1)


def test_verification_says_what_to_do(with_line: Run, run_json: Callable[..., Any]) -> None:
    """Call now, until when."""
    assert f"Call {LINE} now, until" in with_line("lines", "verify", NUMBER, LINE).stdout
    assert run_json("lines", "verify", NUMBER, LINE, "--test-phone", "+14155550198")["test_phone"] == "+14155550198"


def test_codes_are_told_for_people_and_programs(business: Run, run_json: Callable[..., Any]) -> None:
    """What to dial on the line, and to stop."""
    told = business("lines", "codes", NUMBER).stdout

    assert "*7214155550100" in told
    assert "**61*14155550100#" in told
    assert "stop: *73" in told
    assert run_json("lines", "codes", NUMBER, "--country", "fr")["country"] == "FR"


@pytest.mark.parametrize("is_through_the_line", [True, False])
def test_waiting_ends_with_the_call_or_with_its_time(
    app: Flask,
    with_line: Run,
    twilio_post: Callable[..., Answer],
    monkeypatch: pytest.MonkeyPatch,
    is_through_the_line: bool,
) -> None:
    """Exit status 0 only when it is verified."""
    monkeypatch.setattr("routing.deadline.DATABASE_SECONDS", 10.0)

    def call_meanwhile(_: float) -> None:
        twilio_post(ForwardedFrom=LINE if is_through_the_line else None)
        app.extensions["keeper"].drain()
        if not is_through_the_line:
            monkeypatch.setattr("operations.line_witnesses.VERIFY_WITHIN", timedelta(0))

    monkeypatch.setattr(sys.modules["admin.commands.lines"], "sleep", call_meanwhile)

    result = with_line("lines", "verify", NUMBER, LINE, "--wait", status=0 if is_through_the_line else 1)

    assert ("a call came through it" in result.stdout) is is_through_the_line


@pytest.fixture
def served(make_app: Callable[..., Flask]) -> Iterator[Flask]:
    """The router, served at a real address that it tells Twilio."""
    served = SimpleNamespace(app=None)
    server = make_server("127.0.0.1", 0, lambda *request: served.app(*request), threaded=True)
    served.app = make_app(public_url=f"http://127.0.0.1:{server.server_port}", data_dir="served")
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield served.app
    server.shutdown()
    thread.join()
    server.server_close()


def test_simulated_call_through_a_forwarded_line_verifies_it(served: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """The story: register, begin, a direct call that proves nothing, and one to the business's own number."""
    monkeypatch.setattr("routing.deadline.DATABASE_SECONDS", 10.0)
    shell = served.test_cli_runner()
    for command in STORY:
        assert shell.invoke(args=command).exit_code == 0, command
    states = []
    for caller, line in (("+14155550197", None), ("+14155550198", LINE)):
        assert call(served, caller, line)[-1].outcome
        served.extensions["keeper"].drain()
        states += json.loads(shell.invoke(args=["lines", "list", "--json"]).stdout)

    assert [line["state"] for line in states] == ["waiting", "verified"]
    assert states[-1]["verified_at"] == states[-1]["last_call_at"]


def call(served: Flask, caller: str, line: str | None) -> list[Step]:
    """Place a call to the number, through a line or direct, and return its story."""
    base = served.extensions["settings"].public_base
    placed = SimulatedCall(
        from_number=caller,
        to_number=NUMBER,
        forwarded_from=line,
        voice_url=f"{base}/twilio/voice",
        status_callback_url=f"{base}/twilio/voice/status",
        account_sid=ACCOUNT_SID,
        auth_token=AUTH_TOKEN,
    )
    return list(place_call(placed))
