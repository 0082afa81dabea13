"""The start page, and the differences from Twilio that can be repaired from there."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from html import escape

import pytest
from flask import Flask

from operations.accounts import create_account
from operations.add_number import add_number
from operations.agents import create_agent
from operations.calls_today import MOST_LOCATIONS
from operations.changes import Changes, Who
from operations.finding import find_number
from operations.locations import create_location
from operations.permissions import SYSTEM
from operations.twilio_account import webhooks_of
from operations.unmet_needs import MOST_SHOWN
from routing.answering import REPEATED
from simulator.rest import RunningSimulator, internal_error
from tests.admin.pages.conftest import Person, problem_at, text_of
from tests.conftest import PUBLIC_URL
from tests.operations.past_calls import store_call

MakePerson = Callable[..., Person]
MAIN, UNANSWERED = "+14155550100", "+14155550101"
HOSTILE = "<script>alert(1)</script>"


@pytest.fixture
def business(changes: Changes, who: Who) -> dict[str, int]:
    """Clara answers one number Downtown; a second one nobody answers, at the Airport. Ids by phone number."""
    create_agent(changes, who, "Clara", "phone", "+14155550182")
    create_agent(changes, who, HOSTILE, "client", "front-desk")
    create_location(changes, who, "Downtown", "America/Los_Angeles")
    create_location(changes, who, "Airport")
    numbers = ((MAIN, "Clara", "Downtown"), (UNANSWERED, None, "Airport"))
    return {number[0]: add_number(changes, who, *number)[0]["id"] for number in numbers}


def status_of(changes: Changes, who: Who, phone_number: str) -> str:
    with changes.database.reading() as session:
        return find_number(session, who.account, phone_number).status


def test_new_account_is_told_what_to_set_up(person: MakePerson) -> None:
    """Each step leads to where it is done; a Member is shown no way to what a Member may not do."""
    admin, member = (person(role).get("/") for role in ("admin", "member"))

    assert "To be set up Connect Twilio" in text_of(admin)
    assert 'href="/agents/new"' in admin.text
    assert "Get your first number" in text_of(member)
    assert 'href="/agents/new"' not in member.text
    assert "/numbers/get" not in member.text


def test_steps_that_are_done_are_crossed_out_and_vanish_with_the_last(
    person: MakePerson,
    business: dict[str, int],
    changes: Changes,
    who: Who,
    app: Flask,
    twilio_server: RunningSimulator,
) -> None:
    """The last one is the first call."""
    admin = person("admin")
    app.extensions["twilio_last_known"].ask()
    before = text_of(admin.get("/"))
    store_call(changes, who.account, datetime.now(UTC), number_id=business[MAIN])

    assert "Give the number to an agent Done Call the number" in before
    assert "To be set up" not in text_of(admin.get("/"))


def test_calls_of_today_are_counted_by_location(
    person: MakePerson, business: dict[str, int], changes: Changes, who: Who
) -> None:
    """In the viewer's timezone, which is said; those lost by a pause too."""
    for decision in ("routed", "paused"):
        store_call(changes, who.account, datetime.now(UTC), location_id=1, decision=decision)
    store_call(changes, who.account, "2026-01-01T00:00+00:00", location_id=1)

    text = text_of(person("member").get("/"))

    assert "Calls today UTC 2 1 of them refused because the number was paused. Downtown 2" in text


def test_only_the_busiest_locations_of_today_are_listed(
    person: MakePerson, business: dict[str, int], changes: Changes, who: Who
) -> None:
    """The others together, so that the page stays short; each leads to its calls of today."""
    for location_id in [*range(1, MOST_LOCATIONS + 3), 1]:
        store_call(changes, who.account, datetime.now(UTC), location_id=location_id)

    answer = person("member").get("/")

    assert "Downtown 2 Airport 1" in text_of(answer)
    assert "2 other locations 2 Show today's calls" in text_of(answer)
    assert "/calls?location=1&amp;from=" in answer.text


def test_what_needs_somebody_is_listed(person: MakePerson, business: dict[str, int]) -> None:
    """Numbers, locations and agents; hostile names are text."""
    answer = person("member").get("/")

    assert "(415) 555-0101 Not receiving calls assign an agent" in text_of(answer)
    assert "Locations without a number that receives calls Airport" in text_of(answer)
    assert f"Agents without a number {HOSTILE}" in text_of(answer)
    assert HOSTILE not in answer.text


def test_agents_and_locations_without_numbers_that_are_not_shown_are_said(
    person: MakePerson, business: dict[str, int], changes: Changes, who: Who
) -> None:
    """With a link to all of them; where all are shown nothing is said."""
    member = person("member")
    before = text_of(member.get("/"))
    for index in range(MOST_SHOWN):
        create_agent(changes, who, f"Spare {index}", "client", f"spare-{index}")
        create_location(changes, who, f"Branch {index}")

    answer = member.get("/")

    last = MOST_SHOWN - 2
    assert "and more" not in before
    assert f"Branch {last} , and more Agents without a number" in text_of(answer)
    assert f"Spare {last} , and more" in text_of(answer)
    assert f"Spare {last + 1}" not in answer.text
    assert '<a href="/agents">and more</a>' in answer.text
    assert '<a href="/locations">and more</a>' in answer.text


def test_another_accounts_lacks_are_not_shown(
    person: MakePerson, business: dict[str, int], changes: Changes, who: Who
) -> None:
    """Nor its calls."""
    store_call(changes, who.account, datetime.now(UTC), location_id=1)
    other = Who(create_account(changes, Who(None, "test", SYSTEM), "Other Business")["id"], "stranger", SYSTEM)

    text = text_of(person("admin", other).get("/"))

    assert "No calls yet today." in text
    assert "Airport" not in text
    assert "(415)" not in text


def test_dependencies_are_said_in_words_without_asking_twilio(
    person: MakePerson, app: Flask, twilio_server: RunningSimulator
) -> None:
    """Of Twilio only what the housekeeper has found out."""
    member = person("member")
    unasked = text_of(member.get("/"))
    app.extensions["twilio_last_known"].ask()
    answered = text_of(member.get("/"))
    twilio_server.faults.next("GET", "AvailablePhoneNumbers", internal_error())
    app.extensions["twilio_last_known"].ask()
    failed = text_of(member.get("/"))

    assert "Database Good Answers." in unasked
    assert "Was not asked yet" in unasked
    assert "Twilio Good Answered just now and takes our credentials." in answered
    assert "Twilio Problem" in failed
    assert "answered all the same" in failed


def test_unreadable_memory_of_twilio_is_none(app: Flask) -> None:
    """It is asked again within a minute."""
    known = app.extensions["twilio_last_known"]
    known.ask()
    (app.extensions["settings"].data_dir / "twilio.json").write_text("[")

    assert known.read() is None


def test_differences_are_shown_and_repaired(
    person: MakePerson,
    business: dict[str, int],
    changes: Changes,
    who: Who,
    app: Flask,
    twilio_server: RunningSimulator,
) -> None:
    """A wrong webhook at once; a number that is gone only after it was asked, because that is for good."""
    app.extensions["twilio"].buy(MAIN, "Main line", webhooks_of("https://other.example.com"))
    admin = person("admin")
    seen = admin.get("/sync")
    repaired = admin.post("/sync/repairs", follow=True, kind="wrong_webhooks", number_id=business[MAIN])
    asked = admin.get(f"/sync/release?number_id={business[UNANSWERED]}")
    admin.post("/sync/repairs", kind="gone_at_twilio", number_id=business[UNANSWERED])

    assert f"Twilio does not call us as it should for {MAIN}" in text_of(seen)
    assert f"{MAIN} is repaired. In force on every server." in text_of(repaired)
    assert "does not call us as it should" not in text_of(repaired)
    assert "this cannot be undone" in text_of(asked)
    assert status_of(changes, who, UNANSWERED) == "released"


def test_number_that_only_twilio_has_is_taken_over(
    person: MakePerson,
    business: dict[str, int],
    changes: Changes,
    who: Who,
    app: Flask,
    twilio_server: RunningSimulator,
) -> None:
    """By an agent that is chosen."""
    app.extensions["twilio"].buy("+14155550110", "Hotline", webhooks_of("https://other.example.com"))
    admin = person("admin")
    seen = admin.get("/sync")
    asked = admin.get("/sync/take-over?phone_number=%2B14155550110")
    taken = admin.post("/sync/take-over", follow=True, phone_number="+14155550110", agent="1")

    assert "/sync/take-over?phone_number=" in seen.text
    assert "Clara" in text_of(asked)
    assert "+14155550110 is taken over." in text_of(taken)
    assert app.extensions["twilio"].find("+14155550110").voice_url.startswith(PUBLIC_URL)


@pytest.mark.parametrize(
    ("wrong", "field", "sentence"),
    [
        ({"agent": "Nobody"}, "new-agent", "There is no agent “Nobody”."),
        ({"agent": ""}, "new-agent", "Say which agent is to answer its calls."),
        ({"location": "Nowhere"}, "new-location", "There is no location “Nowhere”."),
        ({"label": "a" * 101}, "label", "The name of a label has 1 to 100 characters."),
    ],
)
def test_refused_take_over_keeps_what_was_typed(
    person: MakePerson,
    business: dict[str, int],
    app: Flask,
    twilio_server: RunningSimulator,
    wrong: dict[str, str],
    field: str,
    sentence: str,
) -> None:
    """And says at its field why; nothing is added."""
    app.extensions["twilio"].buy("+14155550110", "Hotline", webhooks_of("https://other.example.com"))
    typed = {"agent": "1", "location": "2", "label": "Hot <line>"} | wrong
    admin = person("admin")

    answer = admin.post("/sync/take-over", phone_number="+14155550110", **typed)

    assert answer.status_code in (404, 422)
    assert sentence in problem_at(answer, field)
    assert 'value="+14155550110"' in answer.text
    assert f'value="{escape(typed["label"])}"' in answer.text
    assert ('value="2" selected' in answer.text) == (field != "new-location")
    assert "555-0110" not in text_of(admin.get("/numbers"))


def test_twilios_silence_is_said_where_the_differences_would_be(person: MakePerson) -> None:
    """In words; htmx gets the piece, a browser a page."""
    admin = person("admin")

    page = admin.get("/sync")
    piece = admin.get("/sync", headers={"HX-Request": "true", "HX-Request-Type": "partial"})

    assert page.status_code == piece.status_code == 503
    assert "Twilio" in text_of(page)
    assert 'id="differences"' in piece.text
    assert "<html" not in piece.text


def test_member_neither_compares_nor_repairs(person: MakePerson, business: dict[str, int]) -> None:
    """And is shown nothing of it."""
    member = person("member")

    assert "Compare now" not in member.get("/").text
    for path in ("/sync", "/sync/release?number_id=1", "/sync/take-over?phone_number=%2B14155550110"):
        assert member.get(path).status_code == 403
    for path in ("/sync/repairs", "/sync/take-over"):
        member.post(path, kind="gone_at_twilio", number_id=business[MAIN], phone_number="+14155550110", agent="1")
    assert "Clara" in text_of(member.get("/numbers"))


@pytest.mark.parametrize("number_id", ["987654", "", "x", "9" * 30])
def test_repair_of_what_is_not_there_is_refused(
    person: MakePerson, twilio_server: RunningSimulator, number_id: str
) -> None:
    """The same for what another account has."""
    admin = person("admin")

    assert admin.get(f"/sync/release?number_id={number_id}").status_code == 404
    assert admin.post("/sync/repairs", kind="gone_at_twilio", number_id=number_id).status_code == 404


def test_callers_who_were_refused_for_calling_too_often_are_shown(
    person: MakePerson, business: dict[str, int], changes: Changes, who: Who
) -> None:
    """To whoever must find out whether it is a loop; older ones, and other reasons, are not."""
    now = datetime.now(UTC)
    for at, reason in ((now, REPEATED), (now, REPEATED), (now, "To is there 2 times"), (now - timedelta(25), REPEATED)):
        store_call(
            changes, who.account_id, at.isoformat(), number_id=business[MAIN], to_number=MAIN, reason=reason,
            from_number="+14155550199",
        )  # fmt: skip

    page = text_of(person("member").get("/"))

    assert "2 refused in 24 hours from (415) 555-0199" in page
