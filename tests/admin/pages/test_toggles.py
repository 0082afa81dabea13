"""The switches that give numbers to an agent or a location: at once, one at a time, and never silently from another."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from models import Number
from operations.accounts import create_account
from operations.add_number import add_number
from operations.agents import create_agent
from operations.assign_number import assign_number
from operations.changes import Changes, Who
from operations.in_force import Outcome
from operations.locations import create_location
from operations.permissions import SYSTEM
from operations.release_number import release_number
from routing.changed_routes import ChangedRoutes
from tests.admin.pages.business import FREE, HOSTILE, MAIN, SALES, make_business, number_of
from tests.admin.pages.conftest import Person, text_of

MakePerson = Callable[..., Person]
either = pytest.mark.parametrize(
    ("kinds", "word", "first", "second"),
    [("agents", "agent", "Clara", "Bruno"), ("locations", "location", "Downtown", "Airport")],
)


@pytest.fixture
def ids(changes: Changes, who: Who) -> dict[str, int]:
    """The ids of the business's numbers."""
    make_business(changes, who)
    return {number: number_of(changes, who, number)["id"] for number in (MAIN, SALES, FREE)}


def is_on(page: str, number_id: int) -> bool:
    """Tell whether the switch of a number is on."""
    switch = page.partition(f'id="switch-{number_id}"')[2].partition(">")[0]
    assert "aria-checked" in switch
    return 'aria-checked="true"' in switch


@either
def test_switches_show_whose_each_number_is(
    person: MakePerson, ids: dict[str, int], kinds: str, word: str, first: str, second: str
) -> None:
    """A Member may use them."""
    page = person("member").get(f"/{kinds}/1/numbers")

    assert [is_on(page.text, ids[number]) for number in (MAIN, SALES, FREE)] == [True, False, False]
    assert f"this {word}" in text_of(page)
    assert second in text_of(page)


@either
def test_switch_gives_and_takes_at_once(
    person: MakePerson, ids: dict[str, int], changes: Changes, who: Who, kinds: str, word: str, first: str, second: str
) -> None:
    """And says that it is in force; the search stays."""
    member, path = person("member"), f"/{kinds}/1/numbers/{ids[FREE]}"

    answer = member.post(path, give="yes", search="555")
    given = number_of(changes, who, FREE)[word]["name"]
    said = text_of(member.get(answer.location))
    taken = text_of(member.post(path, follow=True, give="no"))

    assert answer.location == f"/{kinds}/1/numbers?search=555"
    assert given == first
    assert f"“{first}” now. In force on every server." in said
    nobodys = "Nobody answers its calls now." if word == "agent" else "It belongs to no location now."
    assert f"(415) 555-0102 is taken away. {nobodys} In force on every server." in taken
    assert number_of(changes, who, FREE)[word] is None


@either
def test_number_of_another_is_asked_about_first(
    person: MakePerson, ids: dict[str, int], changes: Changes, who: Who, kinds: str, word: str, first: str, second: str
) -> None:
    """It says whose it is; moved is only what is said to be."""
    member, path = person("member"), f"/{kinds}/1/numbers/{ids[SALES]}"

    asked = text_of(member.post(path, follow=True, give="yes"))
    kept = number_of(changes, who, SALES)[word]["name"]
    member.post(path, follow=True, give="move")

    assert f"“{second}”. Move it to “{first}”?" in asked
    assert kept == second
    assert number_of(changes, who, SALES)[word]["name"] == first


@either
def test_switch_that_is_out_of_date_takes_nothing_from_another(
    person: MakePerson, ids: dict[str, int], changes: Changes, who: Who, kinds: str, word: str, first: str, second: str
) -> None:
    """Switched off where it was one's own, while somebody has moved it to another."""
    person("member").post(f"/{kinds}/1/numbers/{ids[SALES]}", give="no")

    assert number_of(changes, who, SALES)[word]["name"] == second


@either
@pytest.mark.parametrize(("number", "give"), [(SALES, "move"), (FREE, "yes"), (MAIN, "no")])
def test_switch_moves_nothing_that_somebody_else_has_changed(
    person: MakePerson,
    ids: dict[str, int],
    changes: Changes,
    who: Who,
    kinds: str,
    word: str,
    first: str,
    second: str,
    number: str,
    give: str,
) -> None:
    """Neither after the question nor at once; it says whose the number is now, and the next press goes by that."""
    create_agent(changes, who, "Third", "phone", "+14155550184")
    create_location(changes, who, "Third", "America/Denver")
    member, path = person("member"), f"/{kinds}/1/numbers/{ids[number]}"
    seen = number_of(changes, who, number)["etag"]
    assign_number(changes, who, number, **{word: "Third"}, move=True)

    refused = member.post(path, give=give, etag=seen, search="555")
    kept = number_of(changes, who, number)
    member.post(path, follow=True, give="move", etag=kept["etag"])

    assert refused.status_code == 412
    assert "Somebody else has changed (415) 555-010" in text_of(refused)
    assert "“Third”" in text_of(refused)
    assert "Nothing was overwritten." in text_of(refused)
    assert kept["etag"] in refused.text
    assert 'name="search" value="555"' in refused.text
    assert kept[word]["name"] == "Third"
    assert number_of(changes, who, number)[word]["name"] == first


def test_released_number_has_no_switch(person: MakePerson, ids: dict[str, int], changes: Changes, who: Who) -> None:
    """One that was released a moment ago is refused in words."""
    release_number(changes, who, FREE)
    member = person("member")

    assert "555-0102" not in text_of(member.get("/agents/1/numbers"))
    refused = member.post(f"/agents/1/numbers/{ids[FREE]}", follow=True, give="yes")
    assert "was released and cannot be assigned" in text_of(refused)


def test_number_of_another_account_is_not_there(
    person: MakePerson, ids: dict[str, int], changes: Changes, who: Who
) -> None:
    """Neither listed nor given."""
    other = Who(create_account(changes, Who(None, "test", SYSTEM), "Other Business")["id"], "stranger", SYSTEM)
    theirs = add_number(changes, other, "+14155550110")[0]["id"]
    member = person("member")

    assert "555-0110" not in text_of(member.get("/agents/1/numbers"))
    for number_id in (theirs, 987654321, 2**63):
        assert member.post(f"/agents/1/numbers/{number_id}", give="move").status_code == 404
    assert number_of(changes, other, "+14155550110")["agent"] is None


def test_numbers_are_searched_and_read_page_by_page(
    person: MakePerson, ids: dict[str, int], changes: Changes, who: Who
) -> None:
    """By number, by label, or one's own only; the next page searches for the same."""
    with changes.database.writing() as session:
        many = [f"+1415556{index:04d}" for index in range(51)]
        session.add_all(Number(account_id=who.account, phone_number=each, label="", status="active") for each in many)
    member = person("member")

    own = text_of(member.get("/agents/1/numbers?own=yes"))
    labelled = text_of(member.get("/agents/1/numbers?search=sale"))
    first = member.get("/agents/1/numbers?search=556")
    address = first.text.partition(">Next<")[0].rpartition('href="')[2].partition('"')[0].replace("&amp;", "&")
    second = text_of(member.get(address))

    assert "555-0100" in own
    assert "555-0101" not in own
    assert "555-0101" in labelled
    assert "556-0050" not in text_of(first)
    assert "556-0050" in second
    assert "555-0100" not in second
    assert "No numbers match" in text_of(member.get("/agents/1/numbers?search=zzz"))


def test_what_is_not_in_force_yet_is_said(
    person: MakePerson, ids: dict[str, int], changes: Changes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With who has not confirmed it."""
    confirm = changes.confirm

    def confirm_but_one(n: int, changed_routes: ChangedRoutes) -> Outcome:
        return replace(confirm(n, changed_routes), in_force=False, unconfirmed=("host-2",))

    monkeypatch.setattr(changes, "confirm", confirm_but_one)

    answer = person("member").post(f"/agents/1/numbers/{ids[FREE]}", follow=True, give="yes")

    assert "Saved, but not yet in force on: host-2" in text_of(answer)


def test_labels_are_text(person: MakePerson, ids: dict[str, int], changes: Changes, who: Who) -> None:
    """Whatever somebody called a number."""
    add_number(changes, who, "+14155550111", None, None, HOSTILE)

    assert HOSTILE not in person("member").get("/agents/1/numbers").text
