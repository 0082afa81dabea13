"""The list of calls: what was recorded, and what the filters find of it."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from twilio.rest import Client

from rest.sdk import VOICE_URL, refused
from simulator.rest import CallLedger, call_to
from simulator.story import CallOutcome, SimulatedCall

NUMBER = "+14155550100"
CALLER = "+14155550199"
NOON = datetime(2026, 3, 14, 12, 0, tzinfo=UTC)


def outcome(call: SimulatedCall, status: str = "completed", duration_seconds: int = 75) -> CallOutcome:
    is_answered = status == "completed"
    return CallOutcome(call.call_sid, status, is_answered, is_answered, "", None, duration_seconds)


@pytest.fixture
def call(twilio: Client, tmp_path: Path) -> SimulatedCall:
    """A call to a number that was bought."""
    twilio.incoming_phone_numbers.create(phone_number=NUMBER, voice_url=VOICE_URL)
    return call_to(tmp_path, CALLER, NUMBER)


def at(call: SimulatedCall, from_number: str = CALLER) -> SimulatedCall:
    """Return another call like it."""
    return SimulatedCall(from_number, call.to_number, VOICE_URL, call.account_sid, call.auth_token)


def test_recorded_call_is_listed_as_twilio_lists_it(twilio: Client, tmp_path: Path, call: SimulatedCall) -> None:
    """Times, duration as a string, the number's SID, the price of what was answered."""
    CallLedger(tmp_path).record(call, outcome(call), NOON)

    [listed] = twilio.calls.list()

    assert (listed.sid, listed._from, listed.to, listed.status) == (call.call_sid, CALLER, NUMBER, "completed")
    assert (listed.start_time, listed.end_time) == (NOON, NOON + timedelta(seconds=75))
    assert (listed.duration, listed.direction, listed.price) == ("75", "inbound", "-0.01700")
    assert listed.phone_number_sid == twilio.incoming_phone_numbers.list()[0].sid
    assert twilio.calls(call.call_sid).fetch().sid == call.call_sid


def test_refused_call_is_listed_and_costs_nothing(twilio: Client, tmp_path: Path, call: SimulatedCall) -> None:
    """A call that was rejected is in Twilio's list too."""
    CallLedger(tmp_path).record(call, outcome(call, "busy", 0))

    [listed] = twilio.calls.list(status="busy")

    assert (listed.duration, listed.price) == ("0", None)
    assert abs(datetime.now(UTC) - listed.start_time) < timedelta(seconds=10)


def test_filters_find_calls(twilio: Client, tmp_path: Path, call: SimulatedCall) -> None:
    """By number, caller, status and day."""
    ledger = CallLedger(tmp_path)
    for hours, caller in ((-24, "+14155550198"), (0, CALLER), (24, CALLER)):
        another = at(call, caller)
        ledger.record(another, outcome(another), NOON + timedelta(hours=hours))

    assert len(twilio.calls.list(to=NUMBER)) == 3
    assert twilio.calls.list(to="+14155550101") == []
    assert len(twilio.calls.list(from_="+14155550198")) == 1
    assert twilio.calls.list(status="failed") == []
    assert len(twilio.calls.list(start_time=date(2026, 3, 14).isoformat())) == 1
    assert twilio.calls.list(parent_call_sid="CA" + "0" * 32) == []


def test_times_include_both_ends(twilio: Client, tmp_path: Path, call: SimulatedCall) -> None:
    """On or after, on or before, to the second; ends of calls likewise."""
    CallLedger(tmp_path).record(call, outcome(call), NOON)
    second = timedelta(seconds=1)

    assert len(twilio.calls.list(start_time_after=NOON, start_time_before=NOON)) == 1
    assert twilio.calls.list(start_time_after=NOON + second) == []
    assert twilio.calls.list(start_time_before=NOON - second) == []
    assert len(twilio.calls.list(end_time_after=NOON + 75 * second)) == 1
    assert twilio.calls.list(end_time_before=NOON) == []


def test_time_that_cannot_be_read_is_refused(twilio: Client, tmp_path: Path, call: SimulatedCall) -> None:
    """Not taken for none."""
    CallLedger(tmp_path).record(call, outcome(call), NOON)

    with refused(400):
        twilio.calls.list(start_time_after="yesterday")


def test_pages_keep_the_filters(twilio: Client, tmp_path: Path, call: SimulatedCall) -> None:
    """The next page is of the same search."""
    ledger = CallLedger(tmp_path)
    calls = [at(call) for _ in range(5)] + [at(call, "+14155550198")]
    for another in calls:
        ledger.record(another, outcome(another), NOON)

    found = twilio.calls.list(from_=CALLER, start_time_after=NOON, page_size=2)

    assert [listed.sid for listed in found] == [another.call_sid for another in calls[4::-1]]


def test_call_is_recorded_once(twilio: Client, tmp_path: Path, call: SimulatedCall) -> None:
    """By its SID."""
    for _ in range(2):
        CallLedger(tmp_path).record(call, outcome(call), NOON)

    assert len(twilio.calls.list()) == 1


def test_calls_belong_to_their_account(competitor: Client, tmp_path: Path, call: SimulatedCall) -> None:
    """Another account's list is empty."""
    CallLedger(tmp_path).record(call, outcome(call), NOON)

    assert competitor.calls.list() == []
