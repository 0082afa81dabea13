"""From the purchase to the call: a number's configuration at Twilio decides where a call goes."""

import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
import requests
from recording_server import RecordingServer
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from rest.sdk import VOICE_URL, client_of, refused
from simulator.place_call import place_call
from simulator.rest import (
    CallLedger,
    NotInService,
    Provisioning,
    RunningSimulator,
    add_account,
    call_to,
    create_simulator,
    lookup,
)

NUMBER = "+14155550100"
CALLER = "+14155550199"
PROJECT = Path(__file__).parents[3]


def test_call_goes_where_the_number_points_and_is_listed(
    twilio: Client, tmp_path: Path, server: RecordingServer
) -> None:
    """Bought, called, listed: the call that Twilio knows of is the one that was placed."""
    voice_url = server.answer("/voice", '<Reject reason="busy"/>')
    twilio.incoming_phone_numbers.create(phone_number=NUMBER, voice_url=voice_url)
    call = replace(call_to(tmp_path, CALLER, NUMBER), forwarded_from="+14155550150")

    list(CallLedger(tmp_path).follow(call, place_call(call)))

    [listed] = twilio.calls.list()
    assert (listed.sid, listed.status, listed.forwarded_from) == (call.call_sid, "busy", "+14155550150")
    assert server.requests[0].parameters["AccountSid"] == listed.account_sid


def test_configuration_is_read_back(twilio: Client, tmp_path: Path) -> None:
    """What a caller of place_call needs to know."""
    number = twilio.incoming_phone_numbers.create(
        phone_number=NUMBER, voice_url=VOICE_URL, voice_fallback_url=f"{VOICE_URL}/fallback", status_callback=VOICE_URL
    )

    configuration = lookup(tmp_path, NUMBER)

    assert configuration is not None
    assert (configuration.phone_number_sid, configuration.account_sid) == (number.sid, number.account_sid)
    assert (configuration.voice_url, configuration.fallback_url) == (VOICE_URL, f"{VOICE_URL}/fallback")
    assert (configuration.status_callback_url, configuration.why_not) == (VOICE_URL, None)


def test_number_that_nobody_has_is_not_looked_up(tmp_path: Path) -> None:
    """And cannot be called."""
    assert lookup(tmp_path, NUMBER) is None
    with pytest.raises(NotInService, match="Nobody has"):
        call_to(tmp_path, CALLER, NUMBER)


@pytest.mark.parametrize(
    ("settings", "why_not"),
    [
        ({"trunk_sid": "TK" + "a" * 32}, "trunk"),
        ({"voice_application_sid": "AP" + "a" * 32}, "application"),
        ({"voice_url": ""}, "no voice URL"),
    ],
)
def test_overridden_voice_url_is_not_requested(
    twilio: Client, tmp_path: Path, settings: dict[str, str], why_not: str
) -> None:
    """A trunk, an application or an empty URL: Twilio would not ask us."""
    number = twilio.incoming_phone_numbers.create(phone_number=NUMBER, voice_url=VOICE_URL)
    number.update(**settings)

    with pytest.raises(NotInService, match=why_not):
        call_to(tmp_path, CALLER, NUMBER)


def test_pending_number_takes_no_calls(tmp_path: Path) -> None:
    """Until it is in use; looking it up does not bring that about."""
    with RunningSimulator(create_simulator(tmp_path, Provisioning(reads=1))) as running:
        twilio = client_of(running, running.simulator.account)
        number = twilio.incoming_phone_numbers.create(phone_number=NUMBER, voice_url=VOICE_URL)
        for _ in range(2):
            with pytest.raises(NotInService, match="pending"):
                call_to(tmp_path, CALLER, NUMBER)
        number.fetch()

        assert call_to(tmp_path, CALLER, NUMBER).voice_url == VOICE_URL


def test_released_number_goes_to_the_other_account(twilio: Client, competitor: Client, tmp_path: Path) -> None:
    """With a SID of its own, and nothing of its former settings."""
    first = twilio.incoming_phone_numbers.create(phone_number=NUMBER, voice_url=VOICE_URL)
    first.delete()

    second = competitor.incoming_phone_numbers.create(phone_number=NUMBER)

    assert second.sid != first.sid
    assert second.voice_url == ""


def test_one_of_twenty_buyers_gets_the_number(running: RunningSimulator, tmp_path: Path) -> None:
    """Two accounts race; the nineteen others hear 21422, or 201 if they are the same account's."""
    accounts = [running.simulator.account, add_account(tmp_path)]

    def buy(index: int) -> tuple[int, str]:
        account = accounts[index % 2]
        url = f"{running.base_url}/2010-04-01/Accounts/{account.account_sid}/IncomingPhoneNumbers.json"
        credentials = (account.account_sid, account.auth_token)
        answer = requests.post(url, {"PhoneNumber": NUMBER}, auth=credentials, timeout=10)
        return answer.json().get("code", 0), answer.json().get("sid", "")

    with ThreadPoolExecutor(20) as threads:
        answers = list(threads.map(buy, range(20)))

    codes = Counter(code for code, _ in answers)
    assert codes == {0: 10, 21422: 10}
    assert len({sid for _, sid in answers if sid}) == 1


def test_one_of_twenty_accounts_gets_the_number(running: RunningSimulator, tmp_path: Path) -> None:
    """Exactly one 201."""
    clients = [client_of(running, add_account(tmp_path), timeout_seconds=10) for _ in range(20)]

    def buy(client: Client) -> int:
        try:
            client.incoming_phone_numbers.create(phone_number=NUMBER)
        except TwilioRestException as error:
            return int(error.code or 0)
        return 201

    with ThreadPoolExecutor(20) as threads:
        codes = Counter(threads.map(buy, clients))

    assert codes == {201: 1, 21422: 19}


def test_area_code_never_sells_a_number_twice(running: RunningSimulator) -> None:
    """Twenty buyers, two numbers."""
    account = running.simulator.account
    url = f"{running.base_url}/2010-04-01/Accounts/{account.account_sid}/IncomingPhoneNumbers.json"

    def buy(_: int) -> int:
        credentials = (account.account_sid, account.auth_token)
        return requests.post(url, {"AreaCode": "212"}, auth=credentials, timeout=10).status_code

    with ThreadPoolExecutor(20) as threads:
        assert Counter(threads.map(buy, range(20))) == {201: 2, 400: 18}


def test_everything_outlives_a_restart(tmp_path: Path) -> None:
    """Numbers, accounts and faults are in the folder."""
    with RunningSimulator(create_simulator(tmp_path)) as running:
        other = add_account(tmp_path)
        bought = client_of(running, other).incoming_phone_numbers.create(phone_number=NUMBER)
    with RunningSimulator(create_simulator(tmp_path)) as running:
        again = client_of(running, other).incoming_phone_numbers.list()
        with refused(21422):
            client_of(running, running.simulator.account).incoming_phone_numbers.create(phone_number=NUMBER)

    assert [number.sid for number in again] == [bought.sid]


def test_store_is_readable_by_its_owner_only(running: RunningSimulator, tmp_path: Path) -> None:
    """It holds tokens."""
    assert (tmp_path / "twilio.db").stat().st_mode & 0o777 == 0o600


def test_two_processes_serve_one_twilio(running: RunningSimulator, tmp_path: Path) -> None:
    """Run as a command: it says where it answers, and sells from the same inventory."""
    command = [sys.executable, "-m", "simulator.rest", "--folder", str(tmp_path), "--port", "0", "--until-parent-exits"]
    twilio = client_of(running, running.simulator.account)
    twilio.incoming_phone_numbers.create(phone_number=NUMBER)

    with subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        base_url = process.stdout.readline().partition(" on ")[2].partition(";")[0]
        account = running.simulator.account
        numbers = requests.get(
            f"{base_url}/2010-04-01/Accounts/{account.account_sid}/IncomingPhoneNumbers.json",
            auth=(account.account_sid, account.auth_token),
            timeout=5,
        ).json()["incoming_phone_numbers"]
        process.terminate()

    assert [number["phone_number"] for number in numbers] == [NUMBER]
