"""Buying numbers: what is set in the same call, each refusal, and the papers that some numbers need."""

from pathlib import Path
from typing import Any

import pytest
import requests
from twilio.rest import Client

from rest.sdk import VOICE_URL, refused
from simulator.rest import RunningSimulator, add_address, add_bundle

NUMBER = "+14155550100"
LONDON = "+442079460000"
SYDNEY = "+61255500000"
BERLIN = "+493023125000"
BRITISH_MOBILE = "+447700900000"


def test_number_is_bought_with_all_its_settings(twilio: Client) -> None:
    """Webhook, fallback and status callback come with the purchase."""
    number = twilio.incoming_phone_numbers.create(
        phone_number=NUMBER,
        friendly_name="Front desk",
        voice_url=f"{VOICE_URL}#rc=2&rp=5xx",
        voice_fallback_url=f"{VOICE_URL}/fallback",
        voice_fallback_method="get",
        status_callback=f"{VOICE_URL}/status",
        voice_caller_id_lookup=True,
    )

    assert number.sid.startswith("PN")
    assert (number.phone_number, number.friendly_name, number.status) == (NUMBER, "Front desk", "in-use")
    assert (number.voice_url, number.voice_method) == (f"{VOICE_URL}#rc=2&rp=5xx", "POST")
    assert (number.voice_fallback_url, number.voice_fallback_method) == (f"{VOICE_URL}/fallback", "GET")
    assert (number.status_callback, number.voice_caller_id_lookup) == (f"{VOICE_URL}/status", True)
    assert (number.origin, number.type, number.date_created.year >= 2025) == ("twilio", "local", True)


def test_bought_number_is_no_longer_found(twilio: Client, competitor: Client) -> None:
    """By anybody; and it is back at once when it was released."""
    number = twilio.incoming_phone_numbers.create(phone_number=NUMBER)
    assert competitor.available_phone_numbers("US").local.list(contains=NUMBER) == []

    number.delete()

    assert len(competitor.available_phone_numbers("US").local.list(contains=NUMBER)) == 1


def test_area_code_buys_another_number_each_time(twilio: Client) -> None:
    """Until there are none: New York has two."""
    bought = {twilio.incoming_phone_numbers.create(area_code="212").phone_number for _ in range(2)}

    assert bought == {"+12125550100", "+12125550101"}
    with refused(21452):
        twilio.incoming_phone_numbers.create(area_code="212")


def test_friendly_name_is_the_formatted_number_if_none_was_given(twilio: Client) -> None:
    """As Twilio does."""
    assert twilio.incoming_phone_numbers.create(phone_number=NUMBER).friendly_name == "(415) 555-0100"


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({}, 400),
        ({"phone_number": NUMBER, "voice_fallback_url": VOICE_URL}, 21405),
        ({"phone_number": NUMBER, "sms_fallback_url": VOICE_URL}, 21406),
        ({"phone_number": NUMBER, "voice_url": "clara.example.com/voice"}, 21402),
        ({"phone_number": NUMBER, "voice_url": "ftp://clara.example.com/voice"}, 21402),
        ({"phone_number": NUMBER, "status_callback": "http://clara.example.com:99999/"}, 21402),
        ({"phone_number": NUMBER, "voice_url": VOICE_URL, "voice_method": "PUT"}, 21403),
        ({"phone_number": NUMBER, "voice_application_sid": "AP1"}, 21420),
        ({"phone_number": NUMBER, "friendly_name": "x" * 65}, 400),
        ({"phone_number": "4155550100"}, 21421),
        ({"phone_number": "+1415555010O"}, 21421),
        ({"phone_number": "+14155550199"}, 21422),
        ({"area_code": "911"}, 21451),
        ({"area_code": "907"}, 21452),
        ({"phone_number": LONDON}, 21631),
        ({"phone_number": SYDNEY}, 21631),
        ({"phone_number": BRITISH_MOBILE}, 21649),
    ],
)
def test_purchase_is_refused(twilio: Client, form: dict[str, Any], code: int) -> None:
    """Each reason has its code, and nothing is bought."""
    with refused(code):
        twilio.incoming_phone_numbers.create(**form)

    assert twilio.incoming_phone_numbers.list() == []


def test_number_of_somebody_else_is_not_available(twilio: Client, competitor: Client) -> None:
    """And stays as it is."""
    twilio.incoming_phone_numbers.create(phone_number=NUMBER, voice_url=VOICE_URL)

    with refused(21422):
        competitor.incoming_phone_numbers.create(phone_number=NUMBER, voice_url="https://competitor.example.com/")

    assert twilio.incoming_phone_numbers.list()[0].voice_url == VOICE_URL


def test_buying_an_own_number_again_changes_it(twilio: Client) -> None:
    """201 and the same SID: what is dangerous about repeating a purchase."""
    first = twilio.incoming_phone_numbers.create(phone_number=NUMBER, voice_url=VOICE_URL, friendly_name="First")

    second = twilio.incoming_phone_numbers.create(phone_number=NUMBER, voice_url="https://other.example.com/")

    assert second.sid == first.sid
    assert (second.voice_url, second.friendly_name) == ("https://other.example.com/", "First")
    assert len(twilio.incoming_phone_numbers.list()) == 1


def test_sub_resources_know_no_area_codes(running: RunningSimulator) -> None:
    """21457; the SDK does not offer the parameter there."""
    account = running.simulator.account
    url = f"{running.base_url}/2010-04-01/Accounts/{account.account_sid}/IncomingPhoneNumbers/Local.json"

    answer = requests.post(url, {"AreaCode": "415"}, auth=(account.account_sid, account.auth_token), timeout=5)

    assert (answer.status_code, answer.json()["code"]) == (400, 21457)


def test_sub_resources_sell_their_type_only(twilio: Client) -> None:
    """21458 for a number of another type."""
    with refused(21458):
        twilio.incoming_phone_numbers.toll_free.create(phone_number=NUMBER)
    assert twilio.incoming_phone_numbers.toll_free.create(phone_number="+18005550100").sid.startswith("PN")


def test_any_address_will_do_for_london(twilio: Client, running: RunningSimulator, tmp_path: Path) -> None:
    """Wherever it is; somebody else's will not."""
    own = add_address(tmp_path, running.simulator.account.account_sid, "US", "San Francisco")
    foreign = add_address(tmp_path, "AC" + "0" * 32, "GB", "London")

    with refused(21631):
        twilio.incoming_phone_numbers.create(phone_number=LONDON, address_sid=foreign)
    assert twilio.incoming_phone_numbers.create(phone_number=LONDON, address_sid=own).address_sid == own


def test_sydney_needs_an_address_in_sydney(twilio: Client, running: RunningSimulator, tmp_path: Path) -> None:
    """21615 for one from elsewhere."""
    account_sid = running.simulator.account.account_sid
    melbourne = add_address(tmp_path, account_sid, "AU", "Melbourne")
    sydney = add_address(tmp_path, account_sid, "AU", "Sydney")

    with refused(21615):
        twilio.incoming_phone_numbers.create(phone_number=SYDNEY, address_sid=melbourne)
    assert twilio.incoming_phone_numbers.create(phone_number=SYDNEY, address_sid=sydney).phone_number == SYDNEY


def test_bundle_must_be_approved_and_of_the_kind(twilio: Client, running: RunningSimulator, tmp_path: Path) -> None:
    """21649 for none, for one under review, and for one of another country."""
    account_sid = running.simulator.account.account_sid
    in_review = add_bundle(tmp_path, account_sid, "GB", "mobile", status="pending-review")
    german = add_bundle(tmp_path, account_sid, "DE", "local")
    approved = add_bundle(tmp_path, account_sid, "GB", "mobile")

    for bundle_sid in (in_review, german):
        with refused(21649):
            twilio.incoming_phone_numbers.create(phone_number=BRITISH_MOBILE, bundle_sid=bundle_sid)
    bought = twilio.incoming_phone_numbers.create(phone_number=BRITISH_MOBILE, bundle_sid=approved)

    assert (bought.bundle_sid, bought.type) == (approved, "mobile")


def test_berlin_needs_both_papers(twilio: Client, running: RunningSimulator, tmp_path: Path) -> None:
    """A local address, and then a bundle."""
    account_sid = running.simulator.account.account_sid
    address = add_address(tmp_path, account_sid, "DE", "Berlin")
    bundle = add_bundle(tmp_path, account_sid, "DE", "local")

    with refused(21649):
        twilio.incoming_phone_numbers.create(phone_number=BERLIN, address_sid=address)
    bought = twilio.incoming_phone_numbers.create(phone_number=BERLIN, address_sid=address, bundle_sid=bundle)

    assert bought.phone_number == BERLIN
