"""From an agent's or a location's side: the whole set of its numbers, single ones, and who shares numbers with it."""

from typing import Any

import pytest
from sqlalchemy import event

from operations.add_number import add_number
from operations.agents import create_agent, edit_agent, get_agent, list_agents
from operations.assign_number import assign_number
from operations.changes import Changes, Who
from operations.errors import Changed, Conflict, Invalid, NotFound
from operations.holders import AGENT, LOCATION, HolderKind
from operations.list_numbers import list_numbers
from operations.locations import get_location, list_locations
from operations.numbers_of import every_number_of, list_numbers_of, set_numbers_of, take_number_from
from operations.pause_number import pause_number
from operations.permissions import MEMBER
from operations.release_number import release_number
from tests.operations.audit import change_counter, last_change, numbers_named_by
from tests.operations.conftest import ABSENT, NUMBER

SECOND, THIRD, FOURTH = "+14155550101", "+14155550102", "+14155550103"
either = pytest.mark.parametrize(
    ("kind", "first", "second", "others"),
    [(AGENT, "Clara", "Bruno", "Zoe"), (LOCATION, "Downtown", "Airport", "Harbour")],
)


@pytest.fixture
def several(changes: Changes, who: Who, number: dict[str, Any]) -> None:
    """NUMBER and SECOND are Clara's Downtown, THIRD is Bruno's at the Airport, FOURTH is nobody's."""
    add_number(changes, who, SECOND, "Clara", "Downtown")
    add_number(changes, who, THIRD, "Bruno", "Airport")
    add_number(changes, who, FOURTH)


def numbers_by_holder(changes: Changes, who: Who, kind: HolderKind) -> dict[str, str | None]:
    """Return who of a kind has each number."""
    with changes.database.reading() as session:
        rows = list_numbers(session, who.account)
    return {row["phone_number"]: (row[kind.word] or {}).get("name") for row in rows}


@either
@pytest.mark.usefixtures("several")
def test_whole_set_is_given_in_one_change(
    changes: Changes, who: Who, kind: HolderKind, first: str, second: str, others: str
) -> None:
    """Those not named are taken away; the audit row names what differs and nothing else."""
    before = change_counter(changes)

    after, outcome = set_numbers_of(changes, who, kind, first, [FOURTH, THIRD, NUMBER], move=True)

    assert [row["phone_number"] for row in after] == [NUMBER, THIRD, FOURTH]
    assert numbers_by_holder(changes, who, kind) == {NUMBER: first, SECOND: None, THIRD: first, FOURTH: first}
    change = last_change(changes)
    assert (outcome.n, outcome.in_force, change.action) == (before + 1, True, "number.assigned")
    assert numbers_named_by(changes, change.n) == [SECOND, THIRD, FOURTH]
    assert change.after is not None
    assert {row["phone_number"] for row in change.after["numbers"]} == {SECOND, THIRD, FOURTH}


@either
@pytest.mark.usefixtures("several")
def test_set_that_takes_from_others_needs_move_and_names_them(
    changes: Changes, who: Who, kind: HolderKind, first: str, second: str, others: str
) -> None:
    """Nothing is changed, not even what could have been."""
    before = change_counter(changes)

    with pytest.raises(Conflict) as refusal:
        set_numbers_of(changes, who, kind, second, [NUMBER, SECOND, FOURTH])

    assert refusal.value.code == f"number_has_{kind.word}"
    assert f"{NUMBER} {kind.has} “{first}”, {SECOND} {kind.has} “{first}”" in refusal.value.message
    assert change_counter(changes) == before


@either
@pytest.mark.usefixtures("several")
def test_empty_set_takes_every_number_away_and_no_other(
    changes: Changes, who: Who, kind: HolderKind, first: str, second: str, others: str
) -> None:
    """They are unassigned then. Giving the same set again changes nothing."""
    after, _ = set_numbers_of(changes, who, kind, first, [])
    n = change_counter(changes)
    _, again = set_numbers_of(changes, who, kind, first, [])

    assert after == []
    assert numbers_by_holder(changes, who, kind) == {NUMBER: None, SECOND: None, THIRD: second, FOURTH: None}
    assert (again.n, again.in_force) == (n, True)


@either
@pytest.mark.usefixtures("several")
def test_set_is_given_only_by_who_has_seen_the_present_one(
    changes: Changes, who: Who, kind: HolderKind, first: str, second: str, others: str
) -> None:
    """Else a number that somebody has just given would be taken away unseen; what happens to a number is no matter."""
    with changes.database.reading() as session:
        seen = list_numbers_of(session, who.account, kind, first).etag
    pause_number(changes, who, NUMBER)
    set_numbers_of(changes, who, kind, first, [NUMBER, SECOND], if_match=seen)
    set_numbers_of(changes, who, kind, first, [NUMBER, SECOND, FOURTH], if_match=seen)

    with pytest.raises(Changed):
        set_numbers_of(changes, who, kind, first, [NUMBER], if_match=seen)

    assert numbers_by_holder(changes, who, kind)[FOURTH] == first


@either
@pytest.mark.usefixtures("several")
def test_number_is_taken_only_from_who_has_it(
    changes: Changes, who: Who, kind: HolderKind, first: str, second: str, others: str
) -> None:
    """Somebody else's stays with them, and the answer is as if it had been done: it is not this holder's."""
    kept, _ = take_number_from(changes, who, kind, first, THIRD)
    n = change_counter(changes)
    taken, outcome = take_number_from(changes, who, kind, first, NUMBER)

    assert (kept[kind.word]["name"], taken[kind.word]) == (second, None)
    assert (outcome.n, last_change(changes).action) == (n + 1, "number.assigned")


@either
@pytest.mark.usefixtures("several")
def test_numbers_and_holders_of_another_account_are_not_found(
    changes: Changes, who: Who, other: Who, kind: HolderKind, first: str, second: str, others: str
) -> None:
    """Neither from the one side nor from the other."""
    before = change_counter(changes)
    attempts = (
        lambda: set_numbers_of(changes, who, kind, others, [NUMBER], move=True),
        lambda: set_numbers_of(changes, other, kind, others, [NUMBER], move=True),
        lambda: set_numbers_of(changes, who, kind, first, [ABSENT]),
        lambda: take_number_from(changes, who, kind, others, NUMBER),
        lambda: take_number_from(changes, other, kind, others, NUMBER),
    )

    for attempt in attempts:
        with pytest.raises(NotFound):
            attempt()

    with changes.database.reading() as session:
        for listing in (list_numbers_of, every_number_of):
            with pytest.raises(NotFound):
                listing(session, other.account, kind, first)
    assert change_counter(changes) == before


@either
@pytest.mark.usefixtures("several")
def test_numbers_of_a_holder_are_listed_by_pages(
    changes: Changes, who: Who, kind: HolderKind, first: str, second: str, others: str
) -> None:
    """By phone number; each page says the etag of the whole set."""
    with changes.database.reading() as session:
        page = list_numbers_of(session, who.account, kind, first, limit=1)
        rest = list_numbers_of(session, who.account, kind, first, page.next_cursor, limit=1)
        every = every_number_of(session, who.account, kind, first)

    assert [row["phone_number"] for row in every] == [NUMBER, SECOND]
    assert (page.rows + rest.rows, rest.next_cursor, rest.etag) == (every, None, page.etag)


@pytest.mark.usefixtures("several")
def test_released_number_cannot_be_in_a_set_and_a_member_may_set_one(changes: Changes, who: Who) -> None:
    """Assigning is what members are for."""
    released, _ = release_number(changes, who, FOURTH)
    member = Who(who.account_id, "member", MEMBER)

    with pytest.raises(Conflict, match="was released"):
        set_numbers_of(changes, member, AGENT, "Clara", [released["id"]])

    assert set_numbers_of(changes, member, AGENT, "Clara", [SECOND])[1].in_force
    with pytest.raises(Invalid):
        set_numbers_of(changes, member, AGENT, "Clara", [SECOND] * 1001)


@pytest.mark.usefixtures("several")
def test_agents_locations_and_locations_agents_follow_from_shared_numbers(changes: Changes, who: Who) -> None:
    """Distinct, by name, on both sides; a released number is shared by nobody."""
    assign_number(changes, who, THIRD, "Clara", move=True)
    assign_number(changes, who, FOURTH, "Clara")
    with changes.database.reading() as session:
        clara, downtown = get_agent(session, who.account, "Clara"), get_location(session, who.account, "Downtown")
    release_number(changes, who, THIRD)
    with changes.database.reading() as session:
        agents = {row["name"]: row for row in list_agents(session, who.account)}
        locations = {row["name"]: row for row in list_locations(session, who.account)}

    assert [location["name"] for location in clara["locations"]] == ["Airport", "Downtown"]
    assert clara["numbers_count"] == 4
    assert downtown["agents"] == [{"id": clara["id"], "name": "Clara"}]
    assert [location["name"] for location in agents["Clara"]["locations"]] == ["Downtown"]
    assert (agents["Clara"]["numbers_count"], agents["Bruno"]["numbers_count"]) == (3, 0)
    assert (agents["Bruno"]["locations"], locations["Airport"]["agents"]) == ([], [])


@pytest.mark.usefixtures("several")
def test_what_is_derived_is_neither_in_the_etag_nor_in_the_audit_trail(changes: Changes, who: Who) -> None:
    """Giving a number does not spoil somebody's edit of the agent."""
    with changes.database.reading() as session:
        before = get_agent(session, who.account, "Clara")
    set_numbers_of(changes, who, AGENT, "Clara", [])

    after, _ = edit_agent(changes, who, "Clara", name="Clarissa", if_match=before["etag"])

    change = last_change(changes)
    assert change.after is not None
    assert {*after} - {*change.after} == {"locations", "numbers_count"}


def test_whole_list_costs_as_many_queries_as_one_row(changes: Changes, who: Who, several: None) -> None:
    """Two, however many agents there are."""
    for index in range(30):
        create_agent(changes, who, f"Agent {index:02}", "client", "x")
    statements: list[str] = []
    with changes.database.reading() as session:
        event.listen(changes.database.engine, "before_cursor_execute", lambda *call: statements.append(call[2]))
        assert len(list_agents(session, who.account)) == 32

    assert len([statement for statement in statements if statement.startswith("SELECT")]) == 2
