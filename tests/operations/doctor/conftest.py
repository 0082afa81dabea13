"""A router that is in order in every respect, and a way to spoil it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
import responses
from flask import Flask

from admin.commands.doctor import examined
from operations.accounts import create_account
from operations.add_number import add_number
from operations.agents import create_agent
from operations.changes import Changes, Who
from operations.doctor.examine import examine
from operations.doctor.finding import OK, Finding
from operations.permissions import SYSTEM
from operations.twilio_account import OwnedNumber
from simulator.rest import RunningSimulator
from simulator.signature import sign
from tests.conftest import AUTH_TOKEN, PUBLIC_URL, call_parameters
from tests.operations.at_twilio import buy

NUMBER = "+14155550100"
IN_ORDER = {"secret_key": "5" * 64, "fallback_number": "+14155550190"}
VOICE = "/twilio/voice"
Proxy = Callable[[Flask, requests.PreparedRequest], tuple[int, dict[str, str], bytes]]


def pass_on(app: Flask, request: requests.PreparedRequest) -> tuple[int, dict[str, str], bytes]:
    """Pass a request on to the router, as a good proxy does."""
    answer = app.test_client().open(
        urlsplit(str(request.url)).path, method=request.method, headers=dict(request.headers), data=request.body
    )
    return answer.status_code, dict(answer.headers), answer.data


@dataclass
class Clinic:
    """A router with one number at Twilio, behind a proxy at PUBLIC_URL."""

    app: Flask
    make_app: Callable[..., Flask]
    twilio_server: RunningSimulator
    at_twilio: Callable[..., None]
    owned: OwnedNumber
    internet: responses.RequestsMock
    proxy: Proxy = pass_on

    @property
    def changes(self) -> Changes:
        return self.app.extensions["changes"]

    def set(self, **settings: object) -> None:
        """Start the router anew with other settings."""
        self.stop()
        self.app = self.make_app(**(IN_ORDER | settings))
        self.app.extensions["keeper"].start()

    def stop(self) -> None:
        self.app.extensions["keeper"].stop(10)

    def post(self, url: str, token: str = AUTH_TOKEN, **request: Any) -> int:
        """Post a call that is signed for this URL, and return the status of the answer."""
        form = call_parameters(**request.pop("form", {}))
        headers = {"X-Twilio-Signature": sign(url, form, token), "User-Agent": "TwilioProxy/1.1"}
        headers |= request.pop("headers", {})
        return self.app.test_client().post(VOICE, data=form, headers=headers, **request).status_code

    def examine(self) -> list[Finding]:
        with self.app.app_context():
            return examine(examined())

    def wrong(self) -> list[Finding]:
        """Return what is not in order."""
        return [finding for finding in self.examine() if finding.severity != OK]

    def found(self, check: str) -> list[Finding]:
        return [replace(finding, check="") for finding in self.examine() if finding.check == check]


@pytest.fixture
def clinic(
    make_app: Callable[..., Flask],
    twilio_server: RunningSimulator,
    at_twilio: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Clinic]:
    """A router that is in order, on SQLite without Redis and on PostgreSQL with Redis in turn."""
    for server in ("database", "redis"):  # a busy machine is no fault
        monkeypatch.setattr(f"operations.doctor.check_{server}.SLOW_SECONDS", 10.0)
    app = make_app(**IN_ORDER)
    owned = prepare(app)
    with responses.RequestsMock(assert_all_requests_are_fired=False) as internet:
        clinic = Clinic(app, make_app, twilio_server, at_twilio, owned, internet)
        internet.add_passthru("http://127.0.0.1")
        for method, path in (("POST", VOICE + "/status"), ("GET", "/healthz")):
            internet.add_callback(method, PUBLIC_URL + path, lambda request: clinic.proxy(clinic.app, request))
        app.extensions["keeper"].start()
        yield clinic
        clinic.stop()


def prepare(app: Flask) -> OwnedNumber:
    """Make a business that has taken over a number, whose webhooks are right."""
    changes, twilio = app.extensions["changes"], app.extensions["twilio"]
    who = Who(create_account(changes, Who(None, "test", SYSTEM), "Example Business")["id"], "test", SYSTEM)
    create_agent(changes, who, "Clara", "phone", "+14155550182")
    owned = buy(twilio, NUMBER)
    add_number(changes, who, NUMBER, "Clara", twilio=twilio, webhooks=app.extensions["webhooks"])
    return owned
