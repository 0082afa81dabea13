"""An agent or a location that has numbers hands them on in the change that deletes it, or stays."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from operations.add_number import add_number
from operations.agents import delete_agent, list_agents
from operations.changes import Changes, Who
from operations.check_routes import check_routes
from operations.errors import Changed, Conflict, Forbidden, Invalid, NotFound
from operations.list_numbers import list_numbers
from operations.locations import delete_location, list_locations
from operations.permissions import MEMBER
from tests.conftest import Answer
from tests.operations.audit import change_counter, last_change, numbers_named_by, stored
from tests.operations.conftest import NUMBER

SECOND = "+14155550101"
either = pytest.mark.parametrize(
    ("delete", "listing", "part", "first", "second", "others"),
    [
        (delete_agent, list_agents, "agent", "Clara", "Bruno", "Zoe"),
        (delete_location, list_locations, "location", "Downtown", "Airport", "Harbour"),
    ],
)
Delete = Callable[..., Any]
Listing = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def two(changes: Changes, who: Who, number: dict[str, Any]) -> list[str]:
    """Two numbers of Clara's, Downtown."""
    add_number(changes, who, SECOND, "Clara", "Downtown")
    return [NUMBER, SECOND]


def holders(changes: Changes, who: Who, part: str) -> list[str | None]:
    """Return who has each number."""
    with changes.database.reading() as session:
        return [(row[part] or {}).get("name") for row in list_numbers(session, who.account)]


@either
@pytest.mark.parametrize("is_left_to_nobody", [False, True])
def test_numbers_are_handed_on_in_the_change_that_deletes(
    app: Flask,
    changes: Changes,
    who: Who,
    two: list[str],
    delete: Delete,
    listing: Listing,
    part: str,
    first: str,
    second: str,
    others: str,
    is_left_to_nobody: bool,
) -> None:
    """One change number; its audit row keeps what was deleted, with its numbers before and after."""
    with changes.database.reading() as session:
        [deleted] = [row for row in listing(session, who.account) if row["name"] == first]
    n = change_counter(changes)

    outcome = delete(changes, who, first, "none" if is_left_to_nobody else second)

    assert (outcome.n, outcome.in_force) == (n + 1, True)
    assert holders(changes, who, part) == ([None, None] if is_left_to_nobody else [second, second])
    change = last_change(changes)
    assert change.before is not None
    assert change.after is not None
    assert numbers_named_by(changes, change.n) == two
    assert stored(deleted).items() <= change.before.items()
    assert [row[part]["name"] for row in change.before["numbers"]] == [first, first]
    assert [row["phone_number"] for row in change.after["numbers"]] == two
    checked = check_routes(changes.database, app.extensions["local_store"], app.extensions["cache"])
    assert (checked.differences, checked.stale) == ((), ())


def test_next_call_reaches_the_agent_that_got_the_numbers(
    changes: Changes, who: Who, two: list[str], twilio_post: Callable[..., Answer]
) -> None:
    """And never the deleted one."""
    assert twilio_post().find("Dial/Number").text == "+14155550182"

    delete_agent(changes, who, "Clara", "Bruno")

    assert twilio_post().find("Dial/Client/Identity").text == "front-desk"


@either
def test_holder_of_numbers_stays_unless_it_is_said_who_gets_them(
    changes: Changes,
    who: Who,
    other: Who,
    two: list[str],
    delete: Delete,
    listing: Listing,
    part: str,
    first: str,
    second: str,
    others: str,
) -> None:
    """Nobody, somebody of another account, or itself is no answer."""
    n = change_counter(changes)

    with pytest.raises(Conflict) as refusal:
        delete(changes, who, first)
    for heir, error in ((others, NotFound), ("Nobody", NotFound), (first, Invalid), ("", NotFound)):
        with pytest.raises(error):
            delete(changes, who, first, heir)

    assert refusal.value.code == f"{part}_has_numbers"
    assert f"“{first}” still has {NUMBER}, {SECOND}." in refusal.value.message
    assert (change_counter(changes), holders(changes, who, part)) == (n, [first, first])


@either
def test_deletion_by_who_has_not_seen_it_or_may_not_is_refused(
    changes: Changes,
    who: Who,
    number: dict[str, Any],
    delete: Delete,
    listing: Listing,
    part: str,
    first: str,
    second: str,
    others: str,
) -> None:
    """By its etag, and by the table of permissions."""
    with pytest.raises(Changed):
        delete(changes, who, second, if_match="0000000000000000")
    with pytest.raises(Forbidden):
        delete(changes, Who(who.account_id, "member", MEMBER), second)

    with changes.database.reading() as session:
        [seen] = [row["etag"] for row in listing(session, who.account) if row["name"] == second]
    assert delete(changes, who, second, if_match=seen).in_force
