"""What callers meet when a pause does not say: the account's choice, copied into the pause when it is made."""

from typing import Any

import pytest

from operations.accounts import edit_account, get_account
from operations.add_number import add_number
from operations.changes import Changes, Who
from operations.errors import Conflict, Invalid, OperationError
from operations.forwarded_lines import add_line
from operations.pause import Pause
from operations.pause_number import pause_number, pause_numbers, resume_number
from tests.operations.audit import last_change
from tests.operations.conftest import NUMBER

SECOND, ELSEWHERE, LINE = "+14155550101", "+14155550177", "+14155550150"
DEFAULTS: list[dict[str, str]] = [
    {"paused_treatment": "busy"},
    {"paused_treatment": "not_in_service"},
    {"paused_treatment": "message", "paused_message": "We are closed."},
    {"paused_treatment": "forward", "paused_forward_to": ELSEWHERE},
]


def met_by(number: dict[str, Any]) -> dict[str, str]:
    """Return what callers of a paused number meet, in the words of the account's default."""
    paused = {f"paused_{name}": value for name, value in number["paused"].items() if name != "resume_at"}
    return {name: value for name, value in paused.items() if value is not None}


@pytest.mark.parametrize("default", DEFAULTS)
def test_pause_that_does_not_say_is_as_the_account_has_it(
    changes: Changes, who: Who, number: dict[str, Any], default: dict[str, str]
) -> None:
    """One number and many; what was heard then stands in the audit trail."""
    add_number(changes, who, SECOND)
    edit_account(changes, who, **default)

    one, _ = pause_number(changes, who, NUMBER)
    many, _ = pause_numbers(changes, who, [NUMBER, SECOND])

    assert [met_by(shown) for shown in (one, *many)] == [default] * 3
    assert last_change(changes).after is not None
    assert met_by(last_change(changes).after) == default


def test_pause_that_says_is_as_it_says(changes: Changes, who: Who, number: dict[str, Any]) -> None:
    """A busy tone, too."""
    edit_account(changes, who, paused_treatment="message", paused_message="We are closed.")

    number, _ = pause_number(changes, who, NUMBER, None, Pause("busy"))

    assert met_by(number) == {"paused_treatment": "busy"}


def test_changed_default_alters_no_pause_that_is_there(changes: Changes, who: Who, number: dict[str, Any]) -> None:
    """The next one is as the account has it then."""
    edit_account(changes, who, paused_treatment="not_in_service")
    _, paused = pause_number(changes, who, NUMBER)

    _, edited = edit_account(changes, who, paused_treatment="forward", paused_forward_to=ELSEWHERE)
    still, _ = pause_number(changes, who, NUMBER, None, Pause("not_in_service"))
    resume_number(changes, who, NUMBER)
    again, _ = pause_number(changes, who, NUMBER)

    assert edited.n == paused.n + 1
    assert met_by(still) == {"paused_treatment": "not_in_service"}
    assert met_by(again) == {"paused_treatment": "forward", "paused_forward_to": ELSEWHERE}


def test_default_is_replaced_as_a_whole(changes: Changes, who: Who) -> None:
    """No message of an earlier one is left; the trail tells both sides."""
    edit_account(changes, who, paused_treatment="message", paused_message="We are closed.")

    shown, _ = edit_account(changes, who, paused_treatment="busy")

    change = last_change(changes)
    assert (shown["paused_treatment"], shown["paused_message"]) == ("busy", None)
    assert change.before is not None
    assert change.before["paused_message"] == "We are closed."


@pytest.mark.parametrize(
    "default",
    [
        {"paused_treatment": "music"},
        {"paused_treatment": "message"},
        {"paused_treatment": "message", "paused_message": "two\nlines"},
        {"paused_treatment": "busy", "paused_message": "We are closed."},
        {"paused_treatment": "forward"},
        {"paused_treatment": "forward", "paused_forward_to": "0800"},
        {"paused_treatment": "forward", "paused_forward_to": "+19005550123"},
        {"paused_treatment": "forward", "paused_forward_to": NUMBER},
        {"paused_treatment": "forward", "paused_forward_to": LINE},
        {"paused_message": "We are closed."},
        {"paused_forward_to": ELSEWHERE},
    ],
)
def test_default_is_refused_as_the_pause_of_a_number_is(
    changes: Changes, who: Who, number: dict[str, Any], default: dict[str, str]
) -> None:
    """What cannot be used, costs a fortune, or would come back here."""
    add_line(changes, who, NUMBER, LINE)

    with pytest.raises((Invalid, Conflict)):
        edit_account(changes, who, **default)

    with changes.database.reading() as session:
        assert get_account(session, who.account)["paused_treatment"] == "busy"


def test_number_or_line_that_pauses_forward_to_is_refused(changes: Changes, who: Who, number: dict[str, Any]) -> None:
    """Callers would come back here; another account is not told whom this one forwards to."""
    edit_account(changes, who, paused_treatment="forward", paused_forward_to=ELSEWHERE)

    refused: list[str] = []
    for attempt in (lambda: add_number(changes, who, ELSEWHERE), lambda: add_line(changes, who, NUMBER, ELSEWHERE)):
        with pytest.raises(OperationError) as raised:
            attempt()
        refused.append(raised.value.code)

    assert refused == ["number_is_dialled"] * 2
