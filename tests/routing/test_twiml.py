"""Each route becomes the document that Twilio needs, with everything that the agent must be told."""

from dataclasses import asdict
from urllib.parse import parse_qs, parse_qsl, urlsplit
from xml.etree import ElementTree

import pytest

from routing import twiml
from routing.call_route import DECISIONS, ROUTED, CallRoute
from routing.twiml import TwimlSettings, answer_call

NUMBER, FALLBACK = "+14155550100", "+14155550180"
BASE = "https://calls.example.com/clara"
ENDED = f"{BASE}/twilio/voice/handoff-ended"
SETTINGS = TwimlSettings(BASE)
TOLD = {"called": NUMBER, "agent_id": "7", "agent_name": "Clara", "location_id": "9", "location_name": "Main St"}
TARGETS = {
    "stream": "wss://agent.example.com/calls",
    "conversation_relay": "wss://agent.example.com/relay",
    "sip": "sip:clara@agent.example.com;transport=tls",
    "phone": "+14155550181",
    "client": "clara",
    "redirect": "https://agent.example.com/twiml",
}


def routed(kind: str, **changed: object) -> CallRoute:
    usual: dict[str, object] = {
        "phone_number": NUMBER,
        "decision": ROUTED,
        "agent_id": 7,
        "agent_name": "Clara",
        "handoff_kind": kind,
        "handoff_target": TARGETS[kind],
        "location_id": 9,
        "location_name": "Main St",
    }
    return CallRoute(**usual | changed)


def document(route: CallRoute, has_caller_id: bool = True, settings: TwimlSettings = SETTINGS) -> ElementTree.Element:
    return ElementTree.fromstring(answer_call(route, has_caller_id, settings))


def parameters_of(element: ElementTree.Element) -> dict[str, str]:
    return {parameter.attrib["name"]: parameter.attrib["value"] for parameter in element.findall("Parameter")}


def one(root: ElementTree.Element, path: str) -> ElementTree.Element:
    assert len(root) == 1
    [found] = root.findall(path)
    return found


def test_stream_is_connected_with_parameters() -> None:
    """A stream has the agent's URL, everything told as parameters, and both of our URLs to hear how it went."""
    root = document(routed("stream"))

    stream = one(root, "Connect/Stream")
    assert stream.attrib == {"url": TARGETS["stream"], "statusCallback": f"{BASE}/twilio/voice/status"}
    assert root[0].attrib == {"action": ENDED}
    assert parameters_of(stream) == TOLD


def test_conversation_relay_is_connected_with_parameters() -> None:
    """A relay has the agent's URL and everything told as parameters."""
    root = document(routed("conversation_relay"))

    relay = one(root, "Connect/ConversationRelay")
    assert relay.attrib == {"url": TARGETS["conversation_relay"]}
    assert root[0].attrib == {"action": ENDED}
    assert parameters_of(relay) == TOLD


def test_sip_is_dialled_with_headers() -> None:
    """A SIP agent is told in X- headers of the URI."""
    sip = one(document(routed("sip")), "Dial/Sip").text or ""

    uri, _, headers = sip.partition("?")
    assert uri == TARGETS["sip"]
    assert dict(parse_qsl(headers)) == {"X-" + name.replace("_", "-").title(): value for name, value in TOLD.items()}


def test_phone_is_dialled_with_a_reason() -> None:
    """A telephone shows number and location; the rest comes back to our action."""
    root = document(routed("phone"))

    number = one(root, "Dial/Number")
    action = urlsplit(root[0].attrib["action"])
    assert number.text == TARGETS["phone"]
    assert root[0].attrib["callReason"] == f"{NUMBER} Main St"
    assert dict(parse_qsl(action.query)) == TOLD
    assert root[0].attrib["action"].startswith(ENDED)


def test_client_is_dialled_with_parameters() -> None:
    """A client's identity stands beside the parameters."""
    client = one(document(routed("client")), "Dial/Client")

    assert [identity.text for identity in client.findall("Identity")] == [TARGETS["client"]]
    assert parameters_of(client) == TOLD


@pytest.mark.parametrize(
    ("target", "kept"), [("", {}), ("?", {}), ("?tenant=a%20b", {"tenant": ["a b"]}), ("?a=1&a=2", {"a": ["1", "2"]})]
)
def test_call_is_redirected_with_a_query(target: str, kept: dict[str, list[str]]) -> None:
    """The agent's own TwiML URL keeps its query and gets everything told in addition."""
    redirect = one(document(routed("redirect", handoff_target=TARGETS["redirect"] + target)), "Redirect")

    url, _, query = (redirect.text or "").partition("?")
    assert (url, redirect.attrib) == (TARGETS["redirect"], {"method": "POST"})
    assert parse_qs(query) == kept | {name: [value] for name, value in TOLD.items()}


@pytest.mark.parametrize("kind", ["sip", "phone", "client"])
def test_dial_bills_and_rings_as_it_should(kind: str) -> None:
    """A <Dial> is billed once somebody answers, gives up after half a minute, and reports to us."""
    dial = document(routed(kind))[0]

    assert (dial.attrib["answerOnBridge"], dial.attrib["timeout"]) == ("true", "30")
    assert dial.attrib["action"].startswith(ENDED)


@pytest.mark.parametrize(("has_caller_id", "caller_id"), [(True, None), (False, NUMBER)])
@pytest.mark.parametrize("kind", ["sip", "phone", "client"])
def test_withheld_caller_is_shown_as_the_dialled_number(kind: str, has_caller_id: bool, caller_id: str | None) -> None:
    """Twilio dials nobody with a withheld caller ID; an ordinary caller's own is left as it is."""
    assert document(routed(kind), has_caller_id)[0].attrib.get("callerId") == caller_id


@pytest.mark.parametrize("kind", TARGETS)
def test_absent_location_is_left_out(kind: str) -> None:
    """A number without a location says nothing of one, rather than None."""
    text = answer_call(routed(kind, location_id=None, location_name=None), True, SETTINGS)

    assert "None" not in text
    assert "location" not in text.lower()


@pytest.mark.parametrize(
    ("decision", "reason"),
    [
        ("paused", "busy"),
        ("pending", "busy"),
        ("unassigned", "busy"),
        ("released", "rejected"),
        ("unknown", "rejected"),
    ],
)
def test_refusal_is_a_reject_and_nothing_else(decision: str, reason: str) -> None:
    """A refused call is never billed, because <Reject> stands first; agent and location do not matter."""
    root = document(routed("stream", decision=decision), settings=TwimlSettings(BASE, FALLBACK))

    assert [(verb.tag, verb.attrib) for verb in root] == [("Reject", {"reason": reason})]


def test_unavailable_without_a_last_resort_apologises() -> None:
    """When nothing is known and there is no number of last resort, the caller hears so and the call ends."""
    root = document(CallRoute(NUMBER, "unavailable"))

    assert [(verb.tag, verb.text) for verb in root] == [("Say", twiml.APOLOGY), ("Hangup", None)]


@pytest.mark.parametrize(("has_caller_id", "caller_id"), [(True, None), (False, NUMBER)])
def test_unavailable_dials_the_number_of_last_resort(has_caller_id: bool, caller_id: str | None) -> None:
    """FALLBACK_NUMBER is dialled, and when that fails too nobody is dialled again."""
    root = document(CallRoute(NUMBER, "unavailable"), has_caller_id, TwimlSettings(BASE, FALLBACK))

    assert one(root, "Dial/Number").text == FALLBACK
    assert root[0].attrib["action"] == f"{ENDED}?fallback=1"
    assert root[0].attrib.get("callerId") == caller_id


def test_every_decision_has_an_answer() -> None:
    """No decision is left without a document, and each document is one that Twilio can read."""
    tags = {decision: document(routed("stream", decision=decision))[0].tag for decision in DECISIONS}

    assert set(tags.values()) == {"Connect", "Reject", "Say"}


def test_small_documents_say_what_they_should() -> None:
    """A hang-up, an empty answer to a callback, a refusal."""
    assert [verb.tag for verb in ElementTree.fromstring(twiml.end_call())] == ["Hangup"]
    assert list(ElementTree.fromstring(twiml.acknowledge())) == []
    assert ElementTree.fromstring(twiml.reject_call("busy"))[0].attrib == {"reason": "busy"}


def test_same_route_gets_the_same_document() -> None:
    """A remembered document is that of the same route, caller and settings only."""
    route = routed("phone")

    assert answer_call(route, True, SETTINGS) == answer_call(CallRoute(**asdict(route)), True, SETTINGS)
    assert answer_call(route, False, SETTINGS) != answer_call(route, True, SETTINGS)
    assert answer_call(route, True, TwimlSettings("https://other.example.com")) != answer_call(route, True, SETTINGS)
