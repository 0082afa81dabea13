"""Whoever calls, and whatever a carrier put into the call, is answered, and only inbound calls are looked up."""

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from routing.call_route import ROUTED, UNKNOWN, CallRoute
from tests.conftest import ACCOUNT_SID, call_parameters
from tests.routing.door import ENDPOINTS, NUMBER, Door
from tests.routing.test_twilio_request import WITHHELD

ROUTE = CallRoute(NUMBER, ROUTED, 1, 2, 3, "Clara", "phone", "+14155550181", "+14155550182", 4, "Main St")
GEOGRAPHY = {f"{side}{what}": "" for side in ("From", "To") for what in ("City", "State", "Zip", "Country")}
TOKEN = "%7B%22parentCallInfoToken%22%3A%22eyJhbGciOiJFUzI1NiJ9.eyJj%22%2C%22identityHeaderTokens%22%3A%5B%5D%7D"
PAYLOADS: dict[str, dict[str, str | None]] = {
    "forwarded": {
        **GEOGRAPHY,
        "CallToken": TOKEN,
        "CalledVia": "+14155550106",
        "ForwardedFrom": "+14155550106",
        "FromCity": "CHICAGO",
        "FromZip": "60712",
    },
    "direct, attested": {**GEOGRAPHY, "From": "+9235550010", "StirVerstat": "TN-Validation-Passed-A"},
    "with an identity header": {"CallToken": '["eyJ…;info=<https://cr.example/x>;alg=ES256;ppt=\\"shaken\\""]'},
    "23 digits, in progress": {
        "CallStatus": "in-progress",
        "CallerState": "Köln",
        "CalledVia": "+49494949494912248033558",
        "ForwardedFrom": "+49494949494912248033558",
        "From": "+4925550005",
    },
    "forwarded from itself": {"ForwardedFrom": NUMBER},
    "caller name and add-ons": {"CallerName": "O'NEIL <&> SONS", "AddOns": '{"status": "successful", "results": {}}'},
    "unknown parameters": {"NewIn2031": "x", "": "", "To ": "+14155550101", "to": "+14155550101", "To[]": "x"},
    "older API": {"ApiVersion": "2008-08-01", "CallStatus": None, "Caller": None, "Called": None},
    "very long": {"SipHeader_X-Long": "x" * 100_000, "CallToken": "%" * 20_000},
}
STRANGERS: dict[str, dict[str, str]] = {
    "SIP domain": {
        "From": "sip:ann@direct.example.sip.twilio.com",
        "To": "sip:front@direct.example.sip.twilio.com",
        "SipDomain": "direct.example.sip.twilio.com",
        "SipHeader_X-Evil": "<Dial>\r\n\x00",
    },
    "client": {"From": "client:ann", "To": "", "Called": "", "ApplicationSid": "AP" + "1" * 32, "custom": "key"},
    "nobody": {"From": "", "To": ""},
    "short code": {"To": "12345"},
    "other number": {"To": "+14155550149"},
}


@pytest.fixture
def routed_door(make_door: Callable[..., Door]) -> Door:
    """A door to NUMBER, which is routed to Clara's telephone."""
    return make_door(ROUTE)


@pytest.mark.parametrize("name", PAYLOADS)
def test_real_call_reaches_the_agent(routed_door: Door, name: str) -> None:
    """Every shape of call that was seen in the wild to one of our numbers is handed over and noted."""
    answer = routed_door.post(**PAYLOADS[name])

    assert (answer.status_code, answer.verbs) == (200, ["Dial"])
    [event] = routed_door.noted()
    assert (event.kind, event.details["decision"], event.details["to_number"]) == ("inbound_call", "routed", NUMBER)


def test_forwarded_line_is_noted(routed_door: Door) -> None:
    """Where the call was forwarded from is kept as the carrier said it, also when that is no number."""
    routed_door.post(**PAYLOADS["23 digits, in progress"])

    assert routed_door.noted()[0].details["forwarded_from"] == "+49494949494912248033558"


@pytest.mark.parametrize("name", STRANGERS)
def test_call_to_no_number_of_ours_is_refused_and_noted(routed_door: Door, name: str) -> None:
    """A SIP or client call, or one to a number that we have not, is refused as unknown, and noted."""
    answer = routed_door.post(**STRANGERS[name])

    assert (answer.status_code, answer.find("Reject").attrib) == (200, {"reason": "rejected"})
    assert routed_door.noted()[0].details["decision"] == "unknown"


@pytest.mark.parametrize("direction", ["outbound-api", "outbound-dial", "trunking-terminating", "INBOUND", ""])
def test_only_inbound_calls_are_looked_up(routed_door: Door, direction: str) -> None:
    """In any other direction To is a customer, not our number: refused as unknown, and noted as what it was."""
    answer = routed_door.post(Direction=direction)

    assert answer.find("Reject").attrib == {"reason": "rejected"}
    [event] = routed_door.noted()
    assert (event.details["decision"], event.details["direction"]) == ("unknown", direction)


@pytest.mark.parametrize("from_number", WITHHELD)
def test_withheld_caller_is_shown_as_the_dialled_number(routed_door: Door, from_number: str) -> None:
    """Twilio dials nobody on behalf of a withheld or odd caller (error 13214), so our number is shown."""
    assert routed_door.post(From=from_number).find("Dial").attrib["callerId"] == NUMBER


def test_ordinary_caller_is_shown_as_itself(routed_door: Door) -> None:
    """An ordinary caller's number goes through by itself."""
    assert "callerId" not in routed_door.post().find("Dial").attrib


@pytest.mark.parametrize("path", ENDPOINTS)
@pytest.mark.parametrize("name", ["CallSid", "AccountSid", "From", "To", "Direction"])
def test_doubled_parameter_reaches_nobody(routed_door: Door, path: str, name: str) -> None:
    """Two values of a routing parameter could mean two routes: refused in TwiML at every endpoint."""
    usual = call_parameters()
    answer = routed_door.post_pairs([*usual.items(), (name, usual[name] + "0")], path)

    assert (answer.status_code, answer.verbs) == (200, ["Reject"])
    assert {event.details["decision"] for event in routed_door.noted()} <= {UNKNOWN}


@pytest.mark.parametrize("path", ENDPOINTS)
@pytest.mark.parametrize(
    "changed",
    [
        {"CallSid": "CA1"},
        {"AccountSid": "../../etc"},
        {"To": None},
        {"From": None},
        {"Direction": None},
        {"CallSid": ""},
    ],
)
def test_malformed_parameter_reaches_nobody(routed_door: Door, path: str, changed: dict[str, str | None]) -> None:
    """What Twilio signed and no call makes is refused in TwiML at every endpoint."""
    answer = routed_door.post(path, **changed)

    assert (answer.status_code, answer.verbs) == (200, ["Reject"])
    assert {event.details["decision"] for event in routed_door.noted()} <= {UNKNOWN}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100)
@given(
    changed=st.dictionaries(
        st.sampled_from(["From", "To", "CallStatus", "ForwardedFrom", "CallerName", "SipHeader_X-A", "Direction"]),
        st.one_of(st.text(st.characters(exclude_categories=["Cs"]), max_size=300), st.just(NUMBER)),
    )
)
def test_any_signed_call_is_answered(routed_door: Door, changed: dict[str, str]) -> None:
    """Any text at all in a signed call is answered with a document that parses, and noted."""
    answer = routed_door.post(**changed)

    assert (answer.status_code, len(answer.verbs)) == (200, 1)
    assert routed_door.noted()[-1].account_sid == ACCOUNT_SID
