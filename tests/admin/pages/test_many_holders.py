"""Of more agents and locations than a drop-down is for, one is chosen by name: with or without JavaScript."""

from collections.abc import Callable
from typing import Any

import pytest

from admin.pages import holder_choices
from operations.agents import create_agent
from operations.changes import Changes, Who
from tests.admin.pages.conftest import Person, problem_at, text_of
from tests.admin.pages.number_page import NUMBER, look_up, make_number

MakePerson = Callable[..., Person]
FIELD = '<input class="form-control" id="agent" name="agent" type="text" value="Clara"'


@pytest.fixture
def number(changes: Changes, who: Who, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """A number of Clara's in an account whose two agents and two locations are too many for a drop-down."""
    monkeypatch.setattr(holder_choices, "MOST_IN_A_DROP_DOWN", 1)
    return make_number(changes, who)


def test_field_holds_the_name_and_is_completed_from_a_list(person: MakePerson, number: dict[str, Any]) -> None:
    """No page carries every name, and none saves while somebody types."""
    text = person("member").get(f"/numbers/{number['id']}").text

    assert FIELD in text
    assert 'hx-get="/agents/names"' in text
    assert "data-saves-at-once" not in text


def test_number_is_assigned_by_name(person: MakePerson, changes: Changes, who: Who, number: dict[str, Any]) -> None:
    """From its page, one of two, and as one of several; empty takes it away there and leaves it here."""
    member, path = person("member"), f"/numbers/{number['id']}"

    member.post(f"{path}/agent", agent="Bruno", move="yes")
    assert look_up(changes, who, number["id"])["agent"]["name"] == "Bruno"
    member.post(f"{path}/agent", agent="")
    assert look_up(changes, who, number["id"])["agent"] is None
    member.post("/numbers/selected/assign", number=number["id"], agent="Clara", location="")

    assert look_up(changes, who, number["id"])["agent"]["name"] == "Clara"
    assert look_up(changes, who, number["id"])["location"]["name"] == "Downtown"


def test_name_that_nobody_has_is_refused_in_words(
    person: MakePerson, changes: Changes, who: Who, number: dict[str, Any]
) -> None:
    """By the field, which keeps what was typed; beside the page, where that stays as it is. And nothing is changed."""
    member, path = person("member"), f"/numbers/{number['id']}/agent"
    in_panel = {"HX-Request": "true", "HX-Request-Type": "partial", "HX-Target": "div#panel-content"}

    answer = member.post(path, agent="Clarissa")
    panel = member.client.post(path, data={"csrf_token": member.csrf_token(), "agent": "Clarissa"}, headers=in_panel)

    assert (answer.status_code, panel.status_code) == (404, 404)
    assert "There is no agent “Clarissa”" in problem_at(answer, "agent")
    assert 'id="agent" name="agent" type="text" value="Clarissa"' in answer.text
    assert problem_at(answer, "location") == ""
    assert "There is no agent “Clarissa”" in text_of(panel)
    assert "<body" not in panel.text
    assert look_up(changes, who, number["id"])["agent"]["name"] == "Clara"


def test_name_that_nobody_has_is_kept_for_several_numbers(
    person: MakePerson, changes: Changes, who: Who, number: dict[str, Any]
) -> None:
    """What was ticked and typed is there again, to be mended."""
    answer = person("member").post("/numbers/selected/assign", number=number["id"], agent="Clarissa", location="")

    assert answer.status_code == 404
    assert "There is no agent “Clarissa”" in text_of(answer)
    assert 'value="Clarissa"' in answer.text
    assert f'name="number" value="{number["id"]}"' in answer.text
    assert look_up(changes, who, number["id"])["agent"]["name"] == "Clara"


@pytest.mark.parametrize(("asked", "is_found"), [("Clara", True), ("1", True), ("Bruno", False), ("Clarissa", False)])
def test_numbers_are_filtered_by_name_or_id(
    person: MakePerson, number: dict[str, Any], asked: str, is_found: bool
) -> None:
    """A name that nobody has finds nothing."""
    text = text_of(person("member").get(f"/numbers?agent={asked}"))

    assert ("(415) 555-0100 " in text) is is_found


def test_calls_are_filtered_by_what_stays_in_the_field(person: MakePerson, number: dict[str, Any]) -> None:
    """Also for somebody who is not there any more: their calls are."""
    member = person("member")

    assert 'value="Clara"' in member.get("/calls?agent=1").text
    assert 'value="Gone"' in member.get("/calls?agent=Gone").text


def test_names_are_suggested_that_have_in_them_what_is_typed(
    person: MakePerson, changes: Changes, who: Who, number: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In any case, the first ones by name, of one's own account."""
    create_agent(changes, who, "<b>", "client", "b")
    monkeypatch.setattr(holder_choices, "MOST_SUGGESTED", 2)
    member = person("member")

    assert member.get("/agents/names?agent=RUN").text.split() == ["<option", 'value="Bruno"></option>']
    assert member.get("/agents/names").text.count("<option") == 2
    assert "&lt;b&gt;" in member.get("/agents/names?agent=<").text
    assert "Downtown" in member.get("/locations/names?location=town").text


def test_numbers_of_a_deleted_agent_are_left_to_whoever_is_named(
    person: MakePerson, changes: Changes, who: Who, number: dict[str, Any]
) -> None:
    """By name as well."""
    admin = person("admin")

    page = admin.get("/agents/1/delete").text
    etag = page.split('name="etag" value="')[1].partition('"')[0]
    admin.post("/agents/1/delete", etag=etag, reassign_to="Bruno")

    assert 'name="reassign_to" type="text"' in page
    assert look_up(changes, who, number["id"])["agent"]["name"] == "Bruno"
    assert number["phone_number"] == NUMBER


@pytest.mark.parametrize(
    ("kinds", "word", "name"), [("agents", "agent", "Clarissa"), ("locations", "location", "Uptown")]
)
def test_mistyped_heir_is_kept_and_nothing_is_deleted(
    person: MakePerson, changes: Changes, who: Who, number: dict[str, Any], kinds: str, word: str, name: str
) -> None:
    """The form says so at its field, and has seen what it had seen."""
    answer = person("admin").post(f"/{kinds}/1/delete", etag="*", reassign_to=name)

    assert answer.status_code == 404
    assert problem_at(answer, "reassign_to") == f"Nothing was deleted. There is no {word} “{name}”."
    assert f'value="{name}"' in answer.text
    assert 'name="etag" value="*"' in answer.text
    assert look_up(changes, who, number["id"])[word] == number[word]
