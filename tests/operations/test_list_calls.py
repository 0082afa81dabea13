"""The calls of an account are listed, newest first."""

from collections.abc import Callable
from typing import Any

from flask import Flask

from operations.add_number import add_number
from operations.changes import Changes, Who
from operations.list_calls import list_calls
from tests.conftest import Answer
from tests.operations.conftest import ABSENT, NUMBER


def place(twilio_post: Callable[..., Answer], *to_numbers: str) -> None:
    for index, to_number in enumerate(to_numbers):
        twilio_post(To=to_number, CallSid=f"CA{index:032x}")


def test_latest_calls_are_listed_first(
    app: Flask, changes: Changes, who: Who, number: dict[str, Any], twilio_post: Callable[..., Answer]
) -> None:
    """With everything that was decided about them, up to the number of calls that was asked for."""
    place(twilio_post, NUMBER, NUMBER, NUMBER)
    app.extensions["keeper"].drain()

    with changes.database.reading() as session:
        calls = list_calls(session, who.account_id or 0, limit=2)

    assert [call["call_sid"][-1] for call in calls] == ["2", "1"]
    assert (calls[0]["decision"], calls[0]["agent_name"], calls[0]["number_id"]) == ("routed", "Clara", number["id"])


def test_calls_of_another_account_are_not_listed_but_those_of_nobody_are(
    app: Flask, changes: Changes, who: Who, number: dict[str, Any], other: Who, twilio_post: Callable[..., Answer]
) -> None:
    """A call to a number that no account has belongs to nobody, and nothing may be lost."""
    add_number(changes, other, "+14155550101", "Zoe")
    place(twilio_post, NUMBER, "+14155550101", ABSENT)
    app.extensions["keeper"].drain()

    with changes.database.reading() as session:
        assert {call["to_number"] for call in list_calls(session, who.account_id or 0)} == {NUMBER, ABSENT}
        assert [call["to_number"] for call in list_calls(session, other.account_id or 0, to_number=NUMBER)] == []
