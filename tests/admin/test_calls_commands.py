"""`flask calls place|list`: a simulated call, from the signed webhook to the stored record."""

import json
import threading
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskCliRunner
from werkzeug.serving import make_server

from operations.accounts import create_account
from operations.add_number import add_number
from operations.agents import create_agent
from operations.changes import Changes, Who
from operations.locations import create_location
from operations.pause_number import pause_number
from operations.permissions import SYSTEM
from simulator.example_agent import ExampleAgent
from tests.conftest import Answer

CALLER, NUMBER, FRONT_DESK = "+14155550199", "+14155550100", "+14155550103"


@pytest.fixture
def live(make_app: Callable[..., Flask]) -> Iterator[Flask]:
    """The router behind a real server on this machine, with the simulator's account and the example agent."""
    served = SimpleNamespace(app=None)
    server = make_server("127.0.0.1", 0, lambda *request: served.app(*request), threaded=True)
    served.app = make_app(
        twilio_account_sid="", twilio_auth_token=(), public_url=f"http://127.0.0.1:{server.server_port}"
    )
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    with ExampleAgent(served.app.extensions["settings"].data_dir / "simulator", log=lambda _: None) as agent:
        open_business(served.app.extensions["changes"], agent.stream_url)
        yield served.app
    server.shutdown()
    thread.join()
    server.server_close()


def open_business(changes: Changes, stream_url: str) -> None:
    """Make an account whose numbers are answered by the example agent and by a telephone."""
    who = Who(create_account(changes, Who(None, "test", SYSTEM), "Example Business")["id"], "test", SYSTEM)
    create_agent(changes, who, "Clara", "stream", stream_url)
    create_agent(changes, who, "Front Desk", "phone", "+14155550182", "+14155550183")
    create_location(changes, who, "Downtown")
    add_number(changes, who, NUMBER, "Clara", "Downtown")
    add_number(changes, who, FRONT_DESK, "Front Desk", "Downtown")


def place(app: Flask, *arguments: str) -> Any:
    return FlaskCliRunner(app).invoke(args=["calls", "place", *arguments])


def stored_calls(app: Flask) -> str:
    """Move what was noted to the database and list it."""
    app.extensions["keeper"].drain()
    return FlaskCliRunner(app).invoke(args=["calls", "list"]).stdout


def test_placed_call_reaches_the_agent_and_leaves_a_record(live: Flask) -> None:
    """The first thing a newcomer does: the story is told, and the record says who answered where."""
    result = place(live, CALLER, NUMBER, "--forwarded-from", "+14155550142")

    assert result.exit_code == 0, result.output
    story = result.stdout
    assert "/twilio/voice" in story.splitlines()[0]
    assert "wss://localhost:" in story
    assert story.splitlines()[-1] == "The call has ended: completed."
    heading, call = stored_calls(live).splitlines()
    assert heading.split()[:4] == ["received", "from", "to", "decision"]
    assert call.split()[1:8] == [CALLER, NUMBER, "routed", "Clara", "Downtown", "completed", "completed"]
    assert call.split()[-1] == "+14155550142"


def test_refused_call_is_told_as_not_billed(live: Flask) -> None:
    """A refusal is what was wanted, so the command ends well."""
    pause_number(live.extensions["changes"], Who(1, "test", SYSTEM), NUMBER)

    result = place(live, CALLER, NUMBER)

    assert result.exit_code == 0
    assert "Not billed. <Reject> came before anything that answers" in result.stdout
    assert "paused" in stored_calls(live)


@pytest.mark.parametrize("outcome", ["busy", "no-answer", "failed"])
def test_hand_off_that_fails_is_followed_to_the_fallback_number(live: Flask, outcome: str) -> None:
    """The outcome of the first dial is what was asked for; the fallback number answers."""
    result = place(live, CALLER, FRONT_DESK, "--dial-outcome", outcome)

    assert "+14155550182" in result.stdout
    assert "+14155550183" in result.stdout
    assert f"Front Desk  Downtown  completed  {outcome} → completed" in stored_calls(live)


def test_call_that_nobody_answers_ends_with_status_1(app: Flask) -> None:
    """PUBLIC_URL leads nowhere, so the story is one of problems."""
    nowhere = FlaskCliRunner(app).invoke(args=["calls", "place", "anonymous", NUMBER])

    assert nowhere.exit_code == 1
    assert "Problem" in nowhere.stdout


def test_calls_are_listed_as_json_with_every_field(
    app: Flask, cli: FlaskCliRunner, who: Who, twilio_post: Callable[..., Answer]
) -> None:
    """Newest first, and only those to a number if asked."""
    twilio_post(To=NUMBER, CallSid="CA" + "1" * 32)
    twilio_post(To=FRONT_DESK, CallSid="CA" + "2" * 32)
    app.extensions["keeper"].drain()

    listed = cli.invoke(args=["calls", "list", "--to", "+1 415 555 0100", "--json"])

    [call] = json.loads(listed.stdout)
    assert {"handoff_outcome", "fallback_outcome", "duration_seconds"} <= {*call}
    assert (call["call_sid"], call["decision"], call["route_source"]) == ("CA" + "1" * 32, "unknown", "database")
