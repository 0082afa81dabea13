"""A webhook's form is read for what we need, cut to size, and never demanded to be more than that."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.twilio_request import (
    CALL_SID,
    InboundCall,
    MalformedWebhook,
    read_handoff_ended,
    read_inbound_call,
    read_status_changed,
    read_stream_changed,
)
from tests.conftest import call_parameters

READERS = (read_inbound_call, read_handoff_ended, read_status_changed)
CHILD_SID = "CA" + "2" * 32


def read(**changed: str | None) -> InboundCall:
    return read_inbound_call(list(call_parameters(**changed).items()))


def test_usual_call_is_read_as_twilio_sent_it() -> None:
    """Every field of a usual call has its value, and what is not there is None."""
    call = read()

    assert call == InboundCall(
        account_sid="AC" + "0" * 32,
        call_sid="CA" + "1" * 32,
        from_number="+14155550199",
        to_number="+14155550100",
        direction="inbound",
        call_status="ringing",
        forwarded_from=None,
        error_code=None,
        error_url=None,
    )


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("name", ["CallSid", "AccountSid", "From", "To", "Direction"])
def test_routing_parameter_must_be_there_once(reader: Any, name: str) -> None:
    """A routing parameter that is missing, or doubled even with the same value, says nothing for certain."""
    usual = call_parameters()

    with pytest.raises(MalformedWebhook, match=f"{name} is there 0 times"):
        reader(list(call_parameters(**{name: None}).items()))
    with pytest.raises(MalformedWebhook, match=f"{name} is there 2 times"):
        reader([*usual.items(), (name, usual[name])])


def test_doubled_status_is_malformed() -> None:
    """Two values of CallStatus would make the record depend on their order; none at all is bearable."""
    with pytest.raises(MalformedWebhook, match="CallStatus"):
        read_inbound_call([*call_parameters().items(), ("CallStatus", "completed")])

    assert read(CallStatus=None).call_status == ""


@pytest.mark.parametrize("sid", ["", "CA1", "ca" + "1" * 32, "CA" + "G" * 32, "CA" + "1" * 33, "CA" + "１" * 32, "x\n"])
@pytest.mark.parametrize("name", ["CallSid", "AccountSid"])
def test_sid_must_be_one(name: str, sid: str) -> None:
    """A record's key is a SID and nothing else."""
    with pytest.raises(MalformedWebhook, match="not a SID"):
        read(**{name: sid})


@pytest.mark.parametrize(
    ("direction", "to_number", "is_for_a_number"),
    [
        ("inbound", "+14155550100", True),
        ("outbound-api", "+14155550100", False),
        ("outbound-dial", "+14155550100", False),
        ("Inbound", "+14155550100", False),
        ("", "+14155550100", False),
        ("inbound", "", False),
        ("inbound", "sip:front@example.sip.twilio.com", False),
        ("inbound", "client:front", False),
        ("inbound", "14155550100", False),
        ("inbound", "+04155550100", False),
        ("inbound", "+14155550100\n", False),
        ("inbound", "+1415555010０", False),
        ("inbound", "+49494949494912248033558", False),
    ],
)
def test_only_an_inbound_call_to_e164_is_for_a_number(direction: str, to_number: str, is_for_a_number: bool) -> None:
    """In an outbound call To is the customer, and what is not E.164 is no number of ours."""
    assert read(Direction=direction, To=to_number).is_for_a_number is is_for_a_number


WITHHELD = [
    *("+266696687", "+7378742833", "+2562533", "+8656696", "+86282452253", "anonymous", "Anonymous", "Restricted"),
    *("RESTRICTED", "unknown", "unavailable", "private", "blocked", "+0", "+04155550199", "", "client:ann"),
    *("sip:ann@example.com", "+49494949494912248033558", "4155550199", "+1415555０199"),
]


@pytest.mark.parametrize("from_number", WITHHELD)
def test_withheld_or_odd_caller_has_no_caller_id(from_number: str) -> None:
    """Placeholders of carriers, even those that look like E.164, and everything else that is no number."""
    assert not read(From=from_number).has_caller_id


@pytest.mark.parametrize("from_number", ["+14155550199", "+4925550005", "+9235550010"])
def test_ordinary_caller_has_a_caller_id(from_number: str) -> None:
    """A number that can be dialled back can be shown."""
    assert read(From=from_number).has_caller_id


@given(
    st.dictionaries(
        st.sampled_from(["From", "To", "Direction", "CallStatus", "ForwardedFrom", "ErrorCode", "ErrorUrl", "X"]),
        st.text(st.characters(), max_size=400),
    )
)
def test_what_is_kept_can_be_stored(changed: dict[str, str]) -> None:
    """Whatever carriers put into a call, no field is longer than its column or holds what a database cannot."""
    call = read(**changed)

    kept = (call.from_number, call.to_number, call.direction, call.call_status, call.forwarded_from or "")
    assert all(len(value) <= longest for value, longest in zip(kept, (256, 256, 32, 32, 256), strict=True))
    assert all(character >= " " and not 0xD800 <= ord(character) <= 0xDFFF for value in kept for character in value)
    assert len(call.error_code or "") <= 16


@pytest.mark.parametrize(
    ("parameters", "outcome", "has_failed", "leaves_a_caller"),
    [
        ({"DialCallStatus": "busy"}, "busy", True, False),
        ({"DialCallStatus": "no-answer"}, "no-answer", True, False),
        ({"DialCallStatus": "failed"}, "failed", True, False),
        ({"DialCallStatus": "completed"}, "completed", False, False),
        ({"DialCallStatus": "answered"}, "answered", False, False),
        ({"DialCallStatus": "canceled"}, "canceled", False, False),
        ({"SessionStatus": "completed"}, "completed", False, False),
        ({"SessionStatus": "failed"}, "failed", True, False),
        ({"SessionStatus": "ended", "ErrorCode": "64102"}, "ended", True, False),
        ({"ErrorCode": "31920"}, None, True, False),
        ({"CallStatus": "in-progress"}, None, False, True),
        ({"CallStatus": "completed"}, None, False, False),
        ({"CallStatus": "in-progress", "DialCallStatus": ""}, None, False, True),
        ({"DialCallStatus": "x" * 50}, "x" * 40, False, False),
    ],
)
def test_outcome_of_a_handoff(
    parameters: dict[str, str], outcome: str | None, has_failed: bool, leaves_a_caller: bool
) -> None:
    """A hand-off has failed when Twilio says so; only a stream's end leaves the question open."""
    ended = read_handoff_ended(list(call_parameters(**parameters).items()))

    assert (ended.outcome, ended.has_failed, ended.leaves_a_caller) == (outcome, has_failed, leaves_a_caller)


def test_stream_event_comes_without_parties() -> None:
    """A stream's callback names its call, its event and its problem, and no From, To or Direction."""
    parameters = {
        "AccountSid": "AC" + "0" * 32,
        "CallSid": "CA" + "1" * 32,
        "StreamSid": "MZ" + "1" * 32,
        "StreamEvent": "stream-error",
        "StreamError": "Stream - Connection - Handshake",
    }
    stream = read_stream_changed(list(parameters.items()))

    assert stream is not None
    assert (stream.call_sid, stream.event) == ("CA" + "1" * 32, "stream-error")
    assert stream.problem == "Stream - Connection - Handshake"


def test_call_status_is_no_stream_event() -> None:
    """A callback without StreamEvent is about the call."""
    assert read_stream_changed(list(call_parameters().items())) is None


@pytest.mark.parametrize("name", ["CallSid", "AccountSid"])
def test_stream_event_of_two_calls_is_malformed(name: str) -> None:
    """A doubled SID names no call for certain, in a stream's callback either."""
    parameters = call_parameters(StreamEvent="stream-started")

    with pytest.raises(MalformedWebhook):
        read_stream_changed([*parameters.items(), (name, parameters[name])])
    with pytest.raises(MalformedWebhook):
        read_stream_changed([("StreamEvent", "stream-started"), ("CallSid", "CA1")])


@pytest.mark.parametrize(
    ("timestamp", "moment"),
    [
        ("Sat, 07 May 2022 12:00:00 +0000", datetime(2022, 5, 7, 12, tzinfo=UTC)),
        ("Sat, 07 May 2022 12:00:00 -0700", datetime(2022, 5, 7, 19, tzinfo=UTC)),
        ("Sat, 07 May 2022 12:00:00", datetime(2022, 5, 7, 12, tzinfo=UTC)),
        ("Sat, 07 May 2022 12:00:00 +9999", None),
        ("Fri, 31 Dec 9999 23:59:59 -0700", None),
        ("Sat, 99 May 2022 12:00:00 +0000", None),
        ("2022-05-07T12:00:00Z", None),
        ("9" * 300, None),
        ("", None),
    ],
)
def test_timestamp_is_read_in_utc(timestamp: str, moment: datetime | None) -> None:
    """Twilio's RFC 2822 date becomes a moment in UTC; what is no date, or beyond the calendar, becomes none."""
    changed = read_status_changed(list(call_parameters(Timestamp=timestamp).items()))

    assert changed.happened_at == moment


@pytest.mark.parametrize(
    ("duration", "seconds"),
    [("0", 0), ("61", 61), ("-1", None), ("1.5", None), ("", None), ("9" * 8, None), ("６", None)],
)
def test_duration_is_whole_seconds(duration: str, seconds: int | None) -> None:
    """CallDuration is a number of seconds or it is nothing."""
    changed = read_status_changed(list(call_parameters(CallDuration=duration).items()))

    assert changed.duration_seconds == seconds


@pytest.mark.parametrize(("parent", "is_kept"), [(CHILD_SID, True), ("", False), ("CA1", False), (None, False)])
def test_leg_names_its_parent(parent: str | None, is_kept: bool) -> None:
    """A leg that we dialled is known by a real ParentCallSid; an empty one is no parent."""
    changed = read_status_changed(list(call_parameters(ParentCallSid=parent).items()))

    assert CALL_SID.fullmatch(CHILD_SID)
    assert (changed.parent_call_sid is not None) is is_kept
