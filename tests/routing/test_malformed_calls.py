"""A signed call that makes no sense is refused, and leaves a record as far as it can be read."""

from collections.abc import Callable
from typing import Any

import pytest

from models import Call
from routing.call_record import INBOUND_CALL
from routing.call_route import UNKNOWN
from tests.conftest import ACCOUNT_SID, Answer, call_parameters
from tests.routing.door import NUMBER, Door

CALL_SID = "CA" + "1" * 32


@pytest.mark.parametrize("path", ["", "/fallback"])
@pytest.mark.parametrize("missing", ["From", "To", "Direction"])
def test_malformed_call_is_refused_and_noted(door: Door, path: str, missing: str) -> None:
    """Who looks for the call finds it, and why it was refused."""
    assert door.post(path, **{missing: None}).verbs == ["Reject"]

    [event] = door.noted()
    assert (event.kind, event.account_sid, event.call_sid) == (INBOUND_CALL, ACCOUNT_SID, CALL_SID)
    assert (event.details["decision"], event.details["reason"]) == (UNKNOWN, f"{missing} is there 0 times")


def test_only_what_is_certain_is_noted(door: Door) -> None:
    """Of a doubled parameter neither value is believed."""
    door.post_pairs([*call_parameters().items(), ("To", "+14155550101")])

    [event] = door.noted()
    assert (event.details["to_number"], event.details["from_number"]) == ("", "+14155550199")
    assert event.details["reason"] == "To is there 2 times"


@pytest.mark.parametrize(
    "changed", [{"CallSid": None}, {"AccountSid": None}, {"CallSid": "CA1"}, {"AccountSid": "x"}, {"CallSid": "\x00"}]
)
def test_call_that_cannot_be_named_is_only_logged(door: Door, changed: dict[str, Any]) -> None:
    """Without its SIDs there is nothing to record it under."""
    assert door.post(**changed).verbs == ["Reject"]
    assert door.noted() == []


def test_doubled_sid_names_no_call(door: Door) -> None:
    """Nobody can say which of the two it is."""
    answer = door.post_pairs([*call_parameters().items(), ("CallSid", "CA" + "2" * 32)])

    assert (answer.verbs, door.noted()) == (["Reject"], [])


@pytest.mark.parametrize("path", ["/handoff-ended", "/status"])
def test_malformed_callback_is_no_inbound_call(door: Door, path: str) -> None:
    """The call itself was noted when it came in."""
    assert door.post(path, To=None).verbs == ["Reject"]
    assert door.noted() == []


def test_failing_note_of_a_malformed_call_does_not_cost_the_answer(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is refused all the same."""
    monkeypatch.setattr(door.notes, "note", lambda *_: 1 / 0)

    assert door.post(To=None).verbs == ["Reject"]


def test_malformed_call_has_a_record(
    twilio_post: Callable[..., Answer], stored_calls: Callable[[], list[Call]]
) -> None:
    """From the webhook to the database."""
    twilio_post(From=None)

    [call] = stored_calls()
    assert (call.call_sid, call.to_number, call.from_number) == (CALL_SID, NUMBER, None)
    assert (call.decision, call.reason) == ("unknown", "From is there 0 times")
