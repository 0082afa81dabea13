"""`flask numbers add|assign|pause|resume|release|list`."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.admin.conftest import NUMBER, Run
from tests.conftest import Answer

SHOWN = {
    "id",
    "phone_number",
    "label",
    "status",
    "receiving_calls",
    "agent",
    "location",
    "country",
    "type",
    "monthly_price",
    "price_unit",
    "paused",
    "purchased_at",
    "released_at",
    "charged_until",
    "etag",
}
CHANGED = {"change", "in_force", "unconfirmed", "warnings"}


def test_number_is_listed_as_the_api_shows_it(business: Run, run_json: Callable[..., Any]) -> None:
    """The fields are those that other programs rely on."""
    [number] = run_json("numbers", "list")

    assert set(number) == SHOWN
    assert (number["phone_number"], number["label"], number["status"]) == (NUMBER, "Main line", "active")
    assert (number["agent"]["name"], number["location"]["name"]) == ("Clara", "Downtown")


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (("assign", NUMBER, "--agent", "Bruno", "--move"), "active"),
        (("pause", NUMBER, "--reason", "closed"), "paused"),
        (("resume", NUMBER), "active"),
        (("release", NUMBER, "--yes", "--reason", "moved"), "released"),
        (("add", "+14155550101"), "active"),
    ],
)
def test_change_prints_the_number_and_how_far_the_change_got(
    business: Run, run_json: Callable[..., Any], arguments: tuple[str, ...], status: str
) -> None:
    """The object of the API, with the change's number and whether it is in force."""
    printed = run_json("numbers", *arguments)

    assert set(printed) == SHOWN | CHANGED
    assert (printed["status"], printed["in_force"], printed["unconfirmed"]) == (status, True, [])


def test_agent_and_location_are_named_by_name_or_by_id(business: Run, run_json: Callable[..., Any]) -> None:
    """As the listings show them."""
    [bruno] = [agent for agent in run_json("agents", "list") if agent["name"] == "Bruno"]
    [airport] = [location for location in run_json("locations", "list") if location["name"] == "Airport"]

    by_id = run_json(
        "numbers", "assign", NUMBER, "--agent", str(bruno["id"]), "--location", str(airport["id"]), "--move"
    )

    assert (by_id["agent"]["name"], by_id["location"]["name"]) == ("Bruno", "Airport")
    assert run_json("numbers", "assign", NUMBER, "--agent", "Clara", "--move")["agent"]["name"] == "Clara"


def test_several_numbers_are_assigned_in_one_change(business: Run, run_json: Callable[..., Any]) -> None:
    """All of them or none; a label is for one."""
    business("numbers", "add", "+14155550101")

    assert "--move" in business("numbers", "assign", "--help").stdout
    assert (
        "is answered by “Clara”"
        in business("numbers", "assign", NUMBER, "+14155550101", "--agent", "2", status=1).stderr
    )
    printed = run_json("numbers", "assign", NUMBER, "+14155550101", "--agent", "Bruno", "--move")
    business("numbers", "assign", NUMBER, "+14155550101", "--label", "Both", status=2)

    assert set(printed) == {"numbers"} | CHANGED
    assert [number["agent"]["name"] for number in printed["numbers"]] == ["Bruno", "Bruno"]
    assert run_json("numbers", "assign", NUMBER, "--label", "Front door")["label"] == "Front door"


def test_sentences_say_what_callers_will_meet(business: Run) -> None:
    """Without --json people read, not programs."""
    assert "Its calls reach Bruno." in business("numbers", "assign", NUMBER, "--agent", "Bruno", "--move").stdout
    assert "busy tone" in business("numbers", "pause", NUMBER).stdout
    assert "Its calls reach Bruno." in business("numbers", "resume", NUMBER).stdout
    assert "assign an agent" in business("numbers", "assign", NUMBER, "--agent", "").stdout


def test_call_after_a_pause_typed_in_the_shell_is_refused(business: Run, twilio_post: Callable[..., Answer]) -> None:
    """The shell is a door to the same operation."""
    assert twilio_post().verbs == ["Dial"]
    business("numbers", "pause", "+1 (415) 555-0100")
    assert twilio_post().verbs == ["Reject"]


@pytest.mark.parametrize("typed", ["n\n", "\n", "", "y\n", "+14155550101\n"])
def test_release_asks_and_takes_nothing_but_the_number(business: Run, run_json: Callable[..., Any], typed: str) -> None:
    """It cannot be undone, so a habit of the fingers is not enough."""
    result = business("numbers", "release", NUMBER, typed=typed, status=1)

    assert f"Release {NUMBER}?" in result.stderr
    assert [number["status"] for number in run_json("numbers", "list")] == ["active"]


def test_release_is_done_once_the_number_is_typed(business: Run, run_json: Callable[..., Any]) -> None:
    """The released number is still listed, for its history."""
    result = business("numbers", "release", NUMBER, typed="+1 (415) 555-0100\n")

    assert "the last number of the agent “Clara”" in result.stderr

    assert [number["status"] for number in run_json("numbers", "list")] == ["released"]
    assert run_json("numbers", "list", "--status", "active") == []


def test_table_of_numbers_reads_at_a_glance(business: Run) -> None:
    """One line a number, under one line of names."""
    heading, line = business("numbers", "list").stdout.splitlines()

    assert heading.split() == ["number", "status", "receiving", "calls", "agent", "location", "label"]
    assert line.split() == [NUMBER, "active", "yes", "Clara", "Downtown", "Main", "line"]
