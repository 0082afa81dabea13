"""What somebody reads when a page, or a part of one, is refused or fails: beside what was there, and with a way on."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import pytest
from sqlalchemy.exc import OperationalError

from operations.changes import Changes, Who
from operations.errors import DatabaseUnavailable, OutcomeUnknown
from tests.admin.pages.conftest import Person, text_of
from tests.admin.pages.number_page import make_number

MakePerson = Callable[..., Person]
PART = {"HX-Request": "true", "HX-Request-Type": "full", "HX-Target": "div#numbers"}
IN_PANEL = {"HX-Request": "true", "HX-Request-Type": "partial", "HX-Target": "div#panel-content"}
AWAY = "The database does not answer."


@pytest.fixture
def number(changes: Changes, who: Who) -> dict[str, Any]:
    return make_number(changes, who)


@contextmanager
def database_away() -> Iterator[None]:
    """Let the page that asks for a timezone find no database."""
    failure = OperationalError("SELECT", {}, Exception("away"))
    with patch("admin.pages.timezone.render_template", side_effect=failure):
        yield


def test_failed_part_leaves_the_page_and_is_said_beside_it(person: MakePerson) -> None:
    """One alert and nothing else, for where notices are, and the address stays that of what is shown."""
    somebody = person("member")

    with database_away():
        answer = somebody.get("/timezone", headers=PART)

    assert (answer.status_code, text_of(answer).startswith(AWAY)) == (503, True)
    assert answer.text.startswith('<div class="alert alert-danger" role="alert" data-refusal>')
    assert "#said" in answer.headers["HX-Retarget"]
    assert answer.headers["HX-Reselect"] == "[data-refusal]"
    assert answer.headers["HX-Reswap"] == "beforeend"
    assert answer.headers["HX-Push-Url"] == "false"


def test_panel_that_cannot_be_shown_says_so_in_itself(person: MakePerson) -> None:
    """With a title and a way to close it, and nothing of a whole page."""
    somebody = person("member")

    missing = somebody.get("/agents/999/numbers", headers=IN_PANEL)
    forbidden = somebody.get("/numbers/999/pause", headers=IN_PANEL)
    with database_away():
        away = somebody.get("/timezone", headers=IN_PANEL)

    assert (missing.status_code, forbidden.status_code, away.status_code) == (404, 403, 503)
    for answer in (missing, forbidden, away):
        assert 'id="panel-title"' in answer.text
        assert 'role="alert"' in answer.text
        assert "<body" not in answer.text
        assert "HX-Retarget" not in answer.headers


def test_form_in_the_panel_keeps_what_was_typed_when_it_fails(person: MakePerson, number: dict[str, Any]) -> None:
    """Only the alert comes, for the place above the form."""
    admin = person("admin")
    headers = IN_PANEL | {"HX-Source": "form#panel-form", "X-CSRF-Token": admin.csrf_token()}

    answer = admin.client.post("/numbers/999/pause", headers=headers)

    assert answer.status_code == 404
    assert "dialog[open] .refusals" in answer.headers["HX-Retarget"]
    assert "panel-title" not in answer.text


def test_what_is_asked_for_again_and_again_is_refused_once(person: MakePerson) -> None:
    """The alert takes its place, so that it asks no more."""
    answer = person("member").get("/numbers/999", headers=PART | {"X-Polling": "true"})

    assert answer.status_code == 404
    assert answer.headers["HX-Reswap"] == "outerHTML"
    assert "HX-Retarget" not in answer.headers


@pytest.mark.parametrize("headers", [{}, PART | {"HX-History-Restore-Request": "true"}, PART | {"HX-Boosted": "true"}])
def test_whole_page_is_refused_on_a_page_of_its_own(person: MakePerson, headers: dict[str, str]) -> None:
    """Also for a browser that goes back to a page it has not kept."""
    answer = person("member").get("/numbers/999", headers=headers)

    assert answer.status_code == 404
    assert "</html>" in answer.text
    assert "HX-Retarget" not in answer.headers


@pytest.mark.parametrize("failure", [DatabaseUnavailable(), OutcomeUnknown()])
def test_change_that_the_database_did_not_take_is_said_without_it(
    person: MakePerson, number: dict[str, Any], failure: Exception
) -> None:
    """No notice is kept for the next page: that would need the database; the way back leads to the form's page."""
    member = person("member")
    token, path = member.csrf_token(), f"/numbers/{number['id']}"

    with patch("admin.pages.number_assigned.assign_number", side_effect=failure):
        answer = member.client.post(
            f"{path}/agent", data={"csrf_token": token, "agent": "1"}, headers={"Referer": f"http://localhost{path}"}
        )

    assert answer.status_code == 503
    assert str(failure) in text_of(answer)
    assert f'href="{path}">Load the page again' in answer.text


def test_form_that_is_too_old_says_what_to_do(person: MakePerson) -> None:
    """On a page with a way back to where it was; in a part of a page beside it."""
    member = person("member")
    sent = {"csrf_token": "old", "name": "x"}

    page = member.client.post("/settings/account", data=sent, headers={"Referer": "http://localhost/settings"})
    part = member.client.post("/settings/account", data=sent, headers=PART)

    assert (page.status_code, part.status_code) == (403, 403)
    assert "This form is too old. Please load the page again" in text_of(page)
    assert 'href="/settings">Load the page again' in page.text
    assert "This form is too old." in text_of(part)
    assert "#said" in part.headers["HX-Retarget"]
