"""POST /numbers: buying a number."""

from typing import Any

import pytest

from simulator.rest import RunningSimulator, account_not_active, internal_error, too_many_requests
from tests.admin.api.conftest import NUMBER, Api

FOR_SALE = "+14155550110"
NUMBERS = "IncomingPhoneNumbers"


def test_number_is_bought_for_an_agent_and_a_location(
    twilio_server: RunningSimulator, api: Api, number: dict[str, Any]
) -> None:
    """201: it is there at once, with its price, and where it is found from now on."""
    wanted = {"phone_number": FOR_SALE, "agent_id": number["agent"]["id"], "location_id": number["location"]["id"]}

    answer = api.post("/numbers", json=wanted | {"label": "Sales", "country": "US", "type": "local"})

    assert answer.status_code == 201
    assert (answer.json["status"], answer.json["agent"]["name"], answer.json["label"]) == ("active", "Clara", "Sales")
    assert (answer.json["monthly_price"], answer.json["in_force"]) == ("1.15", True)
    assert answer.headers["Idempotency-Replayed"] == "false"
    shown = api.get(answer.headers["Location"].removeprefix("/api/v1"))
    assert shown.json["phone_number"] == FOR_SALE
    assert shown.headers["ETag"] == answer.headers["ETag"]


def test_same_key_buys_once_and_says_that_it_was_before(twilio_server: RunningSimulator, api: Api) -> None:
    """A client that saw no answer sends the same again."""
    first, again = (
        api.post("/numbers", json={"phone_number": FOR_SALE}, headers={"Idempotency-Key": "key-1"}) for _ in range(2)
    )
    other = api.post("/numbers", json={"phone_number": "+14155550111"}, headers={"Idempotency-Key": "key-1"})

    assert (again.status_code, again.json) == (201, first.json)
    assert (first.headers["Idempotency-Replayed"], again.headers["Idempotency-Replayed"]) == ("false", "true")
    assert (other.status_code, other.json["code"]) == (422, "idempotency_key_reused")


def test_purchase_whose_end_nobody_knows_is_202(twilio_server: RunningSimulator, api: Api) -> None:
    """Pending, until it is found or bought after all."""
    twilio_server.faults.next("POST", NUMBERS, internal_error())

    answer = api.post("/numbers", json={"phone_number": FOR_SALE}, headers={"Idempotency-Key": "key-1"})
    again = api.post("/numbers", json={"phone_number": FOR_SALE}, headers={"Idempotency-Key": "key-1"})

    assert (answer.status_code, answer.json["status"]) == (202, "pending")
    assert (again.status_code, again.headers["Idempotency-Replayed"]) == (202, "true")


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [(too_many_requests(), 503, "twilio_busy"), (account_not_active(), 502, "twilio_account_not_active")],
)
def test_refusal_of_twilio_is_told(
    twilio_server: RunningSimulator, api: Api, fault: Any, status: int, code: str
) -> None:
    """Nothing is left of the order."""
    twilio_server.faults.next("POST", NUMBERS, fault)

    answer = api.post("/numbers", json={"phone_number": FOR_SALE})

    assert (answer.status_code, answer.json["code"]) == (status, code)
    assert api.get("/numbers").json == []


@pytest.mark.parametrize(
    ("wanted", "status"),
    [
        ({"phone_number": NUMBER}, 409),
        ({"phone_number": "555-0100"}, 422),
        ({"phone_number": FOR_SALE, "agent_id": 999}, 404),
        ({"phone_number": FOR_SALE, "type": "cheap"}, 422),
        ({"phone_number": FOR_SALE, "country": "usa"}, 422),
        ({}, 422),
    ],
)
def test_order_that_cannot_be_is_refused(
    twilio_server: RunningSimulator, api: Api, number: dict[str, Any], wanted: dict[str, Any], status: int
) -> None:
    """As the operation refuses it."""
    assert api.post("/numbers", json=wanted).status_code == status
