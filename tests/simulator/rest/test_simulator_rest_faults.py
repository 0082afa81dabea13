"""Faults on demand: what goes wrong, and whether the number was bought all the same."""

import threading
import time
from pathlib import Path

import pytest
import requests
from twilio.rest import Client

from rest.sdk import client_of, refused
from simulator.rest import (
    Fault,
    Faults,
    RunningSimulator,
    account_not_active,
    authentication_failed,
    connection_reset,
    hang,
    internal_error,
    not_json,
    slow,
    too_many_requests,
)

NUMBER = "+14155550100"
NUMBERS = "IncomingPhoneNumbers"


def buy(twilio: Client) -> str:
    return str(twilio.incoming_phone_numbers.create(phone_number=NUMBER).phone_number)


def has_it(twilio: Client) -> bool:
    return len(twilio.incoming_phone_numbers.list(phone_number=NUMBER)) == 1


@pytest.mark.parametrize(
    ("fault", "code", "status", "is_bought"),
    [
        (internal_error(), 20500, 500, False),
        (internal_error(is_done=True), 20500, 500, True),
        (too_many_requests(), 20429, 429, False),
        (authentication_failed(), 20003, 401, False),
        (account_not_active(), 20005, 403, False),
        (not_json(), 503, 503, False),
        (not_json(is_done=True), 503, 503, True),
    ],
    ids=str,
)
def test_error_on_demand(
    twilio: Client, running: RunningSimulator, fault: Fault, code: int, status: int, is_bought: bool
) -> None:
    """Each is met once, by the next request of its kind only."""
    running.faults.next("POST", NUMBERS, fault)

    assert twilio.incoming_phone_numbers.list() == []
    with refused(code, status):
        buy(twilio)
    assert has_it(twilio) is is_bought
    assert buy(twilio) == NUMBER


@pytest.mark.parametrize("is_done", [False, True])
def test_connection_breaks_on_demand(twilio: Client, running: RunningSimulator, is_done: bool) -> None:
    """Before anything is done, or after all of it."""
    running.faults.next("POST", NUMBERS, connection_reset(is_done=is_done))

    with pytest.raises(requests.ConnectionError, match="Connection reset"):
        buy(twilio)
    assert has_it(twilio) is is_done


@pytest.mark.parametrize("is_done", [False, True])
def test_request_hangs_on_demand(running: RunningSimulator, is_done: bool) -> None:
    """The caller's timeout comes first; whether it was bought cannot be told from that."""
    running.faults.next("POST", NUMBERS, hang(30, is_done=is_done))
    twilio = client_of(running, running.simulator.account, timeout_seconds=0.3)

    with pytest.raises(requests.ReadTimeout):
        buy(twilio)
    assert has_it(twilio) is is_done


def test_hanging_request_ends_in_a_broken_connection(twilio: Client, running: RunningSimulator) -> None:
    """A caller without a timeout learns nothing either."""
    running.faults.next("POST", NUMBERS, hang(0.1, is_done=True))

    with pytest.raises(requests.ConnectionError):
        buy(twilio)


def test_slow_answer_is_a_proper_one(twilio: Client, running: RunningSimulator) -> None:
    """It just takes its time."""
    running.faults.next("POST", NUMBERS, slow(0.3))
    started = time.monotonic()

    assert buy(twilio) == NUMBER
    assert time.monotonic() - started >= 0.3


def test_others_are_served_while_one_hangs(twilio: Client, running: RunningSimulator) -> None:
    """A hanging request does not hold the line."""
    running.faults.next("DELETE", NUMBERS, hang(30))
    patience = client_of(running, running.simulator.account, timeout_seconds=1)
    hanging = threading.Thread(target=pytest.raises, args=(requests.ReadTimeout, release, patience, buy(twilio)))
    hanging.start()
    started = time.monotonic()

    assert has_it(twilio)
    assert time.monotonic() - started < 1
    hanging.join()


def release(twilio: Client, phone_number: str) -> None:
    [number] = twilio.incoming_phone_numbers.list(phone_number=phone_number)
    number.delete()


def test_release_can_be_done_and_fail_in_telling(twilio: Client, running: RunningSimulator) -> None:
    """The number is gone although Twilio said 500."""
    buy(twilio)
    running.faults.next("DELETE", NUMBERS, internal_error(is_done=True))

    with refused(20500, 500):
        release(twilio, NUMBER)
    assert not has_it(twilio)


def test_faults_are_met_in_their_order_and_number(twilio: Client, running: RunningSimulator) -> None:
    """Two of one, then another."""
    running.faults.next("*", "*", too_many_requests(), times=2)
    running.faults.next("GET", "Calls", internal_error())

    for code, status in ((20429, 429), (20429, 429), (20500, 500)):
        with refused(code, status):
            twilio.calls.list()
    assert twilio.calls.list() == []
    assert running.faults.waiting() == 0


def test_each_resource_has_its_own_faults(twilio: Client, running: RunningSimulator) -> None:
    """Prices and the account are told apart from numbers."""
    running.faults.next("GET", "PhoneNumbers", too_many_requests())
    running.faults.next("GET", "Accounts", internal_error())

    assert twilio.available_phone_numbers("US").fetch().country_code == "US"
    with refused(20429, 429):
        twilio.pricing.v1.phone_numbers.countries("US").fetch()
    with refused(20500, 500):
        twilio.api.accounts(running.simulator.account.account_sid).fetch()


def test_faults_can_be_asked_for_from_another_process(twilio: Client, tmp_path: Path) -> None:
    """By the folder; what nobody met can be forgotten."""
    Faults(tmp_path).next("POST", NUMBERS, internal_error())
    Faults(tmp_path).clear()

    assert buy(twilio) == NUMBER


def test_faults_can_be_asked_for_over_http(twilio: Client, running: RunningSimulator) -> None:
    """And are counted, and forgotten; nonsense is refused."""
    url = f"{running.base_url}/simulator/faults"
    asked = {"method": "POST", "resource": NUMBERS, "effect": "internal_error", "is_done": True}

    assert requests.post(url, json=asked, timeout=5).json() == {"waiting": 1}
    with refused(20500, 500):
        buy(twilio)
    assert has_it(twilio)
    assert requests.post(url, json={"effect": "earthquake"}, timeout=5).status_code == 400
    assert requests.post(url, json={**asked, "times": 3}, timeout=5).json() == {"waiting": 3}
    assert requests.delete(url, timeout=5).status_code == 204
    assert requests.get(url, timeout=5).json() == {"waiting": 0}
