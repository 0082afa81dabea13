"""A line is registered once, is a part of the number's route, and turns verified by a call that came through it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update

from models import ForwardedLine
from operations.add_number import add_number
from operations.agents import edit_agent
from operations.changes import Changes, Who
from operations.errors import Conflict, Invalid, NotFound
from operations.forwarded_lines import add_line, get_line, list_all_lines, list_lines, remove_line
from operations.pause import Pause
from operations.pause_number import pause_number
from operations.release_number import release_number
from operations.verify_line import start_verification, verify_waiting_lines
from tests.conftest import Answer
from tests.operations.audit import change_counter, every_change, last_change, numbers_named_by
from tests.operations.conftest import ABSENT, NUMBER

LINE, SECOND_LINE, TEST_PHONE = "+14155550150", "+14155550151", "+14155550199"
Post = Callable[..., Answer]


@pytest.fixture
def line(changes: Changes, who: Who, number: dict[str, Any]) -> dict[str, Any]:
    """A line that is registered on NUMBER."""
    return add_line(changes, who, NUMBER, LINE)[0]


@pytest.fixture
def state(app: Flask, changes: Changes, who: Who, monkeypatch: pytest.MonkeyPatch) -> Callable[[], str]:
    """Drain the calls, and return how the line's verification stands."""
    monkeypatch.setattr("routing.deadline.DATABASE_SECONDS", 10.0)

    def read() -> str:
        app.extensions["keeper"].drain()
        with changes.database.reading() as session:
            return str(get_line(session, who.account, NUMBER, LINE)["state"])

    return read


def test_line_is_registered_in_one_change_that_names_its_number(
    app: Flask, changes: Changes, who: Who, number: dict[str, Any]
) -> None:
    """Its route holds the line on every host, so that it is never dialled."""
    shown, outcome = add_line(changes, who, NUMBER, " (415) 555-0150".replace(" (", "+1 ("))

    assert (shown["phone_number"], shown["state"], shown["last_call_at"]) == (LINE, "registered", None)
    assert numbers_named_by(changes, outcome.n) == [NUMBER]
    assert app.extensions["call_path"].lookup.find(NUMBER).route.lines == (LINE,)
    assert app.test_cli_runner().invoke(args=["routes", "check"]).exit_code == 0


def test_removed_line_is_no_part_of_the_route(app: Flask, changes: Changes, who: Who, line: dict[str, Any]) -> None:
    """By its id or its number; what it was is in the audit trail."""
    add_line(changes, who, NUMBER, SECOND_LINE)
    remove_line(changes, who, NUMBER, line["id"])
    outcome = remove_line(changes, who, NUMBER, SECOND_LINE)

    assert app.extensions["call_path"].lookup.find(NUMBER).route.lines == ()
    change = last_change(changes)
    assert (change.n, change.action, change.before["phone_number"]) == (outcome.n, "line.removed", SECOND_LINE)


def test_lines_are_listed_of_a_number_and_of_all(changes: Changes, who: Who, line: dict[str, Any], other: Who) -> None:
    """By phone number, and only the account's own."""
    add_number(changes, who, ABSENT)
    add_line(changes, who, ABSENT, SECOND_LINE)

    with changes.database.reading() as session:
        assert [row["phone_number"] for row in list_lines(session, who.account, NUMBER)] == [LINE]
        assert [row["phone_number"] for row in list_all_lines(session, who.account)] == [LINE, SECOND_LINE]
        assert list_all_lines(session, other.account) == []
        with pytest.raises(NotFound):
            list_lines(session, other.account, NUMBER)


@pytest.mark.parametrize(
    ("phone_number", "words"),
    [
        (NUMBER, "one of our own numbers"),
        (ABSENT, "one of our own numbers"),
        (LINE, "registered already"),
        ("+14155550182", "“Clara”"),
        ("+14155550183", "“Clara”"),
        ("+14155550177", "is paused and forwards"),
    ],
)
def test_line_that_is_ours_or_dialled_is_refused(
    changes: Changes, who: Who, other: Who, line: dict[str, Any], phone_number: str, words: str
) -> None:
    """Each would send calls round in a circle, or is registered twice."""
    add_number(changes, other, ABSENT)
    pause_number(changes, who, NUMBER, None, Pause("forward", forward_to="+14155550177"))
    before = change_counter(changes)

    with pytest.raises(Conflict, match=words):
        add_line(changes, who, NUMBER, phone_number)

    assert change_counter(changes) == before


def test_line_of_a_released_number_is_free(changes: Changes, who: Who, line: dict[str, Any]) -> None:
    """It can be registered on another; nothing can be registered on the released one."""
    add_number(changes, who, ABSENT)
    release_number(changes, who, NUMBER)

    assert add_line(changes, who, ABSENT, LINE)[0]["number"]["phone_number"] == ABSENT
    with pytest.raises(Conflict, match="released"):
        add_line(changes, who, NUMBER, SECOND_LINE)
    with pytest.raises(Conflict, match="released"):
        start_verification(changes, who, NUMBER, LINE)


@pytest.mark.parametrize("forwarded_from", [LINE, "14155550150", "4155550150"])
def test_call_through_the_line_turns_it_verified(
    changes: Changes, who: Who, line: dict[str, Any], twilio_post: Post, state: Callable[[], str], forwarded_from: str
) -> None:
    """At once for who reads it; the housekeeper records the same, once, with the call that showed it."""
    start_verification(changes, who, NUMBER, LINE)
    assert state() == "waiting"
    twilio_post(ForwardedFrom=forwarded_from)
    assert state() == "verified"
    with changes.database.reading() as session:
        seen = get_line(session, who.account, NUMBER, LINE)

    assert [verify_waiting_lines(changes) for _ in range(2)] == [1, 0]
    with changes.database.reading() as session:
        assert get_line(session, who.account, NUMBER, LINE) == seen
    assert seen["verified_by"] == "CA" + "1" * 32
    assert [change.action for change in every_change(changes)].count("line.verified") == 1


def test_housekeeper_records_it(
    app: Flask, changes: Changes, who: Who, line: dict[str, Any], twilio_post: Post, state: Callable[[], str]
) -> None:
    """Nobody has to read it."""
    start_verification(changes, who, NUMBER, LINE)
    twilio_post(ForwardedFrom=LINE)
    assert state() == "verified"

    app.extensions["housekeeper"].work()

    assert (last_change(changes).action, last_change(changes).made_by) == ("line.verified", "forwarding check")


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({"From": TEST_PHONE}, "verified"),
        ({"From": TEST_PHONE, "ForwardedFrom": NUMBER}, "verified"),
        ({"From": TEST_PHONE, "ForwardedFrom": "+49494949494912248033558"}, "verified"),
        ({"From": TEST_PHONE, "ForwardedFrom": SECOND_LINE}, "waiting"),
        ({"From": "+14155550198"}, "waiting"),
        ({"From": "+14155550198", "ForwardedFrom": NUMBER}, "waiting"),
        ({"From": "+14155550198", "ForwardedFrom": LINE}, "verified"),
        ({"From": LINE}, "waiting"),
    ],
)
def test_call_from_the_test_phone_counts_where_the_carrier_hides_the_line(
    changes: Changes,
    who: Who,
    line: dict[str, Any],
    twilio_post: Post,
    state: Callable[[], str],
    parameters: dict[str, str],
    expected: str,
) -> None:
    """Unless the carrier names another line; any other caller proves nothing."""
    start_verification(changes, who, NUMBER, LINE, TEST_PHONE)

    twilio_post(**parameters)

    assert state() == expected


def test_call_to_a_paused_number_verifies_too(
    changes: Changes, who: Who, line: dict[str, Any], twilio_post: Post, state: Callable[[], str]
) -> None:
    """What counts is that it arrived."""
    pause_number(changes, who, NUMBER)
    start_verification(changes, who, NUMBER, LINE)

    assert twilio_post(ForwardedFrom=LINE).verbs == ["Reject"]

    assert state() == "verified"


def test_calls_before_the_start_are_only_seen(
    changes: Changes, who: Who, line: dict[str, Any], twilio_post: Post, state: Callable[[], str]
) -> None:
    """They are the last call through the line, and no proof."""
    twilio_post(ForwardedFrom=LINE)
    assert state() == "registered"

    shown, _ = start_verification(changes, who, NUMBER, LINE)

    assert state() == "waiting"
    assert shown["last_call_at"] is not None


def test_window_ends(
    changes: Changes, who: Who, line: dict[str, Any], twilio_post: Post, state: Callable[[], str]
) -> None:
    """A call after ten minutes proves nothing, and the line says that it is over."""
    start_verification(changes, who, NUMBER, LINE)
    with changes.database.writing() as session:
        session.execute(update(ForwardedLine).values(verifying_since=datetime.now(UTC) - timedelta(minutes=11)))

    twilio_post(ForwardedFrom=LINE)

    assert state() == "expired"
    assert verify_waiting_lines(changes) == 0


def test_verification_started_anew_forgets_the_old_one(
    changes: Changes, who: Who, line: dict[str, Any], twilio_post: Post, state: Callable[[], str]
) -> None:
    """Somebody doubts it."""
    start_verification(changes, who, NUMBER, LINE, TEST_PHONE)
    twilio_post(ForwardedFrom=LINE)
    assert state() == "verified"
    verify_waiting_lines(changes)

    shown, _ = start_verification(changes, who, NUMBER, LINE)

    assert (shown["state"], shown["verified_by"], shown["test_phone"]) == ("waiting", None, None)


def test_test_phone_is_another_telephone(changes: Changes, who: Who, line: dict[str, Any]) -> None:
    """A call that the line makes itself is not forwarded."""
    with pytest.raises(Invalid):
        start_verification(changes, who, NUMBER, LINE, LINE)


def test_agent_is_not_put_through_to_a_registered_line(
    changes: Changes, who: Who, number: dict[str, Any], twilio_post: Post
) -> None:
    """Registered on this number later than the agent's telephone was given, on another number before."""
    add_number(changes, who, ABSENT)
    edit_agent(changes, who, "Bruno", handoff_kind="phone", handoff_target=LINE)
    add_line(changes, who, ABSENT, LINE)

    with pytest.raises(Conflict, match="registered already"):
        add_line(changes, who, NUMBER, LINE)
    assert twilio_post(To=NUMBER).find("Dial/Number").text == "+14155550182"
