"""What Prometheus is told: of all processes of the host, with what is down said so, and never a phone number."""

import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families

from models import Host
from operations.accounts import create_account
from operations.add_number import add_number
from operations.agents import create_agent
from operations.changes import Who
from operations.permissions import SYSTEM
from operations.twilio_errors import TwilioProblem
from simulator.rest import RunningSimulator, internal_error
from simulator.signature import sign
from tests.conftest import AUTH_TOKEN, PUBLIC_URL, Answer, Stack, call_parameters
from tests.operations.at_twilio import laggard
from tests.servers.free_port import find_free_port

Values = dict[tuple[str, ...], float]


def read(client: FlaskClient) -> Values:
    """Return the values by name and labels."""
    response = client.get("/metrics")
    assert (response.status_code, response.mimetype) == (200, "text/plain")
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(response.text)
        for sample in family.samples
    }


def test_calls_are_counted_by_decision_and_source(client: FlaskClient, twilio_post: Callable[..., Answer]) -> None:
    """With their times."""
    twilio_post()
    twilio_post()

    values = read(client)

    assert sum(value for key, value in values.items() if key[:2] == ("clara_calls_total", "unknown")) == 2
    assert values["clara_call_seconds_count",] == values["clara_call_seconds_bucket", "+Inf"] == 2
    assert values["clara_call_seconds_sum",] > 0
    assert values["clara_processes",] == 1


def test_no_number_is_ever_told(client: FlaskClient, twilio_post: Callable[..., Answer]) -> None:
    """Metrics go to more people than calls do."""
    twilio_post()
    client.post("/twilio/voice", data={"To": "+14155550100"})

    assert not re.search(r"415555|\+1", client.get("/metrics").text)


def test_healthy_host_lags_behind_nothing(client: FlaskClient, stack: Stack) -> None:
    """It has just caught up."""
    values = read(client)

    assert values["clara_up", "database"] == 1
    assert values["clara_host_lag_changes",] == values["clara_hosts_behind",] == 0
    assert (("clara_up", "redis") in values) is bool(stack.redis_url)
    assert values.get(("clara_redis_lag_changes",), 0) == 0
    assert values["clara_call_notes_waiting_bytes",] == values["clara_call_notes_oldest_seconds",] == 0


def test_waiting_notes_and_hosts_behind_are_told(
    app: Flask, client: FlaskClient, twilio_post: Callable[..., Answer]
) -> None:
    """Until the keeper has moved them, and the host is back."""
    twilio_post()
    with app.extensions["changes"].database.writing() as session:
        session.add(Host(**laggard() | {"known": -1}))

    values = read(client)
    app.extensions["keeper"].drain()
    after = read(client)

    assert values["clara_call_notes_waiting_bytes",] > 100
    assert after["clara_call_notes_waiting_bytes",] == 0
    assert (values["clara_hosts",], values["clara_hosts_behind",]) == (2, 1)


def test_dead_servers_are_told_and_metrics_go_on(make_app: Callable[..., Flask], twilio_post: object) -> None:
    """What they would have told is left out, and background work that fails is counted."""
    alone = make_app(**nobody_there())

    values = read(alone.test_client())

    assert (values["clara_up", "database"], values["clara_up", "redis"]) == (0, 0)
    assert ("clara_hosts",) not in values
    assert values["clara_background_failing", "keeper"] == 2
    assert values["clara_background_failures_total", "keeper"] == 2


def test_breakers_are_told(make_app: Callable[..., Flask], client: FlaskClient) -> None:
    """In how many processes calls leave a server alone."""
    alone = make_app(**nobody_there())
    for last in range(10):
        alone.extensions["call_path"].lookup.find(f"+1415555010{last}")

    values = read(alone.test_client())

    assert (values["clara_breaker_open", "redis"], values["clara_breaker_open", "database"]) == (1, 1)
    assert values["clara_breaker_opened_total", "database"] == 1


def test_requests_to_twilio_are_counted_by_outcome(
    app: Flask, client: FlaskClient, twilio_server: RunningSimulator
) -> None:
    """Whoever made them."""
    twilio = app.extensions["twilio"]
    twilio.has_any_number()
    twilio_server.faults.next("GET", "IncomingPhoneNumbers", internal_error())
    with pytest.raises(TwilioProblem):
        twilio.has_any_number()

    values = read(client)

    assert values["clara_twilio_requests_total", "ok"] == 1
    assert values["clara_twilio_requests_total", "unavailable"] == 1


def nobody_there() -> dict[str, str]:
    """Return settings of a host whose database and Redis refuse every connection."""
    server = f"127.0.0.1:{find_free_port()}"
    return {
        "database_url": f"postgresql://postgres@{server}/clara",
        "redis_url": f"redis://{server}",
        "data_dir": "alone",
    }


def test_calls_refused_for_coming_too_often_are_counted(
    make_app: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As soon as one is."""
    monkeypatch.setattr("routing.repeated_calls.time", lambda: 1_000_000_020.0)
    app = make_app(repeated_calls_per_minute=1, fallback_number="+14155550190")
    with app.app_context():
        changes = app.extensions["changes"]
        who = Who(create_account(changes, Who(None, "test", SYSTEM), "Example Business")["id"], "test", SYSTEM)
        create_agent(changes, who, "Clara", "phone", "+14155550182")
        add_number(changes, who, "+14155550100", "Clara")
    form = call_parameters()
    headers = {"X-Twilio-Signature": sign(f"{PUBLIC_URL}/twilio/voice", form, AUTH_TOKEN)}
    client = app.test_client()
    answers = [client.post("/twilio/voice", data=form, headers=headers).text for _ in range(3)]

    assert ["<Reject" in text for text in answers] == [False, True, True]
    assert read(client)["clara_calls_repeated_total",] == 2
