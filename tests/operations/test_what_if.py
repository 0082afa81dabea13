"""What a call would meet is said by the call path itself, so that a real call cannot meet anything else."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask

from models import CallEvent
from operations.add_number import add_number
from operations.agents import create_agent, edit_agent
from operations.assign_number import assign_number
from operations.changes import Changes, Who
from operations.errors import Invalid, NotFound
from operations.pause import Pause
from operations.pause_number import pause_number
from operations.release_number import release_number
from operations.what_if import Supposed, what_if
from routing.call_path import CallPath
from tests.conftest import Answer
from tests.operations.audit import change_counter
from tests.operations.past_calls import count_rows

NUMBER = "+14155550100"
LINE = "+14155550150"
TARGETS = {
    "stream": "wss://agent.example.com/calls",
    "conversation_relay": "wss://agent.example.com/relay",
    "sip": "sip:clara@agent.example.com",
    "phone": "+14155550181",
    "client": "clara",
    "redirect": "https://agent.example.com/twiml",
}
PAUSES = {
    "busy": Pause(),
    "not_in_service": Pause("not_in_service"),
    "message": Pause("message", message="Closed <today> & tomorrow"),
    "forward": Pause("forward", forward_to="+14155550185"),
}
Ask = Callable[..., dict[str, Any]]
Post = Callable[..., Answer]


@pytest.fixture
def ask(app: Flask, changes: Changes, who: Who) -> Ask:
    """Ask what a call to NUMBER would meet: `ask(caller=…, at=…)`."""
    path: CallPath = app.extensions["call_path"]

    def answer(number: str | int = NUMBER, whose: Who = who, **supposed: str) -> dict[str, Any]:
        with changes.database.reading() as session:
            return what_if(session, changes, path, whose.account, number, Supposed(**supposed))

    return answer


def check_agrees(ask: Ask, twilio_post: Post, from_number: str, **forwarded: str) -> dict[str, Any]:
    """Insist that a call met what was said; return what was said."""
    said = ask(caller=from_number, **forwarded)
    met = twilio_post(To=NUMBER, From=from_number, ForwardedFrom=forwarded.get("forwarded_from"))

    assert said["twiml"] == met.text
    return said


@pytest.mark.parametrize("from_number", ["+14155550199", "anonymous"])
@pytest.mark.parametrize("kind", TARGETS)
def test_a_call_of_every_kind_of_hand_off_meets_what_was_said(
    changes: Changes, who: Who, number: dict[str, Any], ask: Ask, twilio_post: Post, kind: str, from_number: str
) -> None:
    """Byte for byte, for callers who show a number and those who do not."""
    edit_agent(changes, who, "Clara", handoff_kind=kind, handoff_target=TARGETS[kind])

    said = check_agrees(ask, twilio_post, from_number)

    assert (said["decision"], said["handoff"]["kind"]) == ("routed", kind)
    assert said["agent"]["name"] == "Clara"
    assert said["location"]["name"] == "Downtown"


@pytest.mark.parametrize("from_number", ["+14155550199", "anonymous"])
@pytest.mark.parametrize("treatment", PAUSES)
def test_a_call_to_a_paused_number_meets_what_was_said(
    changes: Changes,
    who: Who,
    number: dict[str, Any],
    ask: Ask,
    twilio_post: Post,
    treatment: str,
    from_number: str,
) -> None:
    """Whatever its callers are to meet."""
    pause_number(changes, who, NUMBER, pause=PAUSES[treatment])

    said = check_agrees(ask, twilio_post, from_number)

    assert (said["decision"], said["handoff"]) == ("paused", None)
    assert said["dialled"] == PAUSES[treatment].forward_to
    assert said["sentence"].endswith("the number is paused.")


@pytest.mark.parametrize("decision", ["pending", "unassigned", "released"])
def test_a_refused_call_meets_what_was_said(
    changes: Changes, who: Who, number: dict[str, Any], ask: Ask, twilio_post: Post, decision: str
) -> None:
    """For every other decision there is about a number that the account has had."""
    if decision == "unassigned":
        assign_number(changes, who, NUMBER, agent="")
    else:
        release_number(changes, who, NUMBER)
    if decision == "pending":
        add_number(changes, who, NUMBER, "Clara", status="pending")

    assert check_agrees(ask, twilio_post, "+14155550199")["decision"] == decision


@pytest.mark.parametrize(
    ("target", "fallback_number", "dialled"),
    [
        ("+14155550101", "+14155550183", "+14155550183"),
        ("+14155550101", "", None),
        (LINE, "+14155550183", "+14155550183"),
    ],
)
def test_what_would_not_be_dialled_is_said(
    changes: Changes,
    who: Who,
    number: dict[str, Any],
    other: Who,
    ask: Ask,
    twilio_post: Post,
    target: str,
    fallback_number: str,
    dialled: str | None,
) -> None:
    """A number that another account has got meanwhile, or the very line that forwarded the call."""
    create_agent(changes, who, "Zoe", "phone", target, fallback_number or None)
    assign_number(changes, who, NUMBER, agent="Zoe", move=True)
    add_number(changes, other, "+14155550101", "Zoe")

    said = check_agrees(ask, twilio_post, "+14155550199", forwarded_from=LINE)

    assert (said["decision"], said["dialled"], said["handoff"]) == ("routed", dialled, None)
    assert said["reason"].startswith(f"hand-off refused: {target}")
    assert said["reason"] in said["sentence"]


def test_a_pause_that_will_be_over_is_over(changes: Changes, who: Who, number: dict[str, Any], ask: Ask) -> None:
    """At that moment and after it; now, and until then, it is paused."""
    resume_at = datetime.now(UTC) + timedelta(days=1)
    pause_number(changes, who, NUMBER, pause=Pause("message", "Closed today", resume_at=resume_at))

    assert ask()["decision"] == "paused"
    assert ask(at=(resume_at - timedelta(seconds=1)).isoformat())["decision"] == "paused"
    later = ask(at=resume_at.isoformat())
    assert (later["decision"], later["handoff"]["target"]) == ("routed", "+14155550182")
    assert later["sentence"].endswith("its pause will be over.")
    assert f" at {resume_at:%Y-%m-%d %H:%M} UTC would be handed to " in later["sentence"]
    there = resume_at.astimezone(ZoneInfo("Asia/Tokyo"))
    on_that_clock = ask(at=resume_at.isoformat(), timezone="Asia/Tokyo")["sentence"]
    assert f" at {there:%Y-%m-%d %H:%M} (Asia/Tokyo) would be handed to " in on_that_clock
    assign_number(changes, who, NUMBER, agent="")
    assert ask(at=resume_at.isoformat())["decision"] == "unassigned"


def test_nothing_is_noted_and_nothing_changed(
    app: Flask, changes: Changes, who: Who, number: dict[str, Any], ask: Ask
) -> None:
    """It is a question."""
    before = change_counter(changes)
    ask()
    app.extensions["keeper"].drain()

    assert count_rows(changes, CallEvent) == 0
    assert change_counter(changes) == before


def test_it_is_said_as_of_which_change_and_whether_that_is_in_force(
    changes: Changes, who: Who, number: dict[str, Any], ask: Ask
) -> None:
    """From the database, not from what this worker remembers."""
    pause_number(changes, who, NUMBER)

    said = ask()
    assert (said["route_source"], said["change"]) == ("database", change_counter(changes))
    assert (said["in_force"], said["unconfirmed"]) == (True, [])


def test_another_accounts_number_cannot_be_asked_about(
    changes: Changes, who: Who, number: dict[str, Any], other: Who, ask: Ask
) -> None:
    """Nor one that this account released and another one has now: that much is said, and no word of its agent."""
    with pytest.raises(NotFound):
        ask(number["id"], whose=other)
    release_number(changes, who, NUMBER)
    add_number(changes, other, NUMBER, "Zoe", "Harbour")

    said = ask(number["id"])
    assert (said["decision"], said["agent"], said["location"]) == ("released", None, None)
    assert "Zoe" not in str(said)
    assert ask(whose=other)["agent"]["name"] == "Zoe"


@pytest.mark.parametrize(
    "supposed", [{"at": "yesterday"}, {"at": "2020-01-01T00:00Z"}, {"caller": ""}, {"forwarded_from": "a\nb"}]
)
def test_a_call_that_cannot_be_is_refused(number: dict[str, Any], ask: Ask, supposed: dict[str, str]) -> None:
    """A moment that has passed is in the list of calls."""
    with pytest.raises(Invalid):
        ask(**supposed)
