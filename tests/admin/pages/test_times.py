"""The sentences of pages tell the time of the clock that the page announces, and say which it is."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from admin.pages.plain_value import plain_value
from operations.changes import Changes, Who
from operations.forwarded_lines import add_line
from operations.pause import Pause
from operations.pause_number import pause_number
from tests.admin.pages.conftest import Person, text_of
from tests.admin.pages.number_page import LINE, make_number
from tests.operations.past_calls import store_call

MakePerson = Callable[..., Person]
# Noon in UTC, when it is 04:00 in Los Angeles and 21:00 in Tokyo.
NOON = datetime(2031, 1, 15, 12, tzinfo=UTC)
THERE = "2031-01-15 04:00 (America/Los Angeles)"


@pytest.fixture
def number(changes: Changes, who: Who) -> dict[str, Any]:
    """A number whose location is in Los Angeles, paused until NOON."""
    number = make_number(changes, who)
    return pause_number(changes, who, number["id"], pause=Pause(resume_at=NOON))[0]


def test_page_of_a_number_tells_the_time_of_its_location(person: MakePerson, number: dict[str, Any]) -> None:
    """In its history, in what was before and after, and in what a call would meet."""
    somebody = person("member")
    text = text_of(somebody.get(f"/numbers/{number['id']}?at=2031-01-15T04:00"))

    assert f"paused +1 415 555 0100 until {THERE}" in text
    assert "resume at 15 Jan 2031, 04:00" in text
    assert f"A call to +14155550100 at {THERE} would be handed to Clara" in text
    assert "UTC" not in text


def test_audit_trail_tells_the_time_of_who_looks(person: MakePerson, number: dict[str, Any]) -> None:
    """In the list and on the page of a change."""
    somebody = person("member")
    somebody.client.set_cookie("timezone", "Asia/Tokyo")
    trail = somebody.get("/settings/changes?action=number.paused")
    [address] = re.findall(r'href="(/settings/changes/\d+)"', trail.text)
    change = somebody.get(address)

    for answer in (trail, change):
        assert "until 2031-01-15 21:00 (Asia/Tokyo)" in text_of(answer)
        assert "UTC" not in text_of(answer)
    assert "resume at 15 Jan 2031, 21:00" in text_of(change)


def test_release_tells_the_time_of_the_location(
    person: MakePerson, changes: Changes, who: Who, number: dict[str, Any]
) -> None:
    """Of the last call through a line that still forwards here."""
    add_line(changes, who, number["id"], LINE)
    store_call(changes, who.account, "2026-07-01T19:05:00+00:00", number_id=number["id"], forwarded_from=LINE)

    text = text_of(person("admin").get(f"/numbers/{number['id']}/release"))

    assert f"{LINE} still forwards here, last call 2026-07-01 12:05 (America/Los Angeles): undo that" in text


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (None, "–"),
        ("", "–"),
        ([], "–"),
        (True, "yes"),
        (0, "0"),
        ({"id": 1, "name": "Clara"}, "Clara"),
        ({"id": 1, "phone_number": LINE}, LINE),
        (
            {"treatment": "busy", "message": None, "resume_at": "2031-01-15T12:00:00+00:00"},
            "treatment busy, resume at 15 Jan 2031, 21:00",
        ),
        (["one", "2031-01-15T12:00:00.123456+00:00"], "one, 15 Jan 2031, 21:00"),
        ("2031-01-15", "2031-01-15"),
    ],
)
def test_value_is_written_as_people_read_it(value: Any, said: str) -> None:
    """What is not there is a dash, or left out of what has no name."""
    assert plain_value(value, "Asia/Tokyo") == said
