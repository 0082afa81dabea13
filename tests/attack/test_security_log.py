"""Who investigates an attack finds in the log what was tried and from where; never the secret that was tried with."""

import json
from collections.abc import Callable

import pytest
from flask import Flask

from tests.admin.api.conftest import Api
from tests.admin.pages.conftest import Person


def test_log_ins_and_refusals_are_logged(
    app: Flask, api_of: Callable[..., Api], person: Callable[..., Person], capfd: pytest.CaptureFixture[str]
) -> None:
    """Good and bad log-ins, roles that do not reach, tokens that do not hold, forms of another site, webhooks."""
    member = person("member")
    member.log_in("planted-guess")
    member.post("/settings/tokens", name="mine", role="member")
    member.client.post("/password", data={"csrf_token": "planted-form"})
    api_of("member").post("/agents", json={"name": "Zoe", "handoff_kind": "client", "handoff_target": "zoe"})
    Api(app, "planted-token").get("/numbers")
    app.test_client().post("/twilio/voice", headers={"X-Twilio-Signature": "planted-signature"})

    log = capfd.readouterr().err
    events = [json.loads(line) for line in log.splitlines()]
    said = {event["event"] for event in events}
    assert said >= {"logged in", "log-in failed", "request forbidden", "form refused", "webhook refused"}
    assert {event.get("endpoint") for event in events} >= {
        "pages.create_token",
        "api.agents_create",
        "api.numbers_show_all",
    }
    assert "planted" not in log
    assert member.password not in log
