"""The list of numbers, and what is done to those that are ticked, as a browser without JavaScript sends and gets it."""

import html
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from models import Number
from operations.accounts import create_account
from operations.add_number import add_number
from operations.agents import create_agent
from operations.changes import Changes, Who
from operations.finding import find_number
from operations.locations import create_location
from operations.pause import Pause
from operations.pause_number import pause_number
from operations.permissions import SYSTEM
from operations.showing import show_number
from tests.admin.pages.conftest import Person, text_of
from tests.operations.past_calls import store_call

MakePerson = Callable[..., Person]
Form = dict[str, str]
MAIN, SECOND, UNANSWERED, PENDING = "+14155550100", "+14155550101", "+14155550102", "+14155550103"
HOSTILE = "<script>alert(1)</script>"


def etags_in(text: str) -> list[str]:
    """Return what the page's form says of the numbers as it has shown them."""
    return [html.unescape(etag) for etag in re.findall(r'name="etag" value="([^"]+)"', text)]


@pytest.fixture
def ids(changes: Changes, who: Who) -> dict[str, int]:
    """The ids of four numbers: two of Clara's, one that nobody answers, one that is pending."""
    create_agent(changes, who, "Clara", "phone", "+14155550182")
    create_agent(changes, who, "Bruno", "client", "front-desk")
    create_location(changes, who, "Downtown", "America/Los_Angeles")
    numbers = (
        (MAIN, "Clara", "Downtown", HOSTILE, "active"),
        (SECOND, "Clara", None, "", "active"),
        (UNANSWERED, None, None, "Nobody's", "active"),
        (PENDING, "Clara", None, "", "pending"),
    )
    return {number[0]: add_number(changes, who, *number)[0]["id"] for number in numbers}


def shown(changes: Changes, who: Who, phone_number: str) -> dict[str, Any]:
    with changes.database.reading() as session:
        return show_number(find_number(session, who.account, phone_number))


def test_number_is_listed_with_all_that_people_ask_about_it(person: MakePerson, ids: dict[str, int]) -> None:
    """As it is written in its country; a hostile label is text."""
    answer = person("member").get("/numbers")

    assert "(415) 555-0100 " in text_of(answer)
    assert f"{HOSTILE} Active Clara Downtown 0 –" in text_of(answer)
    assert HOSTILE not in answer.text


def test_active_number_without_an_agent_is_unmistakable(person: MakePerson, ids: dict[str, int]) -> None:
    """It says that it receives no calls and what to do."""
    assert "Nobody's Active Not receiving calls Assign an agent" in text_of(person("member").get("/numbers"))


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", {MAIN, SECOND, UNANSWERED, PENDING}),
        ("?search=(415)+555-0101", {SECOND}),
        ("?search=%00", {MAIN, SECOND, UNANSWERED, PENDING}),
        ("?status=pending", {PENDING}),
        ("?status=released", set()),
        ("?status=strange", {MAIN, SECOND, UNANSWERED, PENDING}),
        ("?attention=yes", {UNANSWERED, PENDING}),
        ("?agent=999", set()),
        ("?location=99999999999999999999", set()),
        ("?location=1&agent=1", {MAIN}),
    ],
)
def test_numbers_are_filtered_by_the_address(
    person: MakePerson, ids: dict[str, int], query: str, found: set[str]
) -> None:
    """Who is not there any more has no numbers; what nobody can have meant does not filter."""
    text = person("member").get(f"/numbers{query}").text

    assert {number for number, number_id in ids.items() if f'name="number" value="{number_id}"' in text} == found


def test_calls_of_the_last_days_are_counted(
    person: MakePerson, ids: dict[str, int], changes: Changes, who: Who
) -> None:
    """Those of seven days, today included; a call before them does not count."""
    now = datetime.now(UTC)
    for passed in (timedelta(), timedelta(days=1), timedelta(days=6), timedelta(days=8)):
        store_call(changes, who.account, now - passed, number_id=ids[SECOND])

    answer = person("member").get("/numbers")

    assert "(415) 555-0101 Active Clara – 3 –" in text_of(answer).replace("Select ", "")


def test_list_leads_from_page_to_page_and_keeps_its_filters(person: MakePerson, changes: Changes, who: Who) -> None:
    """And back to its start."""
    with changes.database.writing() as session:
        many = [f"+1415555{index:04d}" for index in range(100, 151)]
        session.add_all(Number(account_id=who.account, phone_number=each, label="", status="active") for each in many)
    member = person("member")

    first = member.get("/numbers?status=active")
    address = first.text.partition('rel="next"')[0].rpartition('href="')[2].partition('"')[0].replace("&amp;", "&")
    second = member.get(address)

    assert "(415) 555-0149" in text_of(first)
    assert "(415) 555-0150" not in text_of(first)
    assert "status=active" in address
    assert "(415) 555-0150" in text_of(second)
    assert 'href="/numbers?status=active"' in second.text


def test_account_without_numbers_is_led_to_its_first(person: MakePerson) -> None:
    """Whoever may not get one is told who may."""
    for_admin, for_member = (text_of(person(role).get("/numbers")) for role in ("admin", "member"))

    assert "Get a number" in for_admin
    assert "An Admin of your account can get one" in for_member
    assert "Get a number" not in for_member


def test_ticked_numbers_are_paused_and_resumed_together(
    person: MakePerson, ids: dict[str, int], changes: Changes, who: Who
) -> None:
    """The form says how; the list, filtered as before, says what happened."""
    admin, chosen = person("admin"), [ids[MAIN], ids[SECOND]]

    asked = admin.get(f"/numbers/selected/pause?number={chosen[0]}&number={chosen[1]}")
    paused = admin.post(
        "/numbers/selected/pause",
        number=chosen,
        reason="Holiday",
        treatment="message",
        message="We are closed.",
        forward_to="left over",
        until="2030-01-02T03:04",
        back="/numbers?status=active",
    )
    while_paused = shown(changes, who, SECOND)
    resumed = admin.post("/numbers/selected/resume", follow=True, number=chosen)

    assert "Pause 2 numbers" in text_of(asked)
    assert (paused.status_code, paused.location) == (303, "/numbers?status=active")
    assert while_paused["paused"] == {
        "treatment": "message",
        "message": "We are closed.",
        "forward_to": None,
        "resume_at": "2030-01-02T03:04:00+00:00",
    }
    assert "2 numbers are resumed. In force on every server." in text_of(resumed)
    assert shown(changes, who, SECOND)["status"] == "active"


def test_ticked_numbers_are_assigned_together(
    person: MakePerson, ids: dict[str, int], changes: Changes, who: Who
) -> None:
    """A Member may; what is not chosen stays, and what somebody has is taken only when that is said."""
    member, chosen = person("member"), [ids[MAIN], ids[UNANSWERED]]
    bruno = 2

    refused = member.post("/numbers/selected/assign", follow=True, number=chosen, agent=bruno)
    unchanged = shown(changes, who, UNANSWERED)
    moved = member.post(
        "/numbers/selected/assign", follow=True, number=chosen, agent=bruno, location="keep", move="yes"
    )

    assert "is answered by “Clara”" in text_of(refused)
    assert refused.text.count(f'value="{bruno}" selected') == 1
    assert unchanged["agent"] is None
    assert "2 numbers are assigned. In force on every server." in text_of(moved)
    assert shown(changes, who, MAIN)["agent"]["name"] == "Bruno"
    assert shown(changes, who, MAIN)["location"]["name"] == "Downtown"


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"treatment": "message", "message": " "}, "A message has"),
        ({"until": "tomorrow"}, "is not a moment"),
        ({"treatment": "forward", "forward_to": MAIN}, "one of our own numbers"),
        ({"treatment": "strange"}, "What callers meet is one of"),
    ],
)
def test_pause_that_cannot_be_is_refused_in_words(
    person: MakePerson, ids: dict[str, int], changes: Changes, who: Who, form: dict[str, str], said: str
) -> None:
    """Nothing is paused; what was ticked and typed stays, to be mended and sent again."""
    typed = {"reason": "holidays", **form}
    answer = person("admin").post("/numbers/selected/pause", number=[ids[MAIN], ids[SECOND]], **typed)

    assert answer.status_code in (409, 422)
    assert said in text_of(answer)
    assert 'value="holidays"' in answer.text
    assert {f'name="number" value="{ids[each]}"' in answer.text for each in (MAIN, SECOND)} == {True}
    assert shown(changes, who, MAIN)["status"] == "active"


@pytest.mark.parametrize(("action", "form"), [("pause", {}), ("resume", {}), ("assign", {"agent": "nobody"})])
def test_what_somebody_else_changed_meanwhile_is_not_overwritten(
    person: MakePerson, ids: dict[str, int], changes: Changes, who: Who, action: str, form: dict[str, str]
) -> None:
    """Of none of the ticked ones; the page asks again with what was typed, and may be sent again."""
    admin, chosen = person("admin"), [ids[MAIN], ids[SECOND]]
    asked = admin.get(f"/numbers/selected/{action}?number={chosen[0]}&number={chosen[1]}")
    pause_number(changes, who, SECOND, pause=Pause("message", "We are closed."))
    before = [shown(changes, who, number) for number in (MAIN, SECOND)]

    refused = admin.post(f"/numbers/selected/{action}", number=chosen, etag=etags_in(asked.text), **form)

    assert refused.status_code == 412
    assert "Somebody else has changed this meanwhile" in text_of(refused)
    assert [shown(changes, who, number) for number in (MAIN, SECOND)] == before
    assert set(etags_in(refused.text)) == {number["etag"] for number in before}
    assert "(415) 555-0101 is now paused; callers hear “We are closed”. Test paused" in text_of(refused)
    assert "(415) 555-0100 is now" not in text_of(refused)


@pytest.mark.parametrize(
    ("action", "wrong", "mended"),
    [
        ("pause", {"until": "tomorrow"}, {}),
        ("resume", {"reason": "a" * 501}, {}),
        ("assign", {}, {"agent": "nobody"}),
    ],
)
def test_refused_form_has_still_seen_what_it_had_seen(
    person: MakePerson, ids: dict[str, int], changes: Changes, who: Who, action: str, wrong: Form, mended: Form
) -> None:
    """Mended and sent again it overwrites nothing that its sender was not told of."""
    admin, chosen = person("admin"), [ids[MAIN], ids[SECOND]]
    path = f"/numbers/selected/{action}"
    seen = [shown(changes, who, number)["etag"] for number in (MAIN, SECOND)]
    pause_number(changes, who, SECOND, pause=Pause("message", "We are closed."))

    refused = admin.post(path, number=chosen, etag=seen, **wrong)
    told = admin.post(path, number=chosen, etag=etags_in(refused.text), **mended)
    done = admin.post(path, number=chosen, etag=etags_in(told.text), **mended)

    assert (refused.status_code, told.status_code, done.status_code) == (422, 412, 303)
    assert etags_in(refused.text) == seen


def test_one_number_that_cannot_be_paused_keeps_all_from_it(
    person: MakePerson, ids: dict[str, int], changes: Changes, who: Who
) -> None:
    """And is named."""
    answer = person("admin").post("/numbers/selected/pause", follow=True, number=[ids[MAIN], ids[PENDING]])

    assert f"{PENDING} is still being set up" in text_of(answer)
    assert shown(changes, who, MAIN)["status"] == "active"


@pytest.mark.parametrize("action", ["pause", "resume"])
def test_member_is_shown_and_granted_no_pause(
    person: MakePerson, ids: dict[str, int], changes: Changes, who: Who, action: str
) -> None:
    """Neither the button nor, sent all the same, the form."""
    member = person("member")

    assert f"/numbers/selected/{action}" not in member.get("/numbers").text
    assert member.get(f"/numbers/selected/{action}?number={ids[MAIN]}").status_code == 403
    member.post(f"/numbers/selected/{action}", number=ids[MAIN])
    assert shown(changes, who, MAIN)["status"] == "active"


@pytest.mark.parametrize("action", ["pause", "resume", "assign"])
def test_number_of_another_account_is_not_there(
    person: MakePerson, ids: dict[str, int], changes: Changes, who: Who, action: str
) -> None:
    """Asking and sending say the same as of a number that there is not."""
    other = Who(create_account(changes, Who(None, "test", SYSTEM), "Other Business")["id"], "stranger", SYSTEM)
    stranger = person("admin", other)

    answers = [
        stranger.get(f"/numbers/selected/{action}?number={ids[MAIN]}"),
        stranger.post(f"/numbers/selected/{action}", number=ids[MAIN], agent="nobody"),
        stranger.post(f"/numbers/selected/{action}", number=987654321, agent="nobody"),
    ]

    assert [answer.status_code for answer in answers] == [404] * 3
    assert (shown(changes, who, MAIN)["status"], shown(changes, who, MAIN)["agent"]["name"]) == ("active", "Clara")


def test_nothing_ticked_is_said(person: MakePerson, ids: dict[str, int]) -> None:
    """With what to do."""
    answer = person("admin").get("/numbers/selected/pause")

    assert answer.status_code == 422
    assert "Tick the numbers" in text_of(answer)


def test_timezone_that_somebody_chose_is_said(person: MakePerson, ids: dict[str, int]) -> None:
    """A strange one is refused, and a strange cookie is none."""
    member = person("member")
    assert "UTC" in text_of(member.get("/numbers"))

    member.post("/timezone", timezone="Europe/Rome", back="/numbers")
    assert "Europe/Rome" in text_of(member.get("/numbers"))

    member.post("/timezone", timezone="Mars/Base")
    assert "Europe/Rome" in text_of(member.get("/numbers"))


def test_resumed_pause_is_shown_by_its_badge(
    person: MakePerson, ids: dict[str, int], changes: Changes, who: Who
) -> None:
    """A paused number is not told to be unanswered."""
    pause_number(changes, who, UNANSWERED)

    assert "Nobody's Paused –" in text_of(person("member").get("/numbers"))
