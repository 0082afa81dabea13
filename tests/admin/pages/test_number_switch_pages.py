"""Pausing, resuming and releasing a number from its page, as a browser without JavaScript sends and gets it."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from operations.changes import Changes, Who
from operations.pause import Pause
from operations.pause_number import pause_number
from simulator.rest import RunningSimulator, too_many_requests
from tests.admin.pages.conftest import Person, text_of
from tests.admin.pages.number_page import NUMBER, look_up, make_number

MakePerson = Callable[..., Person]


@pytest.fixture
def number(changes: Changes, who: Who) -> dict[str, Any]:
    return make_number(changes, who)


def etag_in(page: str) -> str:
    """Return what the form of a page says of the number as it has shown it."""
    found = re.search(r'name="if_match" value="([^"]+)"', page)
    assert found, "no form"
    return found[1]


def test_pause_says_what_callers_hear_and_resume_ends_it(
    person: MakePerson, changes: Changes, who: Who, number: dict[str, Any]
) -> None:
    """Until when is on the location's clock; the page says that it is in force."""
    admin, path = person("admin"), f"/numbers/{number['id']}"
    paused = admin.post(
        f"{path}/pause",
        follow=True,
        treatment="message",
        message="We are moving.",
        until="2030-01-01T09:00",
        reason="moving",
    )

    assert "It is paused: no call reaches an agent. In force on every server." in text_of(paused)
    assert "Callers hear: “We are moving.”" in text_of(paused)
    assert "It resumes by itself on 1 Jan 2030, 09:00 (America/Los Angeles)." in text_of(paused)
    assert look_up(changes, who, number["id"])["paused"]["resume_at"] == "2030-01-01T17:00:00+00:00"
    assert 'value="2030-01-01T09:00"' in admin.get(f"{path}/pause").text

    assert "It receives calls again. In force" in text_of(admin.post(f"{path}/resume", follow=True))


def test_refused_pause_keeps_what_was_typed(person: MakePerson, number: dict[str, Any]) -> None:
    """And says above it what is wrong."""
    answer = person("admin").post(
        f"/numbers/{number['id']}/pause", treatment="forward", forward_to=NUMBER, reason="We are closed"
    )

    assert answer.status_code == 409
    assert "is one of our own numbers" in text_of(answer)
    assert 'value="We are closed"' in answer.text
    assert f'value="{NUMBER}"' in answer.text


def test_lost_update_keeps_what_was_typed(
    person: MakePerson, changes: Changes, who: Who, number: dict[str, Any]
) -> None:
    """Somebody who sends it again has seen what it is now."""
    answer = person("admin").post(f"/numbers/{number['id']}/pause", reason="We are closed", if_match="old")

    assert answer.status_code == 412
    assert "Somebody else has changed this meanwhile." in text_of(answer)
    assert 'value="We are closed"' in answer.text
    assert f'value="{number["etag"]}"' in answer.text
    assert look_up(changes, who, number["id"])["status"] == "active"


@pytest.mark.parametrize(
    ("action", "wrong", "mended"),
    [
        ("pause", {"until": "tomorrow"}, {"until": "2030-01-01T09:00"}),
        ("pause", {"treatment": "message", "message": " "}, {"treatment": "busy"}),
        ("release", {"confirm": "+14155550101"}, {"confirm": NUMBER}),
    ],
)
def test_form_that_was_refused_overwrites_nothing_that_its_sender_was_not_told_of(
    person: MakePerson,
    changes: Changes,
    who: Who,
    number: dict[str, Any],
    action: str,
    wrong: dict[str, str],
    mended: dict[str, str],
) -> None:
    """Mended and sent again it has still seen what it had seen; only then it says what the number is now, and why."""
    admin, path = person("admin"), f"/numbers/{number['id']}/{action}"
    pause_number(changes, who, number["id"], "lunch", Pause("message", "We are at lunch."))
    before = look_up(changes, who, number["id"])

    refused = admin.post(path, **wrong, if_match=number["etag"])
    told = admin.post(path, **mended, if_match=etag_in(refused.text))
    untouched = look_up(changes, who, number["id"])
    done = admin.post(path, **mended, if_match=etag_in(told.text))

    assert (refused.status_code, told.status_code, done.status_code) == (422, 412, 303)
    assert "at lunch" not in text_of(refused)
    assert "(415) 555-0100 is now paused; callers hear “We are at lunch”. Test paused" in text_of(told)
    assert "because “lunch”" in text_of(told)
    assert untouched == before


def test_release_shows_its_cost_and_wants_the_number_typed(
    person: MakePerson, changes: Changes, who: Who, number: dict[str, Any]
) -> None:
    """Nothing is done with another one."""
    admin, path = person("admin"), f"/numbers/{number['id']}/release"
    asked = admin.get(path)
    refused = admin.post(path, confirm="+14155550101", reason="moved away")

    assert "It is the last number of the agent “Clara”" in text_of(asked)
    assert refused.status_code == 422
    assert "confirm it with this very number" in text_of(refused)
    assert 'value="moved away"' in refused.text
    assert look_up(changes, who, number["id"])["status"] == "active"


def test_released_number_is_charged_no_more(
    person: MakePerson, number: dict[str, Any], twilio_server: RunningSimulator
) -> None:
    """The number is typed as people write it."""
    page = person("admin").post(f"/numbers/{number['id']}/release", follow=True, confirm="(415) 555-0100")

    assert "It is released: its calls are refused as not in service. In force on every server." in text_of(page)
    assert "Twilio charges nothing for it since" in text_of(page)


def test_number_that_twilio_has_not_let_go_says_so(
    person: MakePerson, number: dict[str, Any], twilio_server: RunningSimulator
) -> None:
    """Its calls have stopped all the same."""
    twilio_server.faults.next("GET", "IncomingPhoneNumbers", too_many_requests())
    page = person("admin").post(f"/numbers/{number['id']}/release", follow=True, confirm=NUMBER)

    assert "is not given back to Twilio yet" in text_of(page)
    assert "It is still at Twilio" in text_of(page)
