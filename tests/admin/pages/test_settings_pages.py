"""The settings: the account, the connection to Twilio, bills, the audit trail and one's own log-ins."""

import csv
from collections.abc import Callable
from io import StringIO

import pytest
from flask import Flask

from admin.pages import billing
from operations.accounts import create_account, edit_account, get_account
from operations.add_number import add_number
from operations.agents import create_agent, edit_agent
from operations.changes import Changes, Who
from operations.locations import create_location
from operations.permissions import SYSTEM
from operations.twilio_account import TwilioAccount, webhooks_of
from simulator.rest import RunningSimulator
from tests.admin.pages.conftest import Person, problem_at, text_of

MakePerson = Callable[..., Person]
NUMBER = "+14155550100"
HOSTILE = "<script>alert(1)</script>"
PATHS = ("account", "users", "tokens", "twilio", "billing", "billing.csv", "changes", "changes/2", "you")


@pytest.fixture
def stranger(changes: Changes) -> Who:
    """Somebody of another account."""
    return Who(create_account(changes, Who(None, "test", SYSTEM), "Other Business")["id"], "other", SYSTEM)


def fields(changes: Changes, who: Who, **changed: object) -> dict[str, object]:
    """Return what the form of the account would send, with changes."""
    with changes.database.reading() as session:
        shown = get_account(session, who.account)
    names = ("name", "purchases_per_day", "call_retention_days", "etag")
    return {name: shown[name] for name in names} | changed


@pytest.mark.parametrize("role", ["member", "admin", "super_admin"])
def test_everybody_sees_the_settings(person: MakePerson, role: str) -> None:
    """And, in the menu, where they are."""
    somebody = person(role)

    assert {path: somebody.get(f"/settings/{path}").status_code for path in PATHS} == dict.fromkeys(PATHS, 200)
    assert somebody.get("/settings", follow_redirects=True).request.path == "/settings/account"


@pytest.mark.parametrize("role", ["member", "admin"])
def test_only_a_super_admin_edits_the_account(person: MakePerson, changes: Changes, who: Who, role: str) -> None:
    """Others see no fields, and are refused."""
    somebody = person(role)

    answer = somebody.post("/settings/account", follow=True, **fields(changes, who, name="Mine"))

    assert "A Super Admin of your account can change this." in text_of(somebody.get("/settings/account"))
    assert "This needs the role Super Admin" in text_of(answer)
    assert "Example Business" in text_of(answer)


def test_account_is_edited(person: MakePerson, changes: Changes, who: Who) -> None:
    """A hostile name is text."""
    somebody = person("super_admin")

    answer = somebody.post("/settings/account", follow=True, **fields(changes, who, name=HOSTILE, purchases_per_day=3))

    assert "The account is saved. In force on every server." in text_of(answer)
    assert HOSTILE in text_of(answer)
    assert HOSTILE not in answer.text
    assert 'value="3"' in answer.text


def test_keeping_calls_for_a_shorter_time_is_asked_for_twice(person: MakePerson, changes: Changes, who: Who) -> None:
    """It deletes those that are older; a confirmation of another number of days is none."""
    somebody, shorter = person("super_admin"), fields(changes, who, call_retention_days=30)

    asked = somebody.post("/settings/account", **shorter, confirmed="31")
    before = fields(changes, who)["call_retention_days"]
    somebody.post("/settings/account", **shorter, confirmed="30")

    assert "Calls are to be kept for only 30 days." in text_of(asked)
    assert (before, fields(changes, who)["call_retention_days"]) == (365, 30)


def test_usual_pause_is_chosen_and_offered_with_the_next_one(person: MakePerson, changes: Changes, who: Who) -> None:
    """Of one number and of many; the page says that pauses which are there stay as they are."""
    number, _ = add_number(changes, who, NUMBER)
    somebody, pause = person("super_admin"), {"paused_treatment": "message", "paused_message": "We are closed."}

    answer = somebody.post("/settings/account", follow=True, **fields(changes, who), **pause, paused_forward_to="x")
    forms = [somebody.get(f"/numbers/{name}/pause?number={number['id']}") for name in (number["id"], "selected")]

    assert "The account is saved." in text_of(answer)
    assert "numbers that are paused now stay as they are" in text_of(answer)
    assert ['value="We are closed."' in form.text for form in (answer, *forms)] == [True] * 3
    assert ['value="message" selected' in form.text for form in (answer, *forms)] == [True] * 3
    assert "“We are closed.”" in text_of(person("member").get("/settings/account"))


def test_usual_pause_that_cannot_be_is_refused(person: MakePerson, changes: Changes, who: Who) -> None:
    """With the sentence of a number's own pause, and what was typed stays."""
    pause = {"paused_treatment": "forward", "paused_forward_to": "+1 900 555 0123"}

    answer = person("super_admin").post("/settings/account", **fields(changes, who), **pause)

    assert answer.status_code == 422
    assert "calls are never put through to one" in text_of(answer)
    assert 'value="+1 900 555 0123"' in answer.text


@pytest.mark.parametrize(
    ("field", "value"), [("name", " "), ("purchases_per_day", "many"), ("purchases_per_day", "1001"), ("etag", "old")]
)
def test_what_was_typed_stays_when_the_account_is_not_saved(
    person: MakePerson, changes: Changes, who: Who, field: str, value: str
) -> None:
    """Whether it cannot be, which its field says, or somebody else has changed it meanwhile."""
    answer = person("super_admin").post(
        "/settings/account", **fields(changes, who, call_retention_days=366) | {field: value}
    )

    is_changed = '<div class="alert alert-danger" role="alert">' in answer.text
    assert (answer.status_code, is_changed) == ((412, True) if field == "etag" else (422, False))
    assert is_changed or problem_at(answer, field)
    assert 'value="366"' in answer.text
    assert fields(changes, who)["call_retention_days"] == 365


def test_account_that_somebody_else_has_changed_is_not_overwritten(
    person: MakePerson, changes: Changes, who: Who
) -> None:
    """It says what it has now and keeps what was typed; saved again, it is what was typed."""
    somebody, mine = person("super_admin"), fields(changes, who, purchases_per_day=3, paused_treatment="busy")
    edit_account(changes, who, call_retention_days=400, paused_treatment="message", paused_message="We are closed.")

    refused = somebody.post("/settings/account", **mine)
    kept = fields(changes, who)
    new_etag = refused.text.partition('name="etag" value="')[2].partition('"')[0]
    asked = somebody.post("/settings/account", **mine | {"etag": new_etag})
    saved = somebody.post("/settings/account", follow=True, **mine | {"etag": new_etag, "confirmed": "365"})

    assert refused.status_code == 412
    assert "Now it has: Numbers that may be bought in 24 hours: 25 Days for which calls are kept: 400" in text_of(
        refused
    )
    assert "A spoken message The message: We are closed." in text_of(refused)
    assert 'value="3"' in refused.text
    assert (kept["purchases_per_day"], kept["call_retention_days"]) == (25, 400)
    assert "Calls are to be kept for only 365 days." in text_of(asked)
    assert "The account is saved." in text_of(saved)


def test_refusal_for_another_reason_does_not_hide_a_change(person: MakePerson, changes: Changes, who: Who) -> None:
    """Who mends a field and saves again has still not seen what somebody else made of the account."""
    somebody, mine = person("super_admin"), fields(changes, who, call_retention_days=366)
    edit_account(changes, who, purchases_per_day=7)

    refused = somebody.post("/settings/account", **mine | {"name": " ", "etag": "*"})
    mended = somebody.post("/settings/account", **mine | {"name": "many", "purchases_per_day": "many"})
    seen = mended.text.partition('name="etag" value="')[2].partition('"')[0]

    assert 'aria-invalid="true"' in refused.text
    assert "Please write a whole number" in text_of(mended)
    assert seen == mine["etag"]


def test_twilio_is_asked_who_we_are(
    twilio_server: RunningSimulator, app: Flask, person: MakePerson, who: Who, stranger: Who, changes: Changes
) -> None:
    """Where several accounts share it, others' numbers are not counted."""
    twilio: TwilioAccount = app.extensions["twilio"]
    for number in (NUMBER, "+14155550101"):
        twilio.buy(number, number, webhooks_of("https://calls.example.com"))
    add_number(changes, who, NUMBER, twilio=twilio)

    text = text_of(person("admin").post("/settings/twilio"))

    assert "Twilio answers." in text
    assert twilio_server.simulator.account.account_sid in text
    assert "It has 1 number of yours." in text


def test_twilio_that_does_not_answer_is_said(person: MakePerson) -> None:
    """In a sentence that says what to do."""
    answer = person("admin").post("/settings/twilio")

    assert '<div class="alert alert-danger" role="alert">' in answer.text
    assert "Check again" in text_of(answer)


def test_member_does_not_ask_twilio(person: MakePerson) -> None:
    """There is no button, and what is sent without one is refused."""
    somebody = person("member")

    assert "Check the connection" not in text_of(somebody.get("/settings/twilio"))
    assert "This needs the role Admin" in text_of(somebody.post("/settings/twilio", follow=True))


def test_bill_is_shown_by_location_and_as_a_table(person: MakePerson, changes: Changes, who: Who) -> None:
    """A month that cannot be read is said to be none."""
    create_location(changes, who, "Downtown")
    add_number(changes, who, NUMBER, None, "Downtown", "Main line")
    somebody = person("member")

    text = text_of(somebody.get("/settings/billing"))
    rows = list(csv.DictReader(StringIO(somebody.get("/settings/billing.csv").text)))

    assert "Downtown 1 1 of unknown price" in text
    assert "(415) 555-0100 Main line Downtown" in text
    assert [row["label"] for row in rows] == ["Main line"]
    assert "Nothing is charged in December 2020" in text_of(somebody.get("/settings/billing?month=2020-12"))
    assert somebody.get("/settings/billing?month=2026-13").status_code == 422


def test_bill_of_very_many_numbers_is_added_up_afterwards(
    person: MakePerson, changes: Changes, who: Who, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page is there at once, and asks for its sums by itself, or by a link."""
    monkeypatch.setattr(billing, "MOST_AT_ONCE", 0)
    add_number(changes, who, NUMBER, None, None, "Main line")
    somebody = person("member")

    text = text_of(somebody.get("/settings/billing"))
    summed = text_of(somebody.get("/settings/billing?sum=yes"))

    assert "take a moment to add up" in text
    assert "(415) 555-0100 Main line" in text
    assert "No location 1 1 of unknown price" in summed


@pytest.mark.parametrize(
    ("month", "ways"), [("2000-01", [False, True]), ("2026-11", [True] * 2), ("2099-12", [True, False])]
)
def test_bills_lead_to_no_month_that_there_is_not(person: MakePerson, month: str, ways: list[bool]) -> None:
    """Neither before the first one nor after the last one."""
    text = person("member").get(f"/settings/billing?month={month}").text

    assert [f'rel="{way}"' in text for way in ("prev", "next")] == ways


@pytest.mark.parametrize("most_at_once", [0, 2_000])
def test_month_in_which_only_later_numbers_are_charged_is_not_said_to_cost_nothing(
    person: MakePerson, changes: Changes, who: Who, monkeypatch: pytest.MonkeyPatch, most_at_once: int
) -> None:
    """The list is of the first numbers, the sums of all."""
    monkeypatch.setattr(billing, "MOST_SHOWN", 1)
    monkeypatch.setattr(billing, "MOST_AT_ONCE", most_at_once)
    add_number(changes, who, NUMBER, None, None, "Not bought yet", "pending")
    add_number(changes, who, "+14155550101", None, None)

    answer = person("member").get("/settings/billing?sum=yes")

    assert "Nothing is charged" not in text_of(answer)
    assert "No location 1 1 of unknown price" in text_of(answer)
    assert "None of your first numbers is charged" in text_of(answer)
    assert 'id="by-location"' in answer.text


def test_audit_trail_tells_who_changed_what(person: MakePerson, changes: Changes, who: Who) -> None:
    """In sentences, newest first; each with what was before and after. A hostile name is text."""
    create_agent(changes, who, HOSTILE, "phone", "+14155550182")
    _, outcome = edit_agent(changes, who, HOSTILE, handoff_target="+14155550183")
    somebody = person("member")

    listed = somebody.get("/settings/changes?action=agent")
    one = text_of(somebody.get(f"/settings/changes/{outcome.n}"))
    created = text_of(somebody.get(f"/settings/changes/{outcome.n - 1}"))

    assert text_of(listed).index("Test edited agent") < text_of(listed).index("Test created agent")
    assert HOSTILE in text_of(listed)
    assert HOSTILE not in listed.text
    assert "Field Before After handoff target +14155550182 +14155550183" in one
    assert "In force on every server." in one
    assert f"name – {HOSTILE}" in created


@pytest.mark.parametrize("query", ["number=nobody", "action=strange", "from=x", "cursor=x"])
def test_audit_trail_says_which_filter_cannot_be_read(person: MakePerson, query: str) -> None:
    """Above the list; what was typed in the others stays."""
    answer = person("member").get(f"/settings/changes?made_by=kept&{query}")

    assert answer.status_code == 422
    assert '<div class="alert alert-danger" role="alert">' in answer.text
    assert 'value="kept"' in answer.text


def test_change_of_another_account_is_not_there(person: MakePerson, changes: Changes, who: Who, stranger: Who) -> None:
    """Nor is one that nobody could have made."""
    add_number(changes, who, NUMBER)
    theirs = person("super_admin", stranger)

    assert theirs.get("/settings/changes/3").status_code == 404
    assert theirs.get(f"/settings/changes/{2**63}").status_code == 404
    assert "(415) 555-0100" not in text_of(theirs.get("/settings/changes"))


def test_own_log_ins_are_listed_and_ended(app: Flask, person: MakePerson) -> None:
    """One by one or, when that was asked, all others; nobody ends somebody else's."""
    somebody, other = person("member"), person("admin")
    second, third = (Person(app.test_client(), somebody.email, somebody.password) for _ in range(2))
    for browser in (second, third):
        browser.log_in()
    page = somebody.get("/settings/you")
    names = [part.partition('"')[0] for part in page.text.split('name="session" value="')[1:]]

    assert len(names) == 2
    assert "have to log in again in 2 other browsers" in text_of(somebody.get("/settings/you/sessions"))
    other.post("/settings/you/sessions", session=names[0])
    other.post("/settings/you/sessions", session="%" * 16)
    assert [browser.get("/numbers").status_code for browser in (second, third)] == [200, 200]
    somebody.post("/settings/you/sessions", session=names[0])
    assert sorted(browser.get("/numbers").status_code for browser in (second, third)) == [200, 303]
    answer = somebody.post("/settings/you/sessions", follow=True)

    assert "Every other browser is logged out." in text_of(answer)
    assert [browser.get("/numbers").status_code for browser in (second, third)] == [303, 303]
