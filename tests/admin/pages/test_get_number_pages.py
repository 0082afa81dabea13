"""Getting a number, as a browser without JavaScript does it: search, confirm the price, wait."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import update

from models import Number, Purchase
from operations.accounts import create_account
from operations.agents import create_agent
from operations.changes import Changes, Who
from operations.locations import create_location
from operations.permissions import SYSTEM
from simulator.rest import RunningSimulator, internal_error
from tests.admin.pages.conftest import Person, text_of

MakePerson = Callable[..., Person]
WANTED = "+14155550110"
SEARCH = "/numbers/get?country=US&area_code=415"
CONFIRM = f"/numbers/get/confirm?phone_number=%2B{WANTED[1:]}&country=US&type=local"
HOSTILE = "<script>alert(1)</script>"


@pytest.fixture
def admin(twilio_server: RunningSimulator, person: MakePerson, changes: Changes, who: Who) -> Person:
    """An Admin of an account with an agent Clara and a location Downtown."""
    create_agent(changes, who, "Clara", "phone", "+14155550182")
    create_location(changes, who, "Downtown")
    return person("admin")


def order(admin: Person, **fields: Any) -> dict[str, Any]:
    """Return the form that the confirmation page holds, filled in."""
    key = re.search(r'name="key" value="(\w+)"', admin.get(CONFIRM).text)
    assert key
    return {"key": key[1], "phone_number": WANTED, "country": "US", "type": "local"} | fields


def test_search_shows_place_price_and_what_is_needed(admin: Person) -> None:
    """Each result can be purchased."""
    answer = admin.get("/numbers/get?country=GB&type=local")
    in_the_us = text_of(admin.get(SEARCH))

    assert "+44 20 7946 0000 United Kingdom London calls" in text_of(answer)
    assert "An address is needed." in text_of(answer)
    assert re.search(
        r"\(415\) 555-0110 United States San Francisco, CA calls, SMS, MMS \$\d\.\d\d Nothing Purchase", in_the_us
    )


def test_search_that_finds_nothing_leads_to_others(admin: Person) -> None:
    """Its suggestions are links to searches that find something."""
    answer = admin.get("/numbers/get?country=US&area_code=415&city=Chicago")
    suggestion = re.search(r'href="(/numbers/get\?country[^"]+)"', answer.text)

    assert "Nothing found" in text_of(answer)
    assert suggestion
    assert "that can be yours now" in text_of(admin.get(suggestion[1].replace("&amp;", "&")))


@pytest.mark.parametrize(
    ("query", "status", "said"),
    [
        ("country=US&area_code=x", 422, "An area code has three digits"),
        ("country=ZZ", 422, "Twilio has no numbers in the country ZZ"),
        (f"country=US&city={HOSTILE}", 200, "Nothing found"),
        ("country=%00", 422, "two letters"),
    ],
)
def test_search_that_cannot_be_is_refused_beside_its_form(admin: Person, query: str, status: int, said: str) -> None:
    """What was typed stays, as text."""
    answer = admin.get(f"/numbers/get?{query}")

    assert (answer.status_code, said in text_of(answer)) == (status, True)
    assert HOSTILE not in answer.text
    assert 'name="contains"' in answer.text


def test_twilios_failure_is_said_beside_the_form(admin: Person, twilio_server: RunningSimulator) -> None:
    """In words, with what to do."""
    twilio_server.faults.next("GET", "AvailablePhoneNumbers", internal_error())
    answer = admin.get(SEARCH)

    assert answer.status_code == 503
    assert "please try again" in text_of(answer)


def test_price_is_said_before_anything_is_bought(admin: Person, changes: Changes) -> None:
    """On the button too; looking buys nothing."""
    text = text_of(admin.get(CONFIRM))

    assert re.search(r"costs \$\d+\.\d\d a month", text)
    assert re.search(r"Purchase for \$\d+\.\d\d a month", text)
    with changes.database.reading() as session:
        assert session.query(Purchase).count() == 0


def test_number_is_bought_for_an_agent_and_a_location(admin: Person) -> None:
    """And receives calls at once where Twilio is quick."""
    bought = admin.post("/numbers/get", follow=True, **order(admin, agent="1", location="1", label=HOSTILE))

    assert "Active It receives calls Clara answers for Downtown." in text_of(bought)
    assert f"{HOSTILE} Active Clara Downtown" in text_of(admin.get("/numbers"))


def test_form_that_is_sent_twice_is_one_purchase(admin: Person, changes: Changes) -> None:
    """Both lead to the same number."""
    filled = order(admin)
    answers = [admin.post("/numbers/get", **filled) for _ in range(2)]

    with changes.database.reading() as session:
        assert session.query(Purchase).count() == 1
    assert {answer.status_code for answer in answers} == {303}
    assert len({answer.location for answer in answers}) == 1


def test_number_without_an_agent_is_said_to_receive_no_calls(admin: Person) -> None:
    """With the next step."""
    text = text_of(admin.post("/numbers/get", follow=True, **order(admin)))

    assert "Not receiving calls The number is yours." in text
    assert "Assign an agent" in text


def test_pending_number_is_watched_until_it_is_active(admin: Person, changes: Changes) -> None:
    """htmx asks, and is told nothing while nothing is new; without it a link looks again."""
    address = admin.post("/numbers/get", **order(admin, agent="1")).location
    set_status(changes, "pending")
    watching = admin.get(address)
    asked = re.search(r'hx-get="([^"]+)" hx-trigger="every 2s"', watching.text)
    assert asked
    same = admin.get(asked[1], headers={"HX-Request": "true", "HX-Request-Type": "partial"})
    set_status(changes, "active")
    new = admin.get(asked[1], headers={"HX-Request": "true", "HX-Request-Type": "partial"})

    assert "Setting it up" in text_of(watching)
    assert "Look again" in text_of(watching)
    assert same.status_code == 204
    assert "It receives calls" in text_of(new)
    assert "<html" not in new.text
    assert "every 2s" not in new.text


def test_purchase_that_twilio_refuses_says_why_and_keeps_what_was_typed(admin: Person) -> None:
    """With a new key, because it would be another purchase."""
    filled = order(admin, phone_number="+14155550999", label="Main line")
    refused = admin.post("/numbers/get", **filled)

    assert refused.status_code == 409
    assert "no longer available" in text_of(refused)
    assert "Search for another number" in text_of(refused)
    assert 'value="Main line"' in refused.text
    assert filled["key"] not in refused.text


def test_purchase_that_failed_later_says_why(admin: Person, changes: Changes) -> None:
    """Whoever watches is told, also when the number is gone again."""
    address = admin.post("/numbers/get", **order(admin)).location
    with changes.database.writing() as session:
        session.query(Number).delete()
        session.execute(update(Purchase).values(state="failed", problem="It was sold to somebody else."))

    assert "It was not bought It was sold to somebody else." in text_of(admin.get(address))


@pytest.mark.parametrize("phone_number", ["", "nonsense", "%00"])
def test_purchase_of_no_number_is_refused(admin: Person, phone_number: str) -> None:
    """In words."""
    assert admin.get(f"/numbers/get/confirm?phone_number={phone_number}").status_code == 422


def test_member_gets_no_numbers(person: MakePerson, twilio_server: RunningSimulator) -> None:
    """None of the pages, nor the form."""
    member = person("member")

    answers = [member.get(path) for path in ("/numbers/get", CONFIRM, "/numbers/get/1")]
    assert {answer.status_code for answer in answers} == {403}
    member.post("/numbers/get", phone_number=WANTED)
    assert WANTED not in member.get("/numbers").text


def test_purchase_of_another_account_is_not_there(admin: Person, person: MakePerson, changes: Changes) -> None:
    """The same as one that there is not; nor can its agent be chosen."""
    address = admin.post("/numbers/get", **order(admin)).location
    other = Who(create_account(changes, Who(None, "test", SYSTEM), "Other Business")["id"], "stranger", SYSTEM)
    stranger = person("admin", other)

    foreign = stranger.post("/numbers/get", **order(stranger, phone_number="+14155550111", agent="1"))

    assert stranger.get(address).status_code == stranger.get("/numbers/get/987654").status_code == 404
    assert foreign.status_code == 404


def set_status(changes: Changes, status: str) -> None:
    with changes.database.writing() as session:
        session.execute(update(Number).values(status=status))
