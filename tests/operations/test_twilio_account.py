"""The typed account at Twilio, against the simulated Twilio over HTTP."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from flask import Flask

from operations.twilio_account import TwilioAccount, Webhooks, webhooks_of
from operations.twilio_errors import TwilioOutcomeUnknown, TwilioRefused, TwilioUnavailable
from simulator.rest import (
    CallLedger,
    RunningSimulator,
    add_account,
    add_api_key,
    connection_reset,
    internal_error,
    not_json,
    too_many_requests,
)
from simulator.story import CallOutcome, SimulatedCall
from tests.conftest import ACCOUNT_SID, AUTH_TOKEN, PUBLIC_URL

NUMBER = "+14155550100"
WEBHOOKS = webhooks_of(PUBLIC_URL)
OTHER_WEBHOOKS = webhooks_of("https://elsewhere.example.com")
NUMBERS = "IncomingPhoneNumbers"


@pytest.fixture
def twilio(twilio_server: RunningSimulator) -> Iterator[TwilioAccount]:
    """The tests' account at the simulated Twilio."""
    account = TwilioAccount(ACCOUNT_SID, ACCOUNT_SID, AUTH_TOKEN, twilio_server.base_url)
    yield account
    account.close()


def test_app_reaches_the_simulated_twilio_as_its_account(twilio_server: RunningSimulator, app: Flask) -> None:
    """What every story with Twilio begins with."""
    account: TwilioAccount = app.extensions["twilio"]

    bought = account.buy(NUMBER, "Main line", WEBHOOKS)

    assert account.find(NUMBER) == bought


def test_app_of_a_test_without_twilio_reaches_nobody(app: Flask) -> None:
    """No test may ask the real one."""
    with pytest.raises(TwilioUnavailable, match="cannot be reached"):
        app.extensions["twilio"].find(NUMBER)


def test_country_tells_its_types(twilio: TwilioAccount) -> None:
    """In the order in which they are offered; a country without numbers has none."""
    assert twilio.number_types("US") == ("local", "toll_free")
    assert twilio.number_types("GB") == ("local", "toll_free", "mobile")
    assert twilio.number_types("AQ") == ()


def test_search_goes_by_every_filter_at_once(twilio: TwilioAccount) -> None:
    """Each result says where it is and what it can."""
    found = twilio.search("US", "local", area_code="415", city="San Francisco", region="CA", contains="555*1", limit=3)

    assert len(found) == 3
    assert {(number.locality, number.region, number.iso_country) for number in found} == {("San Francisco", "CA", "US")}
    assert found[0].capabilities == ("mms", "sms", "voice")
    assert found[0].number_type == "local"
    assert not found[0].is_beta


def test_type_that_a_country_has_not_is_refused(twilio: TwilioAccount) -> None:
    """Twilio says 404."""
    with pytest.raises(TwilioRefused) as refused:
        twilio.search("US", "mobile")

    assert (refused.value.code, refused.value.twilio_code) == ("not_at_twilio", 20404)


def test_prices_are_decimals_by_our_names_of_types(twilio: TwilioAccount) -> None:
    """Twilio says "toll free"; a country without numbers has no prices."""
    prices = {price.number_type: (price.amount, price.unit) for price in twilio.prices("US")}

    assert prices == {"local": (Decimal("1.15"), "USD"), "toll_free": (Decimal("2.15"), "USD")}
    assert twilio.prices("AQ") == []


def test_bought_number_has_all_its_webhooks(twilio: TwilioAccount) -> None:
    """One request buys and configures it, so that no call can come in between."""
    bought = twilio.buy(NUMBER, "Main line", WEBHOOKS)

    assert (bought.phone_number, bought.friendly_name, bought.number_type) == (NUMBER, "Main line", "local")
    assert (bought.voice_url, bought.voice_method) == (f"{PUBLIC_URL}/twilio/voice#rc=2&rp=5xx,ct,rt", "POST")
    assert (bought.voice_fallback_url, bought.voice_fallback_method) == (f"{PUBLIC_URL}/twilio/voice/fallback", "POST")
    assert (bought.status_callback, bought.status_callback_method) == (f"{PUBLIC_URL}/twilio/voice/status", "POST")
    assert bought.is_in_use
    assert bought.created_at is not None
    assert twilio.read(bought.sid) == bought


def test_number_is_found_by_all_of_its_digits_only(twilio: TwilioAccount) -> None:
    """Twilio's filter also finds parts of numbers."""
    twilio.buy(NUMBER, "Main line", WEBHOOKS)

    assert twilio.find(NUMBER[:-1]) is None
    assert twilio.find("+14155550101") is None


def test_every_number_is_yielded(twilio: TwilioAccount) -> None:
    """Whatever the order."""
    wanted = {f"+141555501{index:02}" for index in range(12)}
    for phone_number in wanted:
        twilio.buy(phone_number, "Line", WEBHOOKS)

    assert {number.phone_number for number in twilio.every_number()} == wanted


def test_configuring_takes_a_number_from_its_application(twilio: TwilioAccount) -> None:
    """Twilio would otherwise go on ignoring the voice URL."""
    sid = twilio.buy(NUMBER, "Main line", OTHER_WEBHOOKS).sid
    twilio._client.incoming_phone_numbers(sid).update(voice_application_sid="AP" + "a" * 32)

    configured = twilio.configure(sid, WEBHOOKS)

    assert (configured.voice_url, configured.voice_application_sid, configured.trunk_sid) == (
        WEBHOOKS.voice_url,
        "",
        "",
    )
    assert configured.friendly_name == "Main line"


def test_configuring_takes_a_number_from_its_trunk(twilio: TwilioAccount) -> None:
    """The same for a SIP trunk."""
    sid = twilio.buy(NUMBER, "Main line", OTHER_WEBHOOKS).sid
    twilio._client.incoming_phone_numbers(sid).update(trunk_sid="TK" + "a" * 32)

    assert twilio.configure(sid, WEBHOOKS).trunk_sid == ""


def test_released_number_is_gone_and_releasing_it_again_says_so(twilio: TwilioAccount) -> None:
    """404 means that it is done."""
    sid = twilio.buy(NUMBER, "Main line", WEBHOOKS).sid

    assert twilio.release(sid) is True
    assert twilio.release(sid) is False
    assert twilio.read(sid) is None
    assert twilio.find(NUMBER) is None


def test_number_that_somebody_else_has_is_not_available(twilio: TwilioAccount, twilio_server: RunningSimulator) -> None:
    """The sentence says what to do."""
    other = add_account(twilio_server.simulator.folder)
    competitor = TwilioAccount(other.account_sid, other.account_sid, other.auth_token, twilio_server.base_url)
    competitor.buy(NUMBER, "Theirs", WEBHOOKS)
    competitor.close()

    with pytest.raises(TwilioRefused, match="Search again") as refused:
        twilio.buy(NUMBER, "Ours", WEBHOOKS)
    assert (refused.value.code, refused.value.status, refused.value.twilio_code) == ("number_not_available", 409, 21422)


@pytest.mark.parametrize(
    "fault", [internal_error(is_done=True), connection_reset(is_done=True), not_json(is_done=True)]
)
def test_purchase_without_an_answer_is_not_repeated(
    twilio: TwilioAccount, twilio_server: RunningSimulator, fault: object
) -> None:
    """It is said that nobody knows; looking shows that it was done."""
    twilio_server.faults.next("POST", NUMBERS, fault, times=1)

    with pytest.raises(TwilioOutcomeUnknown, match="look"):
        twilio.buy(NUMBER, "Ours", WEBHOOKS)
    assert twilio_server.faults.waiting() == 0
    assert twilio.find(NUMBER) is not None


def test_busy_twilio_has_certainly_done_nothing(twilio: TwilioAccount, twilio_server: RunningSimulator) -> None:
    """429 is not a refusal, and may be repeated."""
    twilio_server.faults.next("POST", NUMBERS, too_many_requests())

    with pytest.raises(TwilioUnavailable, match="Nothing was done") as busy:
        twilio.buy(NUMBER, "Ours", WEBHOOKS)
    assert (busy.value.code, busy.value.status, busy.value.twilio_code) == ("twilio_busy", 503, 20429)


def test_read_whose_connection_broke_is_tried_once_more(twilio: TwilioAccount, twilio_server: RunningSimulator) -> None:
    """Reading changes nothing; twice is enough."""
    twilio_server.faults.next("GET", NUMBERS, connection_reset())
    assert twilio.find(NUMBER) is None

    twilio_server.faults.next("GET", NUMBERS, connection_reset(), times=3)
    with pytest.raises(TwilioUnavailable, match="broke off"):
        twilio.find(NUMBER)
    assert twilio_server.faults.waiting() == 1


def test_release_without_an_answer_is_not_repeated(twilio: TwilioAccount, twilio_server: RunningSimulator) -> None:
    """Not even though a second one would do no harm: the caller decides."""
    sid = twilio.buy(NUMBER, "Ours", WEBHOOKS).sid
    twilio_server.faults.next("DELETE", NUMBERS, connection_reset(), times=2)

    with pytest.raises(TwilioOutcomeUnknown):
        twilio.release(sid)
    assert twilio_server.faults.waiting() == 1


def test_calls_are_those_of_a_window(twilio: TwilioAccount, twilio_server: RunningSimulator) -> None:
    """For reconciling; who forwarded the call is told too."""
    call = SimulatedCall("+14155550199", NUMBER, "", ACCOUNT_SID, AUTH_TOKEN, forwarded_from="+14155550150")
    ended = CallOutcome(call.call_sid, "completed", True, True, "", None, 12)
    began = datetime(2026, 3, 1, 12, tzinfo=UTC)
    CallLedger(twilio_server.simulator.folder).record(call, ended, began)
    hour = timedelta(hours=1)

    [found] = twilio.calls(began - hour, began + hour)

    assert (found.call_sid, found.direction, found.status) == (call.call_sid, "inbound", "completed")
    assert (found.from_number, found.to_number) == ("+14155550199", NUMBER)
    assert (found.forwarded_from, found.duration_seconds, found.started_at) == ("+14155550150", 12, began)
    assert list(twilio.calls(began + hour, began + 2 * hour)) == []


def test_api_key_logs_in_in_the_auth_tokens_place(twilio_server: RunningSimulator, app: Flask) -> None:
    """The account stays the same one."""
    key = add_api_key(twilio_server.simulator.folder, ACCOUNT_SID)
    account = TwilioAccount(ACCOUNT_SID, key.sid, key.secret, twilio_server.base_url)

    assert account.buy(NUMBER, "Ours", WEBHOOKS).phone_number == NUMBER
    account.close()


def test_webhooks_stand_below_the_public_url() -> None:
    """With a path of its own, if it has one."""
    assert webhooks_of("https://example.com/clara") == Webhooks(
        "https://example.com/clara/twilio/voice#rc=2&rp=5xx,ct,rt",
        "https://example.com/clara/twilio/voice/fallback",
        "https://example.com/clara/twilio/voice/status",
    )
