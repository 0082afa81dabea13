"""`flask numbers pause|resume`: what callers meet, until when, and many at once."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.admin.conftest import NUMBER, Run

SECOND, THIRD = "+14155550101", "+14155550102"


@pytest.fixture
def three(business: Run) -> Run:
    """A business with two more numbers: Bruno's at the Airport, and one of nobody's."""
    business("numbers", "add", SECOND, "--agent", "Bruno", "--location", "Airport")
    business("numbers", "add", THIRD)
    return business


@pytest.mark.parametrize(
    ("arguments", "shown", "said"),
    [
        ((), {"treatment": "busy"}, "busy tone"),
        (("--not-in-service",), {"treatment": "not_in_service"}, "not in service"),
        (("--message", "Closed {today}."), {"treatment": "message", "message": "Closed {today}."}, "“Closed {today}.”"),
        (("--forward-to", "+1 415 555 0177"), {"treatment": "forward", "forward_to": "+14155550177"}, "+14155550177"),
    ],
)
def test_callers_meet_what_was_typed(
    business: Run, run_json: Callable[..., Any], arguments: tuple[str, ...], shown: dict[str, str], said: str
) -> None:
    """Said to programs and to people."""
    told = business("numbers", "pause", NUMBER, *arguments).stdout
    assert said in told
    assert told.endswith("In force on every host.\n")

    printed = run_json("numbers", "pause", NUMBER, *arguments)["paused"]

    assert {name: value for name, value in printed.items() if value is not None} == shown


def test_callers_meet_what_the_account_says_where_nothing_is_typed(business: Run, run_json: Callable[..., Any]) -> None:
    """And the busy tone where that is typed; two things at once are wrong usage."""
    business("accounts", "edit", "--paused-busy", "--paused-message", "Closed.", status=2)
    account = run_json("accounts", "edit", "--paused-message", "We are closed.")

    usual = run_json("numbers", "pause", NUMBER)["paused"]
    busy = run_json("numbers", "pause", NUMBER, "--busy")["paused"]

    assert (account["paused_treatment"], account["paused_message"]) == ("message", "We are closed.")
    assert (usual["treatment"], usual["message"]) == ("message", "We are closed.")
    assert busy["treatment"] == "busy"
    assert "paused message from nothing to “We are closed.”" in business("changes", "list").stdout


@pytest.mark.parametrize(
    ("until", "moment"),
    [
        (("2029-12-24T09:00",), "2029-12-24T17:00:00+00:00"),
        (("2029-12-24T09:00", "--timezone", "Europe/Paris"), "2029-12-24T08:00:00+00:00"),
        (("2029-12-24T09:00+02:00", "--timezone", "Europe/Paris"), "2029-12-24T07:00:00+00:00"),
        (("2029-12-24 09:00",), "2029-12-24T17:00:00+00:00"),
    ],
)
def test_clock_of_the_location_is_meant_unless_said(
    business: Run, run_json: Callable[..., Any], until: tuple[str, ...], moment: str
) -> None:
    """Downtown is in Los Angeles."""
    assert run_json("numbers", "pause", NUMBER, "--until", *until)["paused"]["resume_at"] == moment
    assert moment in business("numbers", "pause", NUMBER, "--until", *until).stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ("--until", "tomorrow"),
        ("--until", "2019-12-24T09:00"),
        ("--until", "2029-12-24T09:00", "--timezone", "Moon/Crater"),
        ("--message", "a", "--not-in-service"),
        ("--message", ""),
        ("--forward-to", "0800"),
        ("--all",),
    ],
)
def test_unusable_arguments_are_wrong_usage(
    business: Run, run_json: Callable[..., Any], arguments: tuple[str, ...]
) -> None:
    """Nothing is paused."""
    business("numbers", "pause", NUMBER, *arguments, status=2)

    assert [number["status"] for number in run_json("numbers", "list")] == ["active"]


@pytest.mark.parametrize(
    ("selection", "paused"),
    [
        ((NUMBER, THIRD), {NUMBER, THIRD}),
        (("--all",), {NUMBER, SECOND, THIRD}),
        (("--agent", "Bruno"), {SECOND}),
        (("--location", "Downtown"), {NUMBER}),
        (("--agent", "Clara", "--location", "Downtown"), {NUMBER}),
    ],
)
def test_many_are_selected_and_paused_in_one_change(
    three: Run, run_json: Callable[..., Any], selection: tuple[str, ...], paused: set[str]
) -> None:
    """And resumed in the same way."""
    printed = run_json("numbers", "pause", *selection)
    assert printed["in_force"] is True
    assert {number["phone_number"] for number in run_json("numbers", "list", "--status", "paused")} == paused

    three("numbers", "resume", *selection)

    assert run_json("numbers", "list", "--status", "paused") == []


def test_numbers_on_different_clocks_need_one_to_be_said(three: Run, run_json: Callable[..., Any]) -> None:
    """Nine o'clock is not the same everywhere."""
    refused = three("numbers", "pause", NUMBER, SECOND, "--until", "2029-12-24T09:00", status=2)
    three("numbers", "pause", NUMBER, SECOND, "--until", "2029-12-24T09:00", "--timezone", "America/Los_Angeles")

    assert "America/Los_Angeles, UTC" in refused.stderr
    moments = {number["paused"]["resume_at"] for number in run_json("numbers", "list", "--status", "paused")}
    assert moments == {"2029-12-24T17:00:00+00:00"}


@pytest.mark.parametrize(("arguments", "status"), [((), 2), (("--agent", "Nobody"), 1)])
def test_selecting_nothing_pauses_nothing(three: Run, arguments: tuple[str, ...], status: int) -> None:
    """Neither by saying nothing nor by naming somebody who answers nothing."""
    three("numbers", "pause", *arguments, status=status)


@pytest.mark.parametrize(
    ("command", "status", "label"), [("pause", "paused", "paused"), ("resume", "active", "resumed")]
)
def test_more_than_one_change_takes_are_changed_step_by_step(
    three: Run, run_json: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, command: str, status: str, label: str
) -> None:
    """Somebody who waits sees how far it is; programs get all numbers as one."""
    monkeypatch.setattr("admin.commands.pause_numbers.MOST_NUMBERS_AT_ONCE", 2)
    before = len(run_json("changes", "list"))

    done = three("numbers", command, "--all", "--json")

    printed = json.loads(done.stdout)
    assert {number["phone_number"]: number["status"] for number in printed["numbers"]} == {
        NUMBER: status,
        SECOND: status,
        THIRD: status,
    }
    assert printed["in_force"] is True
    assert f"Numbers {label}: 3 of 3" in done.stderr
    assert len(run_json("changes", "list")) == before + (2 if command == "pause" else 0)


def test_what_was_done_before_a_later_step_failed_is_said(
    three: Run, run_json: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """And stays done."""
    monkeypatch.setattr("admin.commands.pause_numbers.MOST_NUMBERS_AT_ONCE", 2)

    refused = three("numbers", "pause", NUMBER, SECOND, "+14155550109", status=1)

    assert "Numbers paused before that: 2 of 3." in refused.stderr
    paused = run_json("numbers", "list", "--status", "paused")
    assert {number["phone_number"] for number in paused} == {NUMBER, SECOND}


def test_clock_time_is_one_moment_for_all_steps(
    three: Run, run_json: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whichever step a number is in."""
    monkeypatch.setattr("admin.commands.pause_numbers.MOST_NUMBERS_AT_ONCE", 1)

    refused = three("numbers", "pause", "--all", "--until", "2029-12-24T09:00", status=2)
    three("numbers", "pause", "--all", "--until", "2029-12-24T09:00", "--timezone", "Europe/Paris")

    assert "different clocks" in refused.stderr
    moments = [number["paused"]["resume_at"] for number in run_json("numbers", "list", "--status", "paused")]
    assert moments == ["2029-12-24T08:00:00+00:00"] * 3
