"""Lines that forward to a number, on its page: registered, what to dial, verified by a call, removed."""

from collections.abc import Callable
from datetime import UTC, datetime
from html import escape
from typing import Any

import pytest

from operations.changes import Changes, Who
from operations.forwarded_lines import add_line, list_lines
from operations.release_number import release_number
from tests.admin.pages.conftest import Person, problem_at, text_of
from tests.admin.pages.number_page import LINE, make_number
from tests.operations.past_calls import store_call

MakePerson = Callable[..., Person]


@pytest.fixture
def number(changes: Changes, who: Who) -> dict[str, Any]:
    return make_number(changes, who)


def test_line_is_registered_verified_and_removed(
    person: MakePerson, changes: Changes, who: Who, number: dict[str, Any]
) -> None:
    """The page asks again by itself while it waits for the call, and not any more when it came."""
    admin, path = person("admin"), f"/numbers/{number['id']}"
    registered = admin.post(f"{path}/lines", follow=True, line="(415) 555-0150")
    assert "(415) 555-0150 Not verified No call seen through it yet." in text_of(registered)

    waiting = admin.post(f"{path}/lines/1/verify", follow=True)
    assert "Waiting for a call Call (415) 555-0150 now, until" in text_of(waiting)
    assert 'hx-trigger="every 2s"' in admin.get(f"{path}/lines/1/state").text

    store_call(changes, who.account, datetime.now(UTC), number_id=number["id"], forwarded_from=LINE)
    verified = admin.get(f"{path}/lines/1/state")
    assert "Verified A call came through it on" in text_of(verified)
    assert "Last call seen through it:" in text_of(verified)
    assert "hx-trigger" not in verified.text

    assert "Its carrier goes on forwarding" in text_of(admin.get(f"{path}/lines/1/remove"))
    assert "The line is removed." in text_of(admin.post(f"{path}/lines/1/remove", follow=True))
    with changes.database.reading() as session:
        assert list_lines(session, who.account, number["id"]) == []


def test_codes_are_those_of_the_country_of_the_line(
    person: MakePerson, changes: Changes, who: Who, number: dict[str, Any]
) -> None:
    """With the number to forward to as it is dialled there."""
    add_line(changes, who, number["id"], LINE)
    add_line(changes, who, number["id"], "+4930901820")
    somebody, path = person("member"), f"/numbers/{number['id']}/lines"

    assert "*7214155550100" in text_of(somebody.get(f"{path}/1/codes"))
    assert "**21*+14155550100#" in text_of(somebody.get(f"{path}/2/codes"))


@pytest.mark.parametrize(
    ("typed", "sentence"), [("+14155550100", "its calls come here already"), ("415 <b>", "is not a phone number")]
)
def test_refused_line_says_why_at_its_field(
    person: MakePerson, number: dict[str, Any], typed: str, sentence: str
) -> None:
    """One of our own numbers forwards nowhere; what was typed stays, as text."""
    answer = person("admin").post(f"/numbers/{number['id']}/lines", follow=True, line=typed)

    assert answer.status_code in (409, 422)
    assert sentence in problem_at(answer, "line")
    assert f'value="{escape(typed)}"' in answer.text


@pytest.mark.parametrize(
    ("typed", "sentence"), [(LINE, "from another telephone than the line itself"), ("415 <b>", "is not a phone number")]
)
def test_refused_telephone_says_why_at_its_field(
    person: MakePerson, changes: Changes, who: Who, number: dict[str, Any], typed: str, sentence: str
) -> None:
    """Of two lines at the one that is to be verified; what was typed stays, as text."""
    add_line(changes, who, number["id"], LINE)
    add_line(changes, who, number["id"], "+4930901820")
    answer = person("admin").post(f"/numbers/{number['id']}/lines/1/verify", follow=True, test_phone=typed)

    assert answer.status_code == 422
    assert sentence in problem_at(answer, "test-phone-1")
    assert f'value="{escape(typed)}"' in answer.text
    assert answer.text.count('<details class="mt-2" open>') == 1


def test_line_of_a_released_number_is_refused_above_its_page(
    person: MakePerson, changes: Changes, who: Who, number: dict[str, Any]
) -> None:
    """There is no field any more to say it at."""
    admin = person("admin")
    release_number(changes, who, number["id"])

    answer = admin.post(f"/numbers/{number['id']}/lines", line=LINE)

    assert answer.status_code == 409
    assert "was released: nothing forwards there any more" in text_of(answer)
