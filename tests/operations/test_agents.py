"""Agents are created, edited and deleted; an edit renews the routes of all their numbers."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from models import HANDOFF_KINDS
from operations.add_number import add_number
from operations.agents import create_agent, delete_agent, edit_agent, list_agents
from operations.assign_number import assign_number
from operations.changes import Changes, Who
from operations.check_routes import check_routes
from operations.errors import Conflict, Invalid, NotFound, OperationError
from operations.pause_number import pause_number
from tests.conftest import Answer
from tests.operations.audit import change_counter, last_change, numbers_named_by, stored
from tests.operations.conftest import NUMBER

TARGETS = {
    "stream": "wss://agent.example.com/calls",
    "conversation_relay": "wss://agent.example.com/relay",
    "sip": "sip:agent@example.com;transport=tls",
    "phone": "+14155550185",
    "client": "front-desk",
    "redirect": "https://agent.example.com/twiml",
}


@pytest.mark.parametrize("kind", HANDOFF_KINDS)
def test_agent_of_each_kind_is_created_in_one_change(changes: Changes, who: Who, kind: str) -> None:
    """No number is its yet, so none is named."""
    agent = create_agent(changes, who, " Ada ", kind, TARGETS[kind], "+1 415 555 0183")

    assert (agent["name"], agent["handoff_kind"], agent["handoff_target"]) == ("Ada", kind, TARGETS[kind])
    assert agent["fallback_number"] == "+14155550183"
    change = last_change(changes)
    assert (change.action, change.before, change.after) == ("agent.created", None, stored(agent))
    assert numbers_named_by(changes, change.n) == []


def test_edit_is_one_change_that_names_all_the_numbers_of_the_agent(
    changes: Changes, who: Who, number: dict[str, Any]
) -> None:
    """Paused ones too, because their call records name the agent."""
    add_number(changes, who, "+14155550101", "Clara")
    add_number(changes, who, "+14155550102", "Bruno")
    pause_number(changes, who, "+14155550101")
    before = change_counter(changes)

    edited, outcome = edit_agent(changes, who, "Clara", name="Clarissa", fallback_number="")

    change = last_change(changes)
    assert (outcome.n, outcome.in_force, change.n, change.action) == (before + 1, True, before + 1, "agent.edited")
    assert change.before is not None
    changed = {"name": "Clarissa", "fallback_number": None, "etag": edited["etag"]}
    assert stored(edited) == change.before | changed == change.after
    assert edited["etag"] != change.before["etag"]
    assert numbers_named_by(changes, change.n) == [NUMBER, "+14155550101"]


def test_edit_of_an_agent_renews_the_routes_of_all_its_numbers(
    app: Flask, changes: Changes, who: Who, twilio_post: Callable[..., Answer]
) -> None:
    """The next call to any of them goes the new way, and no copy of the routes differs from the database."""
    create_agent(changes, who, "Clara", "phone", "+14155550182")
    numbers = [f"+141555501{index:02}" for index in range(12)]
    for phone_number in numbers:
        add_number(changes, who, phone_number, "Clara")
        assert twilio_post(To=phone_number).find("Dial/Number").text == "+14155550182"

    _, outcome = edit_agent(changes, who, "Clara", handoff_target="+14155550186")

    assert outcome.in_force
    assert {twilio_post(To=phone_number).find("Dial/Number").text for phone_number in numbers} == {"+14155550186"}
    checked = check_routes(changes.database, app.extensions["local_store"], app.extensions["cache"])
    assert (checked.routes, checked.differences, checked.stale) == (12, (), ())


def test_edit_that_alters_nothing_is_no_change(changes: Changes, who: Who, number: dict[str, Any]) -> None:
    """The audit trail tells of changes, not of clicks."""
    before = change_counter(changes)

    _, outcome = edit_agent(changes, who, "Clara", name="Clara", fallback_number="+14155550183")

    assert (outcome.n, outcome.in_force, change_counter(changes)) == (before, True, before)


def test_kind_and_target_of_a_hand_off_change_together(changes: Changes, who: Who, number: dict[str, Any]) -> None:
    """A target must be what the new kind asks for."""
    with pytest.raises(Invalid):
        edit_agent(changes, who, "Clara", handoff_kind="sip")

    edited, _ = edit_agent(changes, who, "Clara", handoff_kind="sip", handoff_target=TARGETS["sip"])

    assert (edited["handoff_kind"], edited["handoff_target"]) == ("sip", TARGETS["sip"])


REFUSED: dict[str, tuple[Callable[[Changes, Who], object], type[OperationError], str]] = {
    "name taken": (lambda c, w: create_agent(c, w, "Clara", "client", "x"), Conflict, "agent_exists"),
    "renamed to one that is taken": (lambda c, w: edit_agent(c, w, "Bruno", name="Clara"), Conflict, "agent_exists"),
    "no name": (lambda c, w: create_agent(c, w, "  ", "client", "x"), Invalid, "invalid"),
    "kind unheard of": (lambda c, w: create_agent(c, w, "Ada", "fax", "x"), Invalid, "invalid"),
    "unusable fallback": (lambda c, w: edit_agent(c, w, "Clara", fallback_number="911"), Invalid, "invalid"),
    "edit of another account's": (lambda c, w: edit_agent(c, w, "Zoe", name="Mine"), NotFound, "not_found"),
    "deletion of another account's": (lambda c, w: delete_agent(c, w, "Zoe"), NotFound, "not_found"),
    "deletion with numbers": (lambda c, w: delete_agent(c, w, "Clara"), Conflict, "agent_has_numbers"),
}


@pytest.mark.parametrize("refused", REFUSED)
def test_refused_change_of_an_agent_leaves_nothing_behind(
    changes: Changes, who: Who, number: dict[str, Any], other: Who, refused: str
) -> None:
    """Neither a change number nor a half edited agent."""
    operation, error, code = REFUSED[refused]
    before = change_counter(changes)
    with changes.database.reading() as session:
        agents = list_agents(session, who.account)

    with pytest.raises(error) as refusal:
        operation(changes, who)

    assert refusal.value.code == code
    assert change_counter(changes) == before
    with changes.database.reading() as session:
        assert list_agents(session, who.account) == agents


def test_agent_without_numbers_is_deleted_and_its_id_is_never_given_again(
    changes: Changes, who: Who, number: dict[str, Any]
) -> None:
    """Call records remember the id of the agent as of the call."""
    assign_number(changes, who, NUMBER, "Bruno", move=True)
    deleted = create_agent(changes, who, "Ada", "client", "ada")

    delete_agent(changes, who, "Ada")

    change = last_change(changes)
    assert (change.action, change.before, change.after) == ("agent.deleted", stored(deleted), None)
    assert create_agent(changes, who, "Ada", "client", "ada")["id"] > deleted["id"]


def test_same_agent_name_may_be_in_two_accounts(changes: Changes, who: Who, number: dict[str, Any], other: Who) -> None:
    """Each account lists only its own."""
    create_agent(changes, other, "Clara", "client", "clara")

    with changes.database.reading() as session:
        assert [agent["name"] for agent in list_agents(session, who.account)] == ["Bruno", "Clara"]
        assert [agent["name"] for agent in list_agents(session, other.account)] == ["Clara", "Zoe"]
