"""`flask agents|locations create|edit|delete|list`."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.admin.conftest import Run
from tests.conftest import Answer

AGENT = {
    "id",
    "name",
    "handoff_kind",
    "handoff_target",
    "fallback_number",
    "created_at",
    "etag",
    "locations",
    "numbers_count",
}
LOCATION = {"id", "name", "timezone", "created_at", "etag", "agents", "numbers_count"}
CHANGED = {"change", "in_force", "unconfirmed", "warnings"}
CREATE_AGENT = ("agents", "create", "Ada", "--handoff", "sip", "--to", "sip:ada@example.com")


def test_agent_is_printed_as_the_api_shows_it(business: Run, run_json: Callable[..., Any]) -> None:
    """The created one is the one that is listed."""
    created = run_json(*CREATE_AGENT, "--fallback-number", "+14155550183")

    assert set(created) == AGENT
    assert created in run_json("agents", "list")


def test_location_is_printed_as_the_api_shows_it(business: Run, run_json: Callable[..., Any]) -> None:
    """The created one is the one that is listed."""
    created = run_json("locations", "create", "Harbour", "--timezone", "Europe/Rome")

    assert set(created) == LOCATION
    assert created in run_json("locations", "list")


def test_edited_agent_answers_the_next_call(
    business: Run, run_json: Callable[..., Any], twilio_post: Callable[..., Answer]
) -> None:
    """By name or by id; what is not named stays."""
    edited = run_json("agents", "edit", "Clara", "--handoff", "client", "--to", "clara-desk")

    assert set(edited) == AGENT | CHANGED
    assert edited["in_force"] is True
    assert twilio_post().find("Dial/Client/Identity").text == "clara-desk"
    assert run_json("agents", "edit", str(edited["id"]), "--name", "Clarissa")["handoff_target"] == "clara-desk"


def test_fallback_number_is_taken_away_by_an_empty_one(business: Run, run_json: Callable[..., Any]) -> None:
    """Leaving the option out leaves the number as it is."""
    assert run_json("agents", "edit", "Clara", "--fallback-number", "+14155550183")["fallback_number"] is not None
    assert run_json("agents", "edit", "Clara", "--name", "Clarissa")["fallback_number"] is not None
    assert run_json("agents", "edit", "Clarissa", "--fallback-number", "")["fallback_number"] is None


def test_edited_location_is_printed_with_its_change(business: Run, run_json: Callable[..., Any]) -> None:
    """By name or by id."""
    edited = run_json("locations", "edit", "Downtown", "--name", "Old Town", "--timezone", "Europe/Rome")

    assert set(edited) == LOCATION | CHANGED
    assert (edited["name"], edited["timezone"], edited["in_force"]) == ("Old Town", "Europe/Rome", True)
    assert run_json("locations", "edit", str(edited["id"]), "--name", "Downtown")["timezone"] == "Europe/Rome"


@pytest.mark.parametrize(("resource", "name"), [("agents", "Bruno"), ("locations", "Airport")])
def test_what_has_no_numbers_can_be_deleted(
    business: Run, run_json: Callable[..., Any], resource: str, name: str
) -> None:
    """It is gone from the listing."""
    business(resource, "delete", name)

    assert name not in [row["name"] for row in run_json(resource, "list")]


@pytest.mark.parametrize(("resource", "name"), [("agents", "Clara"), ("locations", "Downtown")])
def test_what_has_numbers_is_not_deleted_and_the_sentence_names_them(business: Run, resource: str, name: str) -> None:
    """So that they can be assigned to somebody else first."""
    assert "+14155550100" in business(resource, "delete", name, status=1).stderr


@pytest.mark.parametrize(
    ("resource", "part", "holder"), [("agents", "agent", "Bruno"), ("locations", "location", "Airport")]
)
def test_numbers_handed_on_are_listed_under_their_new_holder(
    business: Run, run_json: Callable[..., Any], resource: str, part: str, holder: str
) -> None:
    """The deletion says how far it got, as every change of routes does."""
    [number] = run_json("numbers", "list")

    deleted = run_json(resource, "delete", number[part]["name"], "--reassign-to", holder)

    assert set(deleted) == CHANGED
    assert [row["phone_number"] for row in run_json(resource, "numbers", holder)] == ["+14155550100"]


@pytest.mark.parametrize(
    ("resource", "part", "holder"), [("agents", "agent", "Bruno"), ("locations", "location", "Airport")]
)
def test_whole_set_of_numbers_is_given_from_the_holders_side(
    business: Run, run_json: Callable[..., Any], resource: str, part: str, holder: str
) -> None:
    """What is not named is taken away; what another one has only with --move."""
    business("numbers", "add", "+14155550101")
    both = ("+14155550100", "+14155550101")

    assert "+14155550100" in business(resource, "numbers", holder, *both, status=1).stderr
    given = run_json(resource, "numbers", holder, *both, "--move")
    left = run_json(resource, "numbers", holder, "+14155550101")
    business(resource, "numbers", holder, "+14155550101", "--none", status=2)

    assert set(given) == {"numbers"} | CHANGED
    assert {number[part]["name"] for number in given["numbers"]} == {holder}
    assert [number["phone_number"] for number in left["numbers"]] == ["+14155550101"]
    assert "has no number" in business(resource, "numbers", holder, "--none").stdout


def test_tables_show_who_works_where(business: Run) -> None:
    """It follows from the numbers that they share."""
    assert "1        Downtown" in business("agents", "list").stdout
    assert "1        Clara" in business("locations", "list").stdout
