"""What would be a loop or cost a fortune is refused when it is saved, from either side, and the sentence says why."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from models import ForwardedLine
from operations.add_number import add_number
from operations.agents import create_agent, edit_agent
from operations.assign_number import assign_number
from operations.changes import Changes, Who
from operations.delete_holder import delete_holder
from operations.errors import Conflict, Invalid, OperationError
from operations.get_number import read_wish
from operations.holders import AGENT
from operations.numbers_of import set_numbers_of
from operations.order_number import order_number
from operations.pause import Pause
from operations.pause_number import pause_number, pause_numbers
from operations.release_number import release_number
from tests.operations.audit import change_counter
from tests.operations.conftest import ABSENT, NUMBER

PREMIUM, LINE, TELEPHONE, OTHERS = "+19002345678", "+14155550150", "+14155550188", "+14155550140"
Save = Callable[[Changes, Who, str], Any]
SAVES: dict[str, Save] = {
    "an agent's telephone": lambda changes, who, target: edit_agent(
        changes, who, "Clara", handoff_kind="phone", handoff_target=target
    ),
    "an agent's fallback number": lambda changes, who, target: edit_agent(
        changes, who, "Clara", fallback_number=target
    ),
    "a forward": lambda changes, who, target: pause_number(
        changes, who, NUMBER, None, Pause("forward", forward_to=target)
    ),
    "a forward of many": lambda changes, who, target: pause_numbers(
        changes, who, [NUMBER], None, Pause("forward", forward_to=target)
    ),
}
NEW_AGENTS: dict[str, Save] = {
    "a new agent's telephone": lambda changes, who, target: create_agent(changes, who, "Dora", "phone", target),
    "a new agent's fallback number": lambda changes, who, target: create_agent(
        changes, who, "Dora", "client", "dora", target
    ),
}


@pytest.fixture
def line(changes: Changes, who: Who, number: dict[str, Any]) -> str:
    """A line that forwards to NUMBER."""
    with changes.database.writing() as session:
        session.add(ForwardedLine(account_id=who.account, number_id=number["id"], phone_number=LINE))
    return LINE


def check_is_refused(changes: Changes, error: type[OperationError], words: str, save: Callable[[], Any]) -> None:
    before = change_counter(changes)
    with pytest.raises(error, match=re.escape(words)):
        save()
    assert change_counter(changes) == before


@pytest.mark.parametrize("what", [*SAVES, *NEW_AGENTS])
def test_costly_number_and_number_of_ours_are_refused(
    changes: Changes, who: Who, number: dict[str, Any], other: Who, what: str
) -> None:
    """Ours are those of every account: all are answered here."""
    add_number(changes, other, OTHERS)
    save = (SAVES | NEW_AGENTS)[what]

    check_is_refused(changes, Invalid, "premium-rate", lambda: save(changes, who, PREMIUM))
    for ours in (NUMBER, OTHERS):
        check_is_refused(changes, Conflict, "one of our own numbers", lambda ours=ours: save(changes, who, ours))


@pytest.mark.parametrize("what", SAVES)
def test_line_that_forwards_to_the_number_is_refused(changes: Changes, who: Who, line: str, what: str) -> None:
    """And one that forwards to another number is not."""
    add_number(changes, who, ABSENT, "Bruno")

    check_is_refused(changes, Conflict, "forwards to", lambda: SAVES[what](changes, who, line))
    edit_agent(changes, who, "Bruno", fallback_number=line)


@pytest.mark.parametrize("what", [*SAVES, *NEW_AGENTS])
def test_ordinary_telephone_is_saved(changes: Changes, who: Who, line: str, what: str) -> None:
    """Also that of a number which was released."""
    add_number(changes, who, ABSENT)
    release_number(changes, who, ABSENT)

    for phone_number in (TELEPHONE, ABSENT):
        before = change_counter(changes)
        if what in SAVES:
            SAVES[what](changes, who, phone_number)
            assert change_counter(changes) == before + 1
    if what in NEW_AGENTS:
        assert NEW_AGENTS[what](changes, who, TELEPHONE)["name"] == "Dora"


def test_other_handoffs_are_not_asked_about(changes: Changes, who: Who, number: dict[str, Any]) -> None:
    """A SIP address may have the digits of any number."""
    edit_agent(changes, who, "Bruno", handoff_kind="sip", handoff_target=f"sip:{NUMBER}@pbx.example.com")


def test_what_is_stored_already_does_not_hinder_other_edits(
    changes: Changes, who: Who, number: dict[str, Any], other: Who
) -> None:
    """An agent whose telephone became a number of somebody else's can still be renamed."""
    edit_agent(changes, who, "Bruno", fallback_number=OTHERS)
    add_number(changes, other, OTHERS)

    assert edit_agent(changes, who, "Bruno", name="Brunhilde")[0]["name"] == "Brunhilde"


@pytest.mark.parametrize(
    "give",
    [
        lambda changes, who: assign_number(changes, who, NUMBER, "Dora", move=True),
        lambda changes, who: set_numbers_of(changes, who, AGENT, "Dora", [NUMBER], move=True),
        lambda changes, who: delete_holder(changes, who, AGENT, "Clara", "Dora", None),
    ],
)
def test_number_is_not_given_to_an_agent_who_dials_its_line(
    changes: Changes, who: Who, line: str, give: Callable[[Changes, Who], Any]
) -> None:
    """From whichever side it is given."""
    create_agent(changes, who, "Dora", "phone", line)

    check_is_refused(changes, Conflict, f"{LINE} forwards to", lambda: give(changes, who))


@pytest.mark.parametrize(
    "take",
    [
        lambda changes, who, phone_number: add_number(changes, who, phone_number),
        lambda changes, who, phone_number: order_number(changes, who, read_wish(phone_number), None),
    ],
)
def test_number_that_the_account_dials_is_not_taken_into_use(
    changes: Changes, who: Who, line: str, take: Callable[[Changes, Who, str], Any]
) -> None:
    """Clara's telephone, her fallback number, the target of a forward, and a line: each named with who dials it."""
    pause_number(changes, who, NUMBER, None, Pause("forward", forward_to=TELEPHONE))

    for phone_number in ("+14155550182", "+14155550183"):
        check_is_refused(changes, Conflict, "“Clara” puts", lambda dialled=phone_number: take(changes, who, dialled))
    check_is_refused(changes, Conflict, "is paused and forwards", lambda: take(changes, who, TELEPHONE))
    check_is_refused(changes, Conflict, "registered as a line", lambda: take(changes, who, LINE))


def test_what_other_accounts_dial_is_no_reason_to_refuse(changes: Changes, who: Who, other: Who) -> None:
    """Nobody can keep others from a number by dialling it."""
    assert add_number(changes, who, "+14155550184")[0]["status"] == "active"
