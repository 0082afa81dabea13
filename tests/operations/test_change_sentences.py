"""Every change can be read as a sentence: who did what to what, and why."""

from collections.abc import Callable
from typing import Any

import pytest

from operations.accounts import create_account, edit_account
from operations.add_number import add_number
from operations.agents import delete_agent, edit_agent
from operations.assign_number import assign_number, assign_numbers
from operations.change_sentences import SENTENCES, SENTENCES_WITH_A_MOMENT, say_change
from operations.changes import Changes, Who
from operations.list_changes import describe_change
from operations.locations import create_location, delete_location
from operations.pause import Pause
from operations.pause_number import pause_number, pause_numbers, resume_number
from operations.permissions import LEAST_ROLES, SYSTEM
from operations.release_number import release_number
from operations.tokens import create_token, revoke_token
from operations.users import create_user, delete_user, edit_user, set_password
from tests.operations.audit import last_change
from tests.operations.conftest import NUMBER

SECOND, THIRD = "+14155550101", "+14155550102"
LINE = {"phone_number": "+14155550150", "number": {"id": 1, "phone_number": NUMBER}}
SHOWN = {"phone_number": NUMBER, "monthly_price": "1.15", "price_unit": "USD"}
NUMBERS: dict[str, Any] = {"numbers": []}
Made = Callable[[Changes, Who], object]


def test_every_action_of_the_table_has_a_sentence_and_nothing_else_has() -> None:
    """Whoever adds an action adds its sentence."""
    assert sorted([*SENTENCES, *SENTENCES_WITH_A_MOMENT]) == sorted(LEAST_ROLES)


@pytest.mark.parametrize("action", LEAST_ROLES)
@pytest.mark.parametrize(
    "sides",
    [(None, None), (None, {}), ({}, None), ({}, {}), (None, {"numbers": []}), ({"numbers": []}, {"numbers": []})],
)
def test_no_row_of_the_audit_trail_is_without_words(action: str, sides: tuple[Any, Any]) -> None:
    """Also where an older version wrote less than this one does."""
    sentence = say_change("ada@example.com", action, *sides, None)

    assert sentence.startswith("ada@example.com ")
    assert sentence.endswith(".")


def test_action_that_the_table_no_longer_has_is_said_by_its_name() -> None:
    """The audit trail outlives versions."""
    assert say_change("shell", "fax.sent", None, None, "why.") == "Shell made the change fax.sent, because “why”."


SAID: dict[str, tuple[Made, str]] = {
    "given": (lambda c, w: assign_number(c, w, SECOND, "Bruno"), "gave +1 415 555 0101 to agent “Bruno”"),
    "taken": (
        lambda c, w: assign_number(c, w, NUMBER, "", ""),
        "took +1 415 555 0100 from agent “Clara” from location “Downtown”",
    ),
    "moved": (
        lambda c, w: assign_number(c, w, NUMBER, "Bruno", move=True, label="Desk"),
        "moved +1 415 555 0100 from agent “Clara” to agent “Bruno” and labelled it “Desk”",
    ),
    "several": (
        lambda c, w: assign_numbers(c, w, [NUMBER, SECOND, THIRD], "Bruno", move=True),
        "moved +1 415 555 0100 from agent “Clara” to agent “Bruno”;"
        " gave +1 415 555 0101 and +1 415 555 0102 to agent “Bruno”",
    ),
    "labelled": (lambda c, w: assign_number(c, w, NUMBER, label="Desk"), "labelled +1 415 555 0100 “Desk”"),
    "label off": (lambda c, w: assign_number(c, w, NUMBER, label=""), "labelled +1 415 555 0100 nothing"),
    "paused": (
        lambda c, w: pause_number(c, w, NUMBER, "closed for repairs"),
        "paused +1 415 555 0100, because “closed for repairs”",
    ),
    "many paused with a message": (
        lambda c, w: pause_numbers(c, w, [NUMBER, SECOND], None, Pause("message", "We are closed.")),
        "paused +1 415 555 0100 and +1 415 555 0101; callers hear “We are closed”",
    ),
    "resumed": (lambda c, w: (pause_number(c, w, NUMBER), resume_number(c, w, NUMBER)), "resumed +1 415 555 0100"),
    "released": (lambda c, w: release_number(c, w, NUMBER), "released +1 415 555 0100"),
    "added": (lambda c, w: add_number(c, w, "+442079460100"), "added +44 20 7946 0100"),
    "agent edited": (
        lambda c, w: edit_agent(c, w, "Clara", name="Clarissa", fallback_number=""),
        "edited agent “Clara”: name from “Clara” to “Clarissa”, fallback number from “+14155550183” to nothing",
    ),
    "agent deleted": (
        lambda c, w: delete_agent(c, w, "Clara", "Bruno"),
        "deleted agent “Clara”, whose +1 415 555 0100 went to “Bruno”",
    ),
    "numbers left to nobody": (
        lambda c, w: delete_location(c, w, "Downtown", "none"),
        "deleted location “Downtown”, whose +1 415 555 0100 went to nobody",
    ),
    "location created": (lambda c, w: create_location(c, w, "Harbour"), "created location “Harbour”"),
    "user created": (
        lambda c, w: create_user(c, w, "ada@example.com", "super_admin"),
        "created user “ada@example.com” with the role Super Admin",
    ),
    "user edited": (
        lambda c, w: (create_user(c, w, "b@example.com", "member"), edit_user(c, w, "b@example.com", role="admin")),
        "edited user “b@example.com”: role from Member to Admin",
    ),
    "password": (
        lambda c, w: (create_user(c, w, "b@example.com", "member"), set_password(c, w, "b@example.com")),
        "made a new password for user “b@example.com”",
    ),
    "user deleted": (
        lambda c, w: (create_user(c, w, "b@example.com", "member"), delete_user(c, w, "b@example.com")),
        "deleted user “b@example.com”",
    ),
    "token revoked": (
        lambda c, w: (create_token(c, w, "member", "till"), revoke_token(c, w, "till")),
        "revoked token “till”",
    ),
    "account edited": (
        lambda c, w: edit_account(c, w, purchases_per_day=3),
        "edited account “Example Business”: purchases per day from 25 to 3",
    ),
    "account created": (
        lambda c, w: create_account(c, Who(None, w.name, SYSTEM), "Third"),
        "created account “Third”",
    ),
}


@pytest.mark.parametrize("said", SAID)
def test_change_is_said_in_a_sentence(changes: Changes, who: Who, number: dict[str, Any], said: str) -> None:
    """As a person would tell it."""
    add_number(changes, who, SECOND)
    add_number(changes, who, THIRD)
    make, sentence = SAID[said]

    make(changes, who)

    assert describe_change(last_change(changes))["sentence"] == f"Test {sentence}."


@pytest.mark.parametrize(
    ("action", "before", "after", "sentence"),
    [
        ("number.purchased", None, SHOWN, "bought +1 415 555 0100 for 1.15 USD a month"),
        ("number.purchase_failed", SHOWN, None, "could not get +1 415 555 0100, because “It is gone”"),
        ("number.freed", SHOWN, SHOWN, "gave +1 415 555 0100 back to Twilio"),
        ("number.synced", SHOWN, SHOWN, "made +1 415 555 0100 agree with Twilio"),
        ("line.added", None, LINE, "added the forwarded line +1 415 555 0150 on +1 415 555 0100"),
        ("line.removed", LINE, None, "removed the forwarded line +1 415 555 0150 on +1 415 555 0100"),
        (
            "calls.purged",
            None,
            {"calls": 7, "received_before": "2026-10-26T18:23:00+00:00"},
            "deleted the calls before 2026-10-26 18:23 UTC",
        ),
        ("host.removed", {"name": "web-1"}, None, "removed host “web-1”"),
        (
            "user.recovery_code_used",
            {"email": "b@example.com", "recovery_codes": 10},
            {"email": "b@example.com", "recovery_codes": 9},
            "logged in with a recovery code; 9 are left",
        ),
        ("user.recovery_code_used", None, {"recovery_codes": 1}, "logged in with a recovery code; 1 is left"),
        ("user.recovery_code_used", None, {"recovery_codes": 0}, "logged in with a recovery code; none is left"),
        (
            "number.paused",
            {"phone_number": NUMBER, "status": "paused"},
            {"phone_number": NUMBER, "paused": {"treatment": "forward", "forward_to": SECOND, "resume_at": None}},
            "changed the pause of +1 415 555 0100; callers are forwarded to +1 415 555 0101",
        ),
        (
            "number.paused",
            {"phone_number": NUMBER, "status": "active"},
            {
                "phone_number": NUMBER,
                "paused": {"treatment": "not_in_service", "resume_at": "2026-12-01T08:00:00+00:00"},
            },
            "paused +1 415 555 0100 until 2026-12-01 08:00 UTC; callers hear that it is not in service",
        ),
        (
            "number.resumed",
            {"numbers": []},
            {"numbers": [{"phone_number": f"+141555501{index:02}"} for index in range(5)]},
            "resumed 5 numbers (+1 415 555 0100, +1 415 555 0101, +1 415 555 0102 and 2 more)",
        ),
    ],
)
def test_row_is_said_in_a_sentence(action: str, before: Any, after: Any, sentence: str) -> None:
    """Those that other stories write."""
    reason = "It is gone." if action == "number.purchase_failed" else None

    assert say_change("ada@example.com", action, before, after, reason) == f"ada@example.com {sentence}."


@pytest.mark.parametrize(
    ("action", "after", "sentence"),
    [
        (
            "number.paused",
            {"phone_number": NUMBER, "paused": {"treatment": "busy", "resume_at": "2026-12-01T07:59:00+00:00"}},
            "paused +1 415 555 0100 until 2026-11-30 23:59 (America/Los Angeles)",
        ),
        (
            "calls.purged",
            {"received_before": "2026-10-26T18:23:00+00:00"},
            "deleted the calls before 2026-10-26 11:23 (America/Los Angeles)",
        ),
    ],
)
def test_moment_is_told_on_the_clock_that_is_asked_for(action: str, after: Any, sentence: str) -> None:
    """And which clock that is, is said."""
    said = say_change("ada@example.com", action, {}, after, None, "America/Los_Angeles")

    assert said == f"ada@example.com {sentence}."
