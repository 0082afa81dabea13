"""One call is shown with its receipt and its story, to those whose call it was."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete

from models import CallEvent
from operations.agents import edit_agent
from operations.changes import Changes, Who
from operations.errors import NotFound
from operations.pause import Pause
from operations.pause_number import pause_number
from operations.show_call import show_call_with_receipt
from routing.call_record import DIALLING_REFUSED, HANDOFF_ENDED, STATUS_CHANGED, STREAM_CHANGED
from tests.conftest import Answer
from tests.operations.audit import change_counter
from tests.operations.conftest import ABSENT, NUMBER
from tests.operations.past_calls import event, store, store_call

CALL_SID = "CA" + "1" * 32


def shown(changes: Changes, who: Who, call_sid: str = CALL_SID, **options: Any) -> dict[str, Any]:
    with changes.database.reading() as session:
        return show_call_with_receipt(session, who.account, call_sid, **options)


@pytest.fixture
def placed(app: Flask, number: dict[str, Any], twilio_post: Callable[..., Answer]) -> Callable[..., None]:
    """Post a webhook of the call, and drain."""

    def post(path: str = "", **parameters: str) -> None:
        twilio_post(path, **parameters)
        app.extensions["keeper"].drain()

    return post


def test_receipt_of_a_routed_call(changes: Changes, who: Who, placed: Callable[..., None]) -> None:
    """The agent as it was, the change that the answer was true for, and the one that made the number so."""
    added = change_counter(changes)
    placed()
    edit_agent(changes, who, "Clara", handoff_target="+14155550189")

    receipt = shown(changes, who)["receipt"]

    assert receipt["handoff"] == {"kind": "phone", "target": "+14155550182", "fallback_number": "+14155550183"}
    assert (receipt["decision"], receipt["change"], receipt["reason"]) == ("routed", added, None)
    assert receipt["route_source"] in ("database", "redis")
    assert receipt["milliseconds"] > 0
    by = receipt["number_changed"]
    assert (by["n"], by["made_by"], by["sentence"]) == (added, "test", "Test added +1 415 555 0100.")


def test_receipt_of_a_refused_call(changes: Changes, who: Who, placed: Callable[..., None]) -> None:
    """It was handed to nobody, because of the pause."""
    pause_number(changes, who, NUMBER)
    placed()

    call = shown(changes, who)

    assert (call["receipt"]["handoff"], call["receipt"]["why"]) == (None, "the number was paused")
    assert call["receipt"]["number_changed"]["sentence"].startswith("Test paused +1 415 555 0100")
    assert "refused" in call["story"]
    assert "because the number was paused" in call["story"]


@pytest.mark.parametrize(
    ("pause", "told"),
    [
        (Pause(), "refused with a busy tone"),
        (Pause("not_in_service"), "refused as not in service"),
        (Pause("message", "Closed today"), "told so by a spoken message"),
        (Pause("forward", forward_to="+14155550185"), "put through to +14155550185"),
    ],
)
def test_what_a_caller_of_a_paused_number_met_is_told(
    changes: Changes, who: Who, placed: Callable[..., None], pause: Pause, told: str
) -> None:
    """Each treatment in its own words."""
    pause_number(changes, who, NUMBER, pause=pause)
    placed()

    call = shown(changes, who)
    assert f"It was {told} in" in call["story"]
    assert call["receipt"]["dialled"] == pause.forward_to


def test_events_are_told_in_order(changes: Changes, who: Who, placed: Callable[..., None]) -> None:
    """Webhook, hand-off, fallback, end: each with its moment and a plain sentence."""
    placed(ForwardedFrom="+14155550142")
    placed("/handoff-ended", DialCallStatus="busy", CallStatus="in-progress")
    placed("/status", CallStatus="completed", CallDuration="63", Timestamp="Sun, 01 Mar 2026 14:04:15 +0000")

    call = shown(changes, who)

    assert [told["kind"] for told in call["events"]] == ["inbound_call", "handoff_ended", "status_changed"]
    assert [told["sentence"] for told in call["events"]][1:] == [
        "The hand-off to Clara ended: busy.",
        "Twilio reported: completed after 63 s.",
    ]
    assert "handed to Clara (telephone) in" in call["events"][0]["sentence"]
    assert call["story"].startswith(
        f"+14155550199 called Main line ({NUMBER}) through the forwarded line +14155550142 on "
    )
    assert call["story"].endswith("The hand-off to Clara ended: busy. It ended as completed after 63 s.")


def test_another_accounts_call_is_not_found_like_one_that_does_not_exist(
    changes: Changes, who: Who, other: Who, placed: Callable[..., None]
) -> None:
    """And one of nobody only at the shell."""
    placed()
    nobodys = store_call(changes, None, "2026-03-01T00:00Z", to_number=ABSENT, decision="unknown")

    refusals = []
    for call_sid in (CALL_SID, nobodys):
        with pytest.raises(NotFound) as refusal:
            shown(changes, other, call_sid)
        refusals.append(refusal.value.message.replace(call_sid, ""))
    with pytest.raises(NotFound) as refusal:
        shown(changes, other, "CA" + "9" * 32)
    assert {refusal.value.message.replace("CA" + "9" * 32, ""), *refusals} == {refusals[0]}
    assert shown(changes, other, nobodys, with_nobodys=True)["receipt"]["number_changed"] is None
    with pytest.raises(NotFound):
        shown(changes, other, CALL_SID, with_nobodys=True)


@pytest.mark.parametrize("call_sid", ["", "CA\0", "ÇÄ", "' or 1=1", "CA" * 500])
def test_what_is_no_call_sid_is_not_found(changes: Changes, who: Who, call_sid: str) -> None:
    """Whatever was typed."""
    with pytest.raises(NotFound):
        shown(changes, who, call_sid)


def test_calls_of_an_earlier_version_have_a_receipt_with_gaps(changes: Changes, who: Who) -> None:
    """Their events say neither the change nor the milliseconds."""
    call_sid = store_call(changes, who.account_id, "2026-03-01T14:03:12Z")

    call = shown(changes, who, call_sid)

    assert [call["receipt"][name] for name in ("change", "number_changed", "milliseconds", "handoff")] == [None] * 4
    assert "2026-03-01 at 14:03:12 UTC" in call["story"]


def test_every_kind_of_event_has_a_sentence(changes: Changes, who: Who) -> None:
    """Also one that a later version notes."""
    at = datetime(2026, 3, 1, 14, tzinfo=UTC)
    call_sid = store_call(changes, who.account_id, at, agent_name="Clara")
    later = [
        (STREAM_CHANGED, {"event": "stream-started", "problem": None}),
        (STREAM_CHANGED, {"event": "stream-error", "problem": "31920 handshake"}),
        (STREAM_CHANGED, {"event": "stream-paused"}),
        (HANDOFF_ENDED, {"outcome": "failed", "error_code": "64101", "is_fallback": False}),
        (HANDOFF_ENDED, {"outcome": None, "error_code": None, "is_fallback": True}),
        (STATUS_CHANGED, {"call_status": "in-progress", "duration_seconds": None}),
        (DIALLING_REFUSED, {"reason": "fallback number refused: +14155550100 is one of our own numbers (loop)"}),
        ("transferred", {}),
    ]
    for seconds, (kind, details) in enumerate(later, start=1):
        store(changes, event(call_sid, kind, at + timedelta(seconds=seconds), **details))

    assert [told["sentence"] for told in shown(changes, who, call_sid)["events"]][1:] == [
        "The audio stream was opened.",
        "The audio stream failed: 31920 handshake.",
        "Of the audio stream Twilio reported stream-paused.",
        "The hand-off to Clara ended: failed, with Twilio's error 64101.",
        "The hand-off to the fallback number ended: Twilio did not say how.",
        "Twilio reported: in-progress.",
        "Somebody was not dialled: fallback number refused: +14155550100 is one of our own numbers (loop).",
        "Noted: transferred.",
    ]


def test_a_call_without_events_is_still_shown(changes: Changes, who: Who) -> None:
    """Nothing is known of how it was answered, and that is said."""
    call_sid = store_call(changes, who.account_id, "2026-03-01T14:03:12Z")
    with changes.database.writing() as session:
        session.execute(delete(CallEvent))

    assert "How it was answered was not noted" in shown(changes, who, call_sid)["story"]
