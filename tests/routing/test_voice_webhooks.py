"""A call to each number gets the answer that the number's state asks for, and leaves its record."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from models import Call, Number
from operations.accounts import create_account
from operations.add_number import add_number
from operations.agents import create_agent, edit_agent
from operations.assign_number import assign_number
from operations.changes import Changes, Who
from operations.locations import create_location, edit_location
from operations.pause_number import pause_number
from operations.permissions import SYSTEM
from operations.release_number import release_number
from tests.conftest import ACCOUNT_SID, Answer

NUMBER = "+14155550100"
TARGETS = {
    "stream": ("wss://agent.example.com/calls", "Connect"),
    "conversation_relay": ("wss://agent.example.com/relay", "Connect"),
    "sip": ("sip:clara@agent.example.com", "Dial"),
    "phone": ("+14155550181", "Dial"),
    "client": ("clara", "Dial"),
    "redirect": ("https://agent.example.com/twiml", "Redirect"),
}
Post = Callable[..., Answer]
Stored = Callable[[], list[Call]]


def add_business(changes: Changes, who: Who, kind: str = "phone", **number: Any) -> dict[str, Any]:
    """Create an agent Clara and a location Main St, and add NUMBER for them; return the number."""
    agent = create_agent(changes, who, "Clara", kind, TARGETS[kind][0], "+14155550182")
    location = create_location(changes, who, "Main St")
    values = {"agent": agent["name"], "location": location["name"]} | number
    return add_number(changes, who, NUMBER, **values)[0]


@pytest.mark.parametrize("kind", TARGETS)
def test_call_is_routed_to_the_agent(
    kind: str, changes: Changes, who: Who, twilio_post: Post, stored_calls: Stored
) -> None:
    """An active number's call is handed to its agent, and the record says to whom, where and why."""
    number = add_business(changes, who, kind)
    answer = twilio_post(ForwardedFrom="+14155550107")

    assert (answer.status_code, answer.content_type) == (200, "text/xml; charset=utf-8")
    assert answer.verbs == [TARGETS[kind][1]]
    assert TARGETS[kind][0] in answer.text
    [call] = stored_calls()
    assert (call.account_sid, call.call_sid) == (ACCOUNT_SID, "CA" + "1" * 32)
    assert (call.decision, call.reason) == ("routed", None)
    assert (call.account_id, call.number_id) == (who.account_id, number["id"])
    assert (call.agent_id, call.agent_name) == (number["agent"]["id"], "Clara")
    assert (call.location_id, call.location_name) == (number["location"]["id"], "Main St")
    assert (call.from_number, call.to_number) == ("+14155550199", NUMBER)
    assert (call.forwarded_from, call.direction, call.call_status) == ("+14155550107", "inbound", "ringing")


def test_paused_number_refuses_and_records_its_agent(
    changes: Changes, who: Who, twilio_post: Post, stored_calls: Stored
) -> None:
    """A paused number sounds busy; the record still says whose call it would have been."""
    add_business(changes, who)
    assert pause_number(changes, who, NUMBER)[1].in_force
    answer = twilio_post()

    assert [(verb.tag, verb.attrib) for verb in answer.root] == [("Reject", {"reason": "busy"})]
    [call] = stored_calls()
    assert (call.decision, call.agent_name, call.location_name) == ("paused", "Clara", "Main St")


@pytest.mark.parametrize(("number", "decision"), [({"status": "pending"}, "pending"), ({"agent": None}, "unassigned")])
def test_number_that_is_not_ready_sounds_busy(
    number: dict[str, Any], decision: str, changes: Changes, who: Who, twilio_post: Post, stored_calls: Stored
) -> None:
    """A number without an agent, or one still being set up, sounds busy."""
    add_business(changes, who, **number)
    answer = twilio_post()

    assert [(verb.tag, verb.attrib) for verb in answer.root] == [("Reject", {"reason": "busy"})]
    [call] = stored_calls()
    assert (call.decision, call.account_id, call.location_name) == (decision, who.account_id, "Main St")


def test_released_number_is_out_of_service(changes: Changes, who: Who, twilio_post: Post, stored_calls: Stored) -> None:
    """A released number plays the not-in-service message; it has neither agent nor location any more."""
    number = add_business(changes, who)
    release_number(changes, who, NUMBER)
    answer = twilio_post()

    assert [(verb.tag, verb.attrib) for verb in answer.root] == [("Reject", {"reason": "rejected"})]
    [call] = stored_calls()
    assert (call.decision, call.number_id, call.agent_id) == ("released", number["id"], None)


def test_released_number_is_routed_again_from_its_new_account(
    changes: Changes, who: Who, twilio_post: Post, stored_calls: Stored
) -> None:
    """Released here and added in another account, a number's calls go there; each record keeps its own account."""
    add_business(changes, who)
    twilio_post(CallSid="CA" + "a" * 32)
    release_number(changes, who, NUMBER)
    twilio_post(CallSid="CA" + "b" * 32)
    other = Who(create_account(changes, Who(None, "test", SYSTEM), "Other Business")["id"], "test", SYSTEM)
    create_agent(changes, other, "Zoe", "phone", "+14155550184")
    add_number(changes, other, NUMBER, "Zoe")

    assert twilio_post(CallSid="CA" + "c" * 32).find("Dial/Number").text == "+14155550184"
    kept = {call.call_sid[-1]: (call.decision, call.account_id, call.agent_name) for call in stored_calls()}
    assert kept == {
        "a": ("routed", who.account_id, "Clara"),
        "b": ("released", who.account_id, None),
        "c": ("routed", other.account_id, "Zoe"),
    }


def test_unknown_number_is_out_of_service(twilio_post: Post, stored_calls: Stored) -> None:
    """A number that nobody ever added plays the not-in-service message, and the call is recorded all the same."""
    answer = twilio_post()

    assert [(verb.tag, verb.attrib) for verb in answer.root] == [("Reject", {"reason": "rejected"})]
    [call] = stored_calls()
    assert (call.decision, call.account_id, call.number_id) == ("unknown", None, None)


def test_call_is_answered_and_recorded_when_everything_fails(
    app: Flask, twilio_post: Post, stored_calls: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error that nobody thought of is answered with an apology, and its name is in the record."""
    monkeypatch.setattr(app.extensions["call_path"].lookup, "find", raise_runtime_error)
    answer = twilio_post()

    assert (answer.status_code, answer.verbs) == (200, ["Say", "Hangup"])
    [call] = stored_calls()
    assert (call.decision, call.route_source, call.reason) == ("unavailable", "nothing", "RuntimeError")


def test_record_keeps_agent_and_location_as_they_were(
    changes: Changes, who: Who, twilio_post: Post, stored_calls: Stored
) -> None:
    """Moved, renamed or paused after the call but before its note is drained: the record does not change."""
    number = add_business(changes, who)
    twilio_post()
    create_agent(changes, who, "Bruno", "client", "bruno")
    create_location(changes, who, "Airport")
    assign_number(changes, who, NUMBER, "Bruno", "Airport", move=True)
    edit_agent(changes, who, "Clara", name="Clarissa")
    edit_location(changes, who, "Main St", name="Side St")

    [call] = stored_calls()
    assert (call.agent_id, call.agent_name) == (number["agent"]["id"], "Clara")
    assert (call.location_id, call.location_name) == (number["location"]["id"], "Main St")


def test_next_call_goes_to_the_new_agent(changes: Changes, who: Who, twilio_post: Post, stored_calls: Stored) -> None:
    """Once an assignment is in force the next call follows it, and its record says so."""
    add_business(changes, who)
    twilio_post(CallSid="CA" + "a" * 32)
    create_agent(changes, who, "Bruno", "client", "bruno")
    assert assign_number(changes, who, NUMBER, "Bruno", "", move=True)[1].in_force
    answer = twilio_post(CallSid="CA" + "b" * 32)

    assert answer.find("Dial/Client/Identity").text == "bruno"
    assert [(call.agent_name, call.location_name) for call in stored_calls()] == [("Clara", "Main St"), ("Bruno", None)]


def test_record_says_who_knew_the_route(
    changes: Changes, who: Who, twilio_post: Post, stored_calls: Stored, app: Flask
) -> None:
    """The first call of a number asks the database or Redis; the next one is answered by the worker itself."""
    add_business(changes, who)
    twilio_post(CallSid="CA" + "a" * 32)
    twilio_post(CallSid="CA" + "b" * 32)

    first, second = stored_calls()
    assert first.route_source in ("database", "redis")
    assert second.route_source == "worker"


def test_same_webhook_twice_is_one_call(changes: Changes, who: Who, twilio_post: Post, stored_calls: Stored) -> None:
    """Twilio's retry, or a replay, gets the answer of its moment; the record keeps the first."""
    add_business(changes, who)
    twilio_post()
    pause_number(changes, who, NUMBER)

    assert twilio_post().verbs == ["Reject"]
    assert [call.decision for call in stored_calls()] == ["routed"]


def test_released_row_stays_for_its_calls(changes: Changes, who: Who, twilio_post: Post, stored_calls: Stored) -> None:
    """The number that a record names is still there after its release."""
    add_business(changes, who)
    twilio_post()
    release_number(changes, who, NUMBER)

    [call] = stored_calls()
    with changes.database.reading() as session:
        assert session.get_one(Number, call.number_id).phone_number == NUMBER


def raise_runtime_error(*_: object) -> None:
    raise RuntimeError("nobody thought of this")
