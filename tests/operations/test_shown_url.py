"""What people see of somebody else's URL holds none of its secrets."""

from typing import Any

import pytest

from operations.add_number import add_number
from operations.changes import Changes, Who
from operations.number_at_twilio import shown_url
from operations.twilio_account import TwilioAccount
from operations.twilio_values import webhooks_of
from simulator.rest import RunningSimulator
from tests.operations.audit import every_change


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://user:secret@ivr.example.com/voice", "https://ivr.example.com/voice"),
        ("https://ivr.example.com/voice?token=secret", "https://ivr.example.com/voice?…"),
        ("https://ivr.example.com:8443/a%20b#rc=2", "https://ivr.example.com:8443/a%20b#rc=2"),
        ("https://[broken", "…"),
    ],
)
def test_url_is_shown_without_user_password_and_query(url: str, shown: str) -> None:
    """That is where the keys of other services stand."""
    assert shown_url(url) == shown


def test_audit_trail_of_a_take_over_holds_no_secret_of_the_old_url(
    app: Any, changes: Changes, who: Who, twilio_server: RunningSimulator
) -> None:
    """Every Member reads it."""
    twilio: TwilioAccount = app.extensions["twilio"]
    twilio.buy("+14155550120", "Old line", webhooks_of("https://user:secret@ivr.example.com"))

    add_number(changes, who, "+14155550120", twilio=twilio, webhooks=webhooks_of("https://calls.example.com"))

    told = str([(change.before, change.after) for change in every_change(changes)])
    assert "https://ivr.example.com/twilio/voice" in told
    assert "secret" not in told
