"""Who may use the simulated API, and what anybody else is told."""

from pathlib import Path

import pytest
import requests
from twilio.rest import Client

from rest.sdk import SimulatorHttpClient, client_of, refused
from simulator.account import SimulatedAccount
from simulator.rest import RunningSimulator, add_account, add_api_key


def test_account_is_told_about_itself(twilio: Client, running: RunningSimulator) -> None:
    """The Account resource is what a doctor command reads to see whether the credentials are good."""
    account = twilio.api.accounts(running.simulator.account.account_sid).fetch()

    assert account.status == "active"
    assert account.sid == running.simulator.account.account_sid


def test_wrong_token_is_refused_in_twilios_words(running: RunningSimulator) -> None:
    """401 with Twilio's error JSON and a challenge."""
    sid = running.simulator.account.account_sid

    answer = requests.get(f"{running.base_url}/2010-04-01/Accounts/{sid}.json", auth=(sid, "wrong"), timeout=5)

    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == 'Basic realm="Twilio API"'
    assert answer.json() == {
        "code": 20003,
        "message": "Authenticate",
        "more_info": "https://www.twilio.com/docs/errors/20003",
        "status": 401,
    }


@pytest.mark.parametrize("path", ["/2010-04-01/Accounts/AC/Calls.json", "/v1/PhoneNumbers/Countries/US", "/nothing"])
def test_nothing_is_told_without_credentials(running: RunningSimulator, path: str) -> None:
    """Not even whether there is something at a path."""
    assert requests.get(running.base_url + path, timeout=5).status_code == 401


def test_account_of_others_is_closed(twilio: Client, tmp_path: Path) -> None:
    """Good credentials open their own account only."""
    other = add_account(tmp_path)

    with refused(20003, 401):
        twilio.api.accounts(other.account_sid).incoming_phone_numbers.list()


def test_api_key_opens_numbers_but_not_the_account(running: RunningSimulator, tmp_path: Path) -> None:
    """A standard key may do everything but read /Accounts."""
    account_sid = running.simulator.account.account_sid
    key = add_api_key(tmp_path, account_sid)
    client = Client(key.sid, key.secret, account_sid, http_client=SimulatorHttpClient(running.base_url))

    assert client.incoming_phone_numbers.list() == []
    with refused(20003, 401):
        client.api.accounts(account_sid).fetch()


def test_unknown_resource_is_not_found(twilio: Client, running: RunningSimulator) -> None:
    """404/20404 names the path."""
    with refused(20404, 404) as caught:
        twilio.messages("SM" + "0" * 32).fetch()

    path = f"/2010-04-01/Accounts/{running.simulator.account.account_sid}/Messages/SM{'0' * 32}.json"
    assert f"The requested resource {path} was not found" in str(caught.value)


def test_wrong_method_is_refused(running: RunningSimulator) -> None:
    """In Twilio's JSON too."""
    account = running.simulator.account
    url = f"{running.base_url}/2010-04-01/Accounts/{account.account_sid}/Calls.json"

    answer = requests.delete(url, auth=(account.account_sid, account.auth_token), timeout=5)

    assert (answer.status_code, answer.json()["code"]) == (405, 20004)


def test_account_can_be_given(running: RunningSimulator, tmp_path: Path) -> None:
    """A test that has its own SID and token brings them; a new token takes the place of the old one."""
    account = SimulatedAccount("AC" + "0" * 32, "old token")
    add_account(tmp_path, "Given", account)
    rotated = add_account(tmp_path, "Given", SimulatedAccount(account.account_sid, "new token"))

    assert client_of(running, rotated).calls.list() == []
    with refused(20003, 401):
        client_of(running, account).calls.list()
