"""Lines that forward to a number, on its page: registered, what to dial, verified by a call, removed."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from operations.changes import Changes, Who
from operations.forwarded_lines import add_line, list_lines
from tests.admin.pages.conftest import Person, text_of
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


def test_refused_line_says_why(person: MakePerson, number: dict[str, Any]) -> None:
    """One of our own numbers forwards nowhere."""
    answer = person("admin").post(f"/numbers/{number['id']}/lines", follow=True, line=number["phone_number"])

    assert "its calls come here already" in text_of(answer)
