"""Nothing that a caller or an admin typed can break a document, make it too long, or be garbled in it."""

import re
from typing import Any
from urllib.parse import parse_qsl, unquote
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.call_route import ROUTED, UNAVAILABLE, CallRoute
from routing.twiml import NOT_IN_XML, TwimlSettings, answer_call

NUMBER, BASE = "+14155550100", "https://calls.example.com"
SETTINGS = TwimlSettings(BASE, "+14155550180")
KINDS = ("stream", "conversation_relay", "sip", "phone", "client", "redirect")
LARGEST_DOCUMENT = 65_536
NASTY = ["\x00", "\x0b", '"', "'", "<", ">", "&", "]]>", "<!--", "&amp;", "\ud800", "\udfff", "\ufffe", "📞", "\u202e"]


class LongText(str):
    """One character many times, which a failing test does not print in full."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"{self[0]!r} * {len(self)}"


LONG = [LongText(character * 65_536) for character in ("x", "📞", '"', "&", "\x00", "\ud800", " ", "<")]
texts = st.one_of(
    st.text(st.characters(), max_size=60),
    st.lists(st.sampled_from([*NASTY, "a", " "])).map("".join),
    st.sampled_from(LONG),
)


def answer(kind: str, agent_name: str, location_name: str, target: str) -> tuple[str, ElementTree.Element]:
    route = CallRoute(
        phone_number=NUMBER,
        decision=ROUTED,
        agent_id=7,
        agent_name=agent_name,
        handoff_kind=kind,
        handoff_target=target,
        location_id=9,
        location_name=location_name,
    )
    text = answer_call.__wrapped__(route, False, SETTINGS)
    return text, ElementTree.fromstring(text)


def kept(text: str) -> str:
    """Return what of a text XML can hold, as far as we keep it."""
    return NOT_IN_XML.sub("", text)[:2000]


def as_read(text: str) -> str:
    """Return a text as an XML parser reads it: every end of a line as one line feed."""
    return re.sub("\r\n?", "\n", text)


def told(kind: str, root: ElementTree.Element) -> dict[str, str]:
    """Return what the agent is told, wherever the kind of hand-off puts it."""
    if kind == "sip":
        query = (root.findtext("Dial/Sip") or "").rpartition("?")[2]
        return {name[2:].lower().replace("-", "_"): value for name, value in parse_qsl(query)}
    if kind in ("phone", "redirect"):
        url = root[0].attrib["action"] if kind == "phone" else root.findtext("Redirect") or ""
        return dict(parse_qsl(url[url.rindex("called=") :]))
    return {parameter.attrib["name"]: parameter.attrib["value"] for parameter in root.iter("Parameter")}


def target_of(kind: str, root: ElementTree.Element) -> str:
    """Return the hand-off's target as Twilio reads it."""
    path = {"sip": "Dial/Sip", "phone": "Dial/Number", "client": "Dial/Client/Identity", "redirect": "Redirect"}
    if kind in path:
        return root.findtext(path[kind]) or ""
    return root[0][0].attrib["url"]


@pytest.mark.parametrize("kind", KINDS)
@given(agent_name=texts, location_name=texts, target=texts)
def test_any_text_leaves_the_document_whole(kind: str, agent_name: str, location_name: str, target: str) -> None:
    """Whatever names and targets hold, the document parses, stays under 64 kB, and leaves nothing for Twilio to run."""
    text, root = answer(kind, agent_name, location_name, target)

    assert len(text.encode()) < LARGEST_DOCUMENT
    assert [verb.tag for verb in root] in (["Connect"], ["Dial"], ["Redirect"])
    assert {element.tag for element in root.iter()} <= {
        *("Response", "Connect", "Stream", "ConversationRelay", "Parameter"),
        *("Dial", "Sip", "Number", "Client", "Identity", "Redirect"),
    }
    assert root[0].attrib.get("action", BASE).startswith(BASE)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "sip"])
@given(agent_name=texts, location_name=texts)
def test_names_arrive_as_they_were_typed(kind: str, agent_name: str, location_name: str) -> None:
    """What XML can hold of a name arrives; only control characters and halves of emoji are lost."""
    root = answer(kind, agent_name, location_name, "wss://agent.example.com")[1]

    expected = {"agent_name": kept(agent_name), "location_name": kept(location_name)}
    found = told(kind, root)
    assert {name: found.get(name, "") for name in expected} == expected
    assert (found["called"], found["agent_id"], found["location_id"]) == (NUMBER, "7", "9")


@pytest.mark.parametrize("kind", KINDS)
@given(target=texts)
def test_target_arrives_as_it_was_typed(kind: str, target: str) -> None:
    """What XML can hold of a target is what Twilio reads, before anything that we add to it."""
    root = answer(kind, "Clara", "Main St", target)[1]

    assert as_read(target_of(kind, root)).startswith(as_read(kept(target)))


@given(agent_name=texts, location_name=texts)
def test_sip_headers_stay_short_and_well_formed(agent_name: str, location_name: str) -> None:
    """All headers together stay under Twilio's 1024 characters: long names lose their end, the rest stays whole."""
    root = answer("sip", agent_name, location_name, "sip:clara@agent.example.com")[1]

    uri, _, headers = (root.findtext("Dial/Sip") or "").partition("?")
    found = told("sip", root)
    assert uri == "sip:clara@agent.example.com"
    assert len(headers) < 1024
    assert re.fullmatch(r"(X-[A-Z][A-Za-z-]+=[A-Za-z0-9_.~%/-]*&?)+", headers)
    assert unquote(headers, errors="strict")
    assert kept(agent_name).startswith(found.get("agent_name", ""))
    assert (found["called"], found["agent_id"], found["location_id"]) == (NUMBER, "7", "9")


@pytest.mark.parametrize("name", ["Clara", "Café Zürich", "x" * 100])
def test_ordinary_names_arrive_whole_in_sip_headers(name: str) -> None:
    """Names that operations allow lose nothing, unless most of their characters must be escaped."""
    found = told("sip", answer("sip", name, name, "sip:clara@agent.example.com")[1])

    assert (found["agent_name"], found["location_name"]) == (name, name)


@given(name=texts)
def test_call_reason_stays_short(name: str) -> None:
    """What a telephone shows has at most fifty characters, and begins with the dialled number."""
    dial = answer("phone", "Clara", name, "+14155550181")[1][0]

    assert len(dial.attrib["callReason"]) <= 50
    assert dial.attrib["callReason"].startswith(f"{NUMBER} ")


@pytest.mark.parametrize("decision", ["paused", "unknown", UNAVAILABLE])
@given(phone_number=texts)
def test_any_called_party_leaves_the_document_whole(decision: str, phone_number: str) -> None:
    """The called party of a call that is refused or unavailable may be any text, too."""
    text: Any = answer_call.__wrapped__(CallRoute(phone_number, decision), False, SETTINGS)

    assert len(text.encode()) < LARGEST_DOCUMENT
    assert ElementTree.fromstring(text)[0].tag in ("Reject", "Dial")
