"""Pages follow one another without gaps or repetitions, and a tampered cursor is refused."""

import base64
import json
from typing import Any

import pytest
from sqlalchemy import select

from models import Agent
from operations.agents import create_agent
from operations.changes import Changes, Who
from operations.errors import Invalid
from operations.pages import Order, Page, read_page
from operations.showing import show_agent

BY_NAME = Order((Agent.name, Agent.id))


def page(changes: Changes, cursor: str | None = None, limit: int = 2, order: Order = BY_NAME) -> Page:
    with changes.database.reading() as session:
        return read_page(session, select(Agent), order, show_agent, cursor, limit)


@pytest.fixture
def names(changes: Changes, who: Who) -> list[str]:
    """Five agents, made in another order than that of their names."""
    for name in "DBEAC":
        create_agent(changes, who, name, "client", "desk")
    return list("ABCDE")


@pytest.mark.parametrize("descending", [False, True])
def test_pages_hold_every_row_once_and_in_order(changes: Changes, names: list[str], descending: bool) -> None:
    """Whatever the size of a page."""
    order = Order(BY_NAME.columns, descending)
    found, cursor, turns = [], None, 0
    while turns == 0 or cursor:
        read = page(changes, cursor, 2, order)
        found += [row["name"] for row in read.rows]
        cursor, turns = read.next_cursor, turns + 1

    assert (found, turns) == (sorted(names, reverse=descending), 3)


def test_last_page_that_is_full_has_no_next(changes: Changes, names: list[str]) -> None:
    """Nobody is sent to an empty page."""
    assert page(changes, limit=5).next_cursor is None


def cursor_of(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "cursor",
    [
        *("!", "é", "AAAA", "A" * 5000, cursor_of({}), cursor_of([]), cursor_of(["A"]), cursor_of(["A", 1, 2])),
        *(cursor_of([1, 1]), cursor_of(["A", "1"]), cursor_of(["A", True]), cursor_of(["A", 2**63])),
        *(cursor_of(["A", -1]), cursor_of(["\x00", 1]), cursor_of([None, 1]), cursor_of(["A", 1.5])),
    ],
)
def test_cursor_of_somebodys_own_making_is_refused(changes: Changes, names: list[str], cursor: str) -> None:
    """With a sentence, before the database sees it."""
    with pytest.raises(Invalid, match="cursor"):
        page(changes, cursor)


@pytest.mark.parametrize("limit", [0, -1, 201])
def test_page_has_a_size(changes: Changes, limit: int) -> None:
    """Neither nothing nor everything."""
    with pytest.raises(Invalid, match="1 to 200"):
        page(changes, limit=limit)
