"""People name things by id or by name, within their account."""

from collections.abc import Callable
from typing import Any

import pytest

from operations.accounts import create_account
from operations.agents import create_agent
from operations.changes import Changes, Who
from operations.errors import Invalid, NotFound
from operations.finding import find_account, find_agent, find_location
from operations.permissions import SYSTEM


def test_agent_and_location_are_found_by_id_or_by_name(changes: Changes, who: Who, number: dict[str, Any]) -> None:
    """Ids are those that listings show."""
    with changes.database.reading() as session:
        for find, part in ((find_agent, "agent"), (find_location, "location")):
            by_id = find(session, who.account, str(number[part]["id"]))
            assert by_id is find(session, who.account, number[part]["name"])


def test_name_made_of_digits_is_a_name_where_there_is_no_such_id(changes: Changes, who: Who) -> None:
    """An agent may be called 24."""
    agent = create_agent(changes, who, "24", "client", "x")

    with changes.database.reading() as session:
        assert find_agent(session, who.account, "24").id == agent["id"]


@pytest.mark.parametrize("name", ["Nobody", "999999", "9" * 30, "²", "-1", "1.0", "a\0b", "a\ud800"])
@pytest.mark.parametrize("find", [find_agent, find_location])
def test_what_is_not_there_is_not_found(changes: Changes, who: Who, find: Callable[..., Any], name: str) -> None:
    """Whatever characters were typed."""
    with changes.database.reading() as session, pytest.raises(NotFound):
        find(session, who.account, name)


def test_id_of_another_account_is_not_found(changes: Changes, who: Who, number: dict[str, Any], other: Who) -> None:
    """The same answer as for an id that nobody has."""
    with changes.database.reading() as session:
        for find, part in ((find_agent, "agent"), (find_location, "location")):
            with pytest.raises(NotFound):
                find(session, other.account, str(number[part]["id"]))


def test_account_may_be_left_out_while_there_is_exactly_one(changes: Changes) -> None:
    """None is no account to act in, and two are one too many to guess."""
    with changes.database.reading() as session, pytest.raises(NotFound, match="flask accounts create"):
        find_account(session, None)
    only = create_account(changes, Who(None, "test", SYSTEM), "Example Business")
    with changes.database.reading() as session:
        assert find_account(session, None).id == only["id"]
    second = create_account(changes, Who(None, "test", SYSTEM), "Other Business")
    with changes.database.reading() as session:
        with pytest.raises(Invalid, match="--account"):
            find_account(session, None)
        assert find_account(session, "Other Business").id == second["id"]
        assert find_account(session, str(only["id"])).id == only["id"]
