"""Releasing a number through the API: what it costs first, then the number itself as a confirmation."""

from typing import Any

import pytest
from flask import Flask

from operations.twilio_account import TwilioAccount
from simulator.rest import RunningSimulator, too_many_requests
from tests.admin.api.conftest import NUMBER, Api


@pytest.fixture
def twilio(twilio_server: RunningSimulator, app: Flask) -> TwilioAccount:
    """The account at the simulated Twilio."""
    return app.extensions["twilio"]


def test_impact_is_told_before_anything_is_done(api: Api, number: dict[str, Any]) -> None:
    """To everybody who sees the number."""
    impact = api.get(f"/numbers/{number['id']}/release-impact").json

    assert (impact["phone_number"], impact["calls"], impact["forwarded_lines"]) == (NUMBER, 0, [])
    assert impact["agent_left_without_number"] == number["agent"]
    assert api.get(f"/numbers/{number['id']}").json["status"] == "active"


@pytest.mark.parametrize("body", [{}, {"confirm": "+14155550101"}, {"confirm": "yes"}, {"confirm": None}])
def test_release_wants_the_number_itself(api: Api, number: dict[str, Any], body: dict[str, Any]) -> None:
    """Nothing else confirms what cannot be undone."""
    assert api.post(f"/numbers/{number['id']}/release", json=body).status_code == 422
    assert api.get(f"/numbers/{number['id']}").json["status"] == "active"


def test_released_number_is_not_charged_any_more(api: Api, number: dict[str, Any], twilio: TwilioAccount) -> None:
    """Twilio has confirmed that it does not have it."""
    answer = api.post(f"/numbers/{number['id']}/release", json={"confirm": NUMBER, "reason": "moved"})

    assert (answer.status_code, answer.json["status"], answer.json["warnings"]) == (200, "released", [])
    assert answer.json["charged_until"] is not None


def test_release_that_twilio_has_not_confirmed_says_so(
    api: Api, number: dict[str, Any], twilio: TwilioAccount, twilio_server: RunningSimulator
) -> None:
    """The calls have stopped; the rest is tried again, and visible meanwhile."""
    twilio_server.faults.next("GET", "IncomingPhoneNumbers", too_many_requests())

    answer = api.post(f"/numbers/{number['id']}/release", json={"confirm": NUMBER})

    assert (answer.status_code, answer.json["in_force"], answer.json["charged_until"]) == (200, True, None)
    assert "is not given back to Twilio yet" in answer.json["warnings"][0]
    waiting = api.get("/numbers?needs_attention=true").json
    assert [one["phone_number"] for one in waiting] == [NUMBER]


def test_release_of_what_somebody_else_has_changed_is_refused(api: Api, number: dict[str, Any]) -> None:
    """As for every change."""
    answer = api.post(
        f"/numbers/{number['id']}/release", json={"confirm": NUMBER}, headers={"If-Match": '"0123456789abcdef"'}
    )

    assert answer.status_code == 412


def test_second_release_is_a_conflict(api: Api, number: dict[str, Any], twilio: TwilioAccount) -> None:
    """With a sentence."""
    api.post(f"/numbers/{number['id']}/release", json={"confirm": NUMBER})
    answer = api.post(f"/numbers/{number['id']}/release", json={"confirm": NUMBER})

    assert (answer.status_code, answer.json["code"]) == (409, "number_already_released")
