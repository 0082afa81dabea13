"""What is noted of an answer beyond the decision: its receipt."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from models import CallEvent
from operations.add_number import add_number
from operations.agents import create_agent
from operations.changes import Changes, Who
from operations.pause_number import pause_number
from routing.call_route import CallRoute
from tests.conftest import Answer
from tests.operations.audit import change_counter
from tests.routing.door import NUMBER, Door

ROUTE = CallRoute(NUMBER, "routed", 1, 2, 3, "Clara", "phone", "+14155550181", "+14155550182")
PAUSED = CallRoute(NUMBER, "paused", 1, 2, 3, "Clara", paused_treatment="forward", paused_forward_to="+14155550185")


def test_receipt_says_what_was_handed_where(make_door: Callable[..., Door]) -> None:
    """As it was at that moment: the agent may be edited later."""
    door = make_door(ROUTE)

    door.post()

    [event] = door.noted()
    handed = [event.details[name] for name in ("handoff_kind", "handoff_target", "fallback_number")]
    assert handed == ["phone", "+14155550181", "+14155550182"]
    assert 0 < event.details["milliseconds"] < 5_000


@pytest.mark.parametrize("decision", ["paused", "unknown", "unavailable"])
def test_call_that_reached_no_agent_was_handed_to_nobody(make_door: Callable[..., Door], decision: str) -> None:
    """A paused number has an agent, but the call did not reach it."""
    door = make_door(CallRoute(NUMBER, decision, 1, 2, 3, "Clara", "phone", "+14155550181"))

    door.post()

    assert "handoff_kind" not in door.noted()[0].details


@pytest.mark.parametrize(
    ("route", "reason", "dialled"),
    [
        (replace(ROUTE, handoff_target="+19005550100"), "hand-off refused: +19005550100", "+14155550182"),
        (replace(ROUTE, handoff_target=NUMBER, fallback_number=None), "hand-off refused: …", None),
        (PAUSED, None, "+14155550185"),
        (replace(PAUSED, paused_forward_to=NUMBER), "forward refused: …", None),
    ],
)
def test_receipt_says_who_was_dialled_in_the_agents_place(
    make_door: Callable[..., Door], route: CallRoute, reason: str | None, dialled: str | None
) -> None:
    """And of a hand-off that was refused not that it was made."""
    door = make_door(route)

    door.post()

    details = door.noted()[0].details
    assert (details.get("dialled"), "handoff_kind" in details) == (dialled, False)
    assert (details["reason"] or "")[:16] == (reason or "")[:16]
    assert details.get("paused_treatment") == route.paused_treatment


@pytest.mark.parametrize("changed", [{"To": "not a number"}, {"CallStatus": None}, {"From": None}])
def test_every_note_of_a_call_has_its_milliseconds(door: Door, changed: dict[str, Any]) -> None:
    """Also that of a malformed one, which nobody looked up."""
    door.post(**changed)

    assert door.noted()[0].details["milliseconds"] > 0
    assert door.noted()[0].details["change"] is None or door.noted()[0].details["decision"] == "unknown"


def test_receipt_names_the_change_that_the_answer_was_true_for(
    app: Flask, changes: Changes, who: Who, twilio_post: Callable[..., Answer], patient: None
) -> None:
    """Whoever answered: the database first, then this worker's memory, and after a change the database again."""
    create_agent(changes, who, "Clara", "phone", "+14155550181")
    add_number(changes, who, NUMBER, "Clara")
    added = change_counter(changes)
    twilio_post(CallSid="CA" + "1" * 32)
    twilio_post(CallSid="CA" + "2" * 32)
    pause_number(changes, who, NUMBER)
    twilio_post(CallSid="CA" + "3" * 32)
    app.extensions["keeper"].drain()

    with changes.database.reading() as session:
        events = session.scalars(select(CallEvent).order_by(CallEvent.call_sid)).all()
    receipts = [(event.details["route_source"], event.details["change"]) for event in events]
    assert [change for _, change in receipts] == [added, added, added + 1]
    assert receipts[1][0] == "worker"
    assert {receipts[0][0], receipts[2][0]} <= {"database", "redis"}
