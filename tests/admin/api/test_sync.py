"""What differs between Twilio and us, for one account; the repairs; and taking a number over."""

from typing import Any

import pytest
from flask import Flask

from operations.agents import create_agent
from operations.changes import Changes, Who
from operations.twilio_account import OwnedNumber, TwilioAccount, Webhooks, webhooks_of
from simulator.rest import RunningSimulator, authentication_failed, too_many_requests
from tests.admin.api.conftest import NUMBER, Api
from tests.conftest import PUBLIC_URL

OTHER = "+14155550101"
OLD_WEBHOOKS = Webhooks("https://old.example.com/voice", "https://old.example.com/fallback", "")
NUMBERS = "IncomingPhoneNumbers"


@pytest.fixture
def twilio(twilio_server: RunningSimulator, app: Flask) -> TwilioAccount:
    """The account at the simulated Twilio."""
    return app.extensions["twilio"]


@pytest.fixture
def owned(twilio: TwilioAccount, number: dict[str, Any]) -> OwnedNumber:
    """The business's number at Twilio, pointed at another program; its SID is not known here."""
    return twilio.buy(NUMBER, "", OLD_WEBHOOKS)


def test_differences_are_told_and_repaired_one_by_one(api: Api, owned: OwnedNumber, twilio: TwilioAccount) -> None:
    """Each with what both sides say."""
    differences = api.get("/sync").json
    assert [(one["kind"], one["repair"]) for one in differences] == [
        ("wrong_webhooks", "configure"),
        ("sid_missing", "remember_sid"),
    ]
    assert differences[0]["at_twilio"]["voice_url"] == OLD_WEBHOOKS.voice_url

    for one in differences:
        answer = api.post("/sync/repairs", json={"number_id": one["number_id"], "kind": one["kind"]})
        assert (answer.status_code, answer.json["phone_number"]) == (200, NUMBER)

    assert api.get("/sync").json == []
    assert twilio.read(owned.sid).voice_url == webhooks_of(PUBLIC_URL).voice_url


def test_nothing_is_changed_by_asking(
    api: Api, owned: OwnedNumber, twilio: TwilioAccount, twilio_server: RunningSimulator
) -> None:
    """A release that is open stays so, and is told."""
    number_id = api.get("/numbers").json[0]["id"]
    twilio_server.faults.next("GET", NUMBERS, too_many_requests())
    api.post(f"/numbers/{number_id}/release", json={"confirm": NUMBER})

    assert [one["kind"] for one in api.get("/sync").json] == ["release_unfinished"]
    assert twilio.read(owned.sid) is not None


def test_account_sees_its_own_numbers_and_nobodys_only_while_it_is_alone(
    api: Api, twilio: TwilioAccount, other: Who, stranger: Api, owned: OwnedNumber
) -> None:
    """A number that nobody has here might be the other account's."""
    twilio.buy(OTHER, "", OLD_WEBHOOKS)

    assert {one["phone_number"] for one in api.get("/sync").json} == {NUMBER}
    assert stranger.get("/sync").json == []


def test_only_account_sees_what_nobody_has_here_and_takes_it_over(
    api: Api, twilio: TwilioAccount, number: dict[str, Any]
) -> None:
    """With somebody who answers it from now on."""
    there = twilio.buy(OTHER, "Reception", OLD_WEBHOOKS)
    assert [one["kind"] for one in api.get("/sync").json if one["phone_number"] == OTHER] == ["unknown_here"]

    answer = api.post("/numbers/take-over", json={"phone_number": OTHER, "agent_id": number["agent"]["id"]})

    assert (answer.status_code, answer.json["label"], answer.json["warnings"]) == (201, "Reception", [])
    assert answer.headers["Location"].endswith(f"/numbers/{answer.json['id']}")
    assert twilio.read(there.sid).voice_url == webhooks_of(PUBLIC_URL).voice_url


def test_number_is_not_taken_over_while_it_may_be_another_accounts(
    api: Api, twilio: TwilioAccount, number: dict[str, Any], other: Who
) -> None:
    """Only the operator knows whose it is."""
    twilio.buy(OTHER, "", OLD_WEBHOOKS)

    answer = api.post("/numbers/take-over", json={"phone_number": OTHER, "agent_id": number["agent"]["id"]})

    assert (answer.status_code, answer.json["code"]) == (409, "twilio_account_shared")


def test_another_accounts_number_is_not_repaired(stranger: Api, owned: OwnedNumber, number: dict[str, Any]) -> None:
    """It is not there."""
    answer = stranger.post("/sync/repairs", json={"number_id": number["id"], "kind": "wrong_webhooks"})

    assert answer.status_code == 404


def test_number_that_twilio_has_is_not_released_as_gone(api: Api, owned: OwnedNumber, number: dict[str, Any]) -> None:
    """The repair looks again."""
    answer = api.post("/sync/repairs", json={"number_id": number["id"], "kind": "gone_at_twilio"})

    assert (answer.status_code, answer.json["code"]) == (409, "number_at_twilio")


@pytest.mark.parametrize(("fault", "status"), [(too_many_requests(), 503), (authentication_failed(), 502)], ids=str)
def test_twilio_that_does_not_answer_is_said_so(
    api: Api, owned: OwnedNumber, twilio_server: RunningSimulator, fault: Any, status: int
) -> None:
    """No list is better than a wrong one."""
    twilio_server.faults.next("GET", NUMBERS, fault)

    assert api.get("/sync").status_code == status


def test_agent_is_named_by_its_id_only(api: Api, changes: Changes, who: Who, twilio: TwilioAccount) -> None:
    """Not one that has such an id as its name."""
    create_agent(changes, who, "999999", "phone", "+14155550184")

    answer = api.post("/numbers/take-over", json={"phone_number": OTHER, "agent_id": 999999})

    assert answer.status_code == 404
