"""The page of one number, as a browser without JavaScript gets it, and whom it may be given to there."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import pytest
from flask import Flask

from models import Host
from operations.accounts import create_account
from operations.assign_number import assign_number
from operations.changes import Changes, Who
from operations.pause import Pause
from operations.pause_number import pause_number
from operations.permissions import SYSTEM
from operations.release_number import release_number
from tests.admin.pages.conftest import Person, text_of
from tests.admin.pages.number_page import HOSTILE, NUMBER, look_up, make_number
from tests.operations.past_calls import store_call

MakePerson = Callable[..., Person]
FORMS = ("agent", "location", "label", "pause", "resume", "release", "lines", "test-call", "lines/1/verify")
PAGES = ("pause", "release", "lines/1/codes", "lines/1/state", "lines/1/remove", "test-call/CA" + "0" * 32)


@pytest.fixture
def number(changes: Changes, who: Who) -> dict[str, Any]:
    return make_number(changes, who)


def test_page_tells_who_answers_and_what_a_call_would_meet(
    person: MakePerson, changes: Changes, who: Who, number: dict[str, Any]
) -> None:
    """On the location's clock, with the number's own calls and history."""
    call_sid = store_call(changes, who.account, "2026-07-01T19:05:00+00:00", number_id=number["id"], agent_name="Clara")
    page = person("member").get(f"/numbers/{number['id']}")
    text = text_of(page)

    assert "(415) 555-0100" in text
    assert "Main line" in text
    assert "Calls are answered by “Clara”." in text
    assert f"A call to {NUMBER} would be handed to Clara" in text
    assert "In force on every server." in text
    assert "Times are those of Downtown (America/Los Angeles)." in text
    assert "1 Jul 2026, 12:05" in text
    assert f'href="/calls/{call_sid}"' in page.text
    assert "Test added +1 415 555 0100" in text


def test_page_says_so_when_nobody_answers(person: MakePerson, changes: Changes, who: Who) -> None:
    """An active number without an agent cannot be overlooked."""
    number = make_number(changes, who, agent=None)

    assert "Not receiving calls Nobody answers its calls: assign an agent" in text_of(
        person("member").get(f"/numbers/{number['id']}")
    )


def test_members_see_neither_pause_nor_release_nor_line_forms(person: MakePerson, number: dict[str, Any]) -> None:
    """And what an Admin may do is there for an Admin."""
    path = f"/numbers/{number['id']}"
    as_member, as_admin = person("member").get(path).text, person("admin").get(path).text

    for word in ("Pause…", "Release this number", "Register the line"):
        assert word not in as_member
        assert word in as_admin
    assert "Save the agent" in as_member


@pytest.mark.parametrize("path", ["pause", "resume", "release", "lines", "lines/1/verify", "lines/1/remove"])
def test_members_are_refused_what_they_do_not_see(person: MakePerson, number: dict[str, Any], path: str) -> None:
    """The server does not rely on what a page shows."""
    answer = person("member").post(f"/numbers/{number['id']}/{path}", follow=True)

    assert "This needs the role Admin; yours is Member." in text_of(answer)


def test_number_of_another_account_is_not_found(person: MakePerson, changes: Changes, number: dict[str, Any]) -> None:
    """Whatever is asked or sent; the same as one that does not exist."""
    stranger = Who(create_account(changes, Who(None, "test", SYSTEM), "Other Business")["id"], "stranger", SYSTEM)
    somebody, mine = person("admin", stranger), f"/numbers/{number['id']}"

    got = [somebody.get(path) for path in (mine, "/numbers/9999", *(f"{mine}/{page}" for page in PAGES))]
    sent = [somebody.post(f"{mine}/{form}", line="+14155550150") for form in FORMS]
    assert {answer.status_code for answer in got + sent} == {404}
    assert somebody.get(f"/numbers/{10**30}").status_code == 404


def test_agent_and_location_are_assigned_and_taken_away(person: MakePerson, changes: Changes, who: Who) -> None:
    """And the page says that this is in force."""
    number = make_number(changes, who, agent=None, location=None)
    somebody, path = person("member"), f"/numbers/{number['id']}"

    given = somebody.post(f"{path}/agent", follow=True, agent="2")
    somebody.post(f"{path}/location", location="1")
    assert "“Bruno” answers its calls now. In force on every server." in text_of(given)
    assert look_up(changes, who, number["id"])["location"]["name"] == "Downtown"

    taken = somebody.post(f"{path}/agent", follow=True, agent="")
    assert "Nobody answers its calls now. In force on every server." in text_of(taken)


def test_moving_from_another_agent_asks_first(
    person: MakePerson, changes: Changes, who: Who, number: dict[str, Any]
) -> None:
    """The question is a form that moves; until it is sent nothing happens."""
    somebody, path = person("member"), f"/numbers/{number['id']}/agent"
    asked = somebody.post(path, agent="2", if_match=number["etag"])

    assert asked.status_code == 409
    assert "It is answered by “Clara” now." in text_of(asked)
    assert look_up(changes, who, number["id"])["agent"]["name"] == "Clara"

    fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', asked.text))
    assert "“Bruno” answers its calls now." in text_of(somebody.post(path, follow=True, **fields))


@pytest.mark.parametrize(
    ("path", "field", "value", "said"),
    [
        ("agent", "agent", "2", "Its agent is “Clara” now; you had said: “Bruno”."),
        ("agent", "agent", "", "Its agent is “Clara” now; you had said: none."),
        ("location", "location", "2", "Its location is “Downtown” now; you had said: “Airport”."),
        ("label", "label", "<b>Mine</b>", "Its label is “Front desk” now; you had said: “<b>Mine</b>”."),
    ],
)
def test_lost_update_keeps_what_was_chosen(
    person: MakePerson, changes: Changes, who: Who, number: dict[str, Any], path: str, field: str, value: str, said: str
) -> None:
    """It says what is there now, and saves what was chosen when that is said again."""
    assign_number(changes, who, NUMBER, label="Front desk")
    somebody, url = person("member"), f"/numbers/{number['id']}/{path}"

    asked = somebody.post(url, if_match=number["etag"], move="yes", **{field: value})
    form = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', asked.text))
    saved = somebody.post(url, follow=True, **{name: unescape(sent) for name, sent in form.items()})

    assert asked.status_code == 412
    assert said in text_of(asked)
    assert "<b>Mine" not in asked.text
    assert "In force on every server." in text_of(saved)


def test_lost_update_is_said_and_overwrites_nothing(
    person: MakePerson, changes: Changes, who: Who, number: dict[str, Any]
) -> None:
    """Somebody else has moved the number since this page was loaded."""
    assign_number(changes, who, number["id"], agent="Bruno", move=True)
    answer = person("member").post(f"/numbers/{number['id']}/label", follow=True, label="Mine", if_match=number["etag"])

    assert "Somebody else has changed this meanwhile." in text_of(answer)
    assert look_up(changes, who, number["id"])["label"] == "Main line"


def test_change_that_a_server_has_not_confirmed_says_which(
    person: MakePerson, changes: Changes, number: dict[str, Any]
) -> None:
    """Nothing is promised before; the panel of what a call would meet says it too."""
    somebody, path = person("member"), f"/numbers/{number['id']}"
    with changes.database.writing() as session:
        session.add(Host(id="f" * 32, name="lost-host", known=0, seen_at=datetime.now(UTC)))
    text = text_of(somebody.post(f"{path}/label", follow=True, label="Front desk"))

    assert "“Front desk” now. Saved, but not yet in force on: lost-host (ffffffff)." in text
    assert "Not yet in force on: lost-host (ffffffff). There a call may meet what was before." in text


def test_hostile_label_is_text(person: MakePerson, changes: Changes, who: Who, number: dict[str, Any]) -> None:
    """In the form, the heading and the history."""
    somebody, path = person("member"), f"/numbers/{number['id']}"
    answer = somebody.post(f"{path}/label", follow=True, label=HOSTILE)

    assert f"It is called “{HOSTILE}” now." in text_of(answer)
    assert HOSTILE not in answer.text


def test_history_tells_before_and_after(person: MakePerson, changes: Changes, who: Who, number: dict[str, Any]) -> None:
    """Page by page, newest first, with the reason."""
    assign_number(changes, who, number["id"], agent="Bruno", move=True)
    for count in range(6):
        pause_number(changes, who, number["id"], f"closed {count}", Pause("message", message=f"Back in {count} hours"))
    somebody, path = person("member"), f"/numbers/{number['id']}"
    page = somebody.get(path)
    [older] = re.findall(r'href="([^"]+)" rel="next"', page.text)

    assert "because “closed 5”" in text_of(page)
    assert "Agent Clara → Bruno" in text_of(somebody.get(older))


def test_call_is_supposed_from_a_caller_and_at_a_moment(
    person: MakePerson, changes: Changes, who: Who, number: dict[str, Any]
) -> None:
    """The moment is on the location's clock; one that cannot be is said in the panel."""
    pause_number(changes, who, number["id"], pause=Pause(resume_at=datetime.now(UTC) + timedelta(hours=2)))
    somebody, path = person("member"), f"/numbers/{number['id']}"
    tomorrow = f"{datetime.now(UTC) + timedelta(days=1):%Y-%m-%dT%H:%M}"

    assert f"A call to {NUMBER} would be refused" in text_of(somebody.get(path))
    assert "its pause will be over" in text_of(somebody.get(f"{path}?from=%2B14155550199&at={tomorrow}"))
    for at in ("2020-01-01T00:00", "soon"):
        refused = somebody.get(f"{path}?at={at}")
        assert refused.status_code == 200
        assert "That moment has passed" in refused.text or "is not a day" in refused.text


def test_released_number_shows_its_history_and_nothing_to_change(
    person: MakePerson, changes: Changes, who: Who, number: dict[str, Any]
) -> None:
    """And that Twilio has not let go of it yet."""
    release_number(changes, who, number["id"], "moved away")
    page = person("super_admin").get(f"/numbers/{number['id']}")

    assert "It is still at Twilio, which has not confirmed the release" in text_of(page)
    assert "because “moved away”" in text_of(page)
    assert not re.findall(r'action="/numbers/', page.text)


def test_page_of_a_pending_number_asks_again_by_itself(person: MakePerson, changes: Changes, who: Who) -> None:
    """It has no pause and no release yet."""
    number = make_number(changes, who, status="pending")
    page = person("admin").get(f"/numbers/{number['id']}")

    assert 'hx-trigger="every 2s"' in page.text
    assert "It can be released once it is active." in text_of(page)
    assert "Pause…" not in page.text


def test_every_view_of_a_number_is_tried_for_another_account(app: Flask) -> None:
    """The lists above are whole."""
    below = "/numbers/<int"
    rules = {rule.rule.partition("number_id>/")[2] for rule in app.url_map.iter_rules() if rule.rule.startswith(below)}
    ours = {re.sub(r"<[^>]+line_id>", "1", rule).replace("<call_sid>", "CA" + "0" * 32) for rule in rules}

    assert ours - {""} == {*FORMS, *PAGES}
