"""However much an account has, what its pages ask for is found by an index: no query goes through a table."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, event, insert, text
from sqlalchemy.orm import Session

from models import Agent, Call, Change, ChangedNumber, Location, Number
from operations.agents import read_agents
from operations.call_charts import count_days
from operations.calls_per_number import count_calls_of_numbers
from operations.changes import Changes, Who
from operations.charge_dates import Month
from operations.charges import count_charged, find_charges_of_page
from operations.days import read_days
from operations.finding import find_numbers
from operations.list_changes import ChangeFilters, list_changes
from operations.list_numbers import NumberFilters, read_numbers
from operations.many_numbers import write_same
from operations.named import names_of
from operations.pause import Pause, pause_columns
from operations.release_impact import release_impact
from operations.show_call import show_call_with_receipt
from operations.unmet_needs import set_up_steps
from routing.route_queries import read_routes_of
from tests.conftest import ACCOUNT_SID

BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)
MANY = 2_000
FIRST_NUMBER = 10_001
CALL_SID = f"CA{7:032x}"
MANY_NAMED = [f"+1415555{index:04}" for index in range(0, MANY, 7)]
Ask = Callable[[Session, int], Any]
DAYS = read_days("2026-01-01", "2026-01-30")
QUESTIONS: dict[str, Ask] = {
    **{
        f"numbers {filters}": lambda session, account, filters=filters: read_numbers(
            session, account, NumberFilters(**filters)
        )
        for filters in (
            {},
            {"is_live": True},
            {"status": "paused"},
            {"needs_attention": True},
            {"agent_id": 3},
            {"location_id": 3, "status": "paused"},
        )
    },
    **{
        f"changes {filters}": lambda session, account, filters=filters: list_changes(
            session, account, ChangeFilters(**filters)
        )
        for filters in (
            {},
            {"number": "+14155550100"},
            {"action": "number.released"},
            {"made_by": "nobody@example.com"},
            {"since": "2026-01-02", "until": "2026-01-02"},
        )
    },
    "calls of numbers": lambda session, _: count_calls_of_numbers(session, range(1, 50), DAYS[:7]),
    "charts": lambda session, account: count_days(session, account, DAYS, 5),
    "a call": lambda session, account: show_call_with_receipt(session, account, CALL_SID),
    "release": lambda session, account: release_impact(session, account, FIRST_NUMBER),
    "agents": read_agents,
    "names": lambda session, account: names_of(session, Agent, account, 20, "7"),
    "steps": set_up_steps,
    "bill": lambda session, account: find_charges_of_page(session, account, Month(2026, 2), None, 50),
    "many numbers": lambda session, account: find_numbers(session, account, MANY_NAMED),
    "routes of many": lambda session, _: read_routes_of(session, MANY_NAMED),
    "pause of many": lambda session, account: write_same(
        session, find_numbers(session, account, MANY_NAMED), pause_columns(Pause("not_in_service"))
    ),
    "size of a bill": lambda session, account: count_charged(session, account, Month(2026, 2), 2_000),
}
TABLES = "numbers|calls|call_events|changes|changed_numbers"
SCAN = f"Seq Scan on ({TABLES})|SCAN ({TABLES})"
# What is rare, and the index that it is found by.
BY = {
    "numbers {'needs_attention': True}": "ix_numbers_needing_attention",
    "changes {'action': 'number.released'}": "ix_changes_of_action",
    "changes {'made_by': 'nobody@example.com'}": "ix_changes_of_person",
    "a call": "ix_calls_call_sid",
}


@pytest.fixture
def large(changes: Changes, who: Who, other: Who) -> Changes:
    """An account with many numbers, calls and changes. PostgreSQL knows it; SQLite is told by nobody, in life too."""
    account = who.account
    with changes.database.writing() as session:
        session.execute(insert(Agent), [_agent(account, index) for index in range(1, 40)])
        places = [{"id": 100 + index, "account_id": account, "name": f"Place {index}"} for index in range(1, 40)]
        session.execute(insert(Location), places)
        session.execute(insert(Number), [_number(account, index) for index in range(MANY)])
        session.execute(insert(Change), [_change(account, index) for index in range(MANY)])
        named = [{"n": 1_000 + index, "phone_number": _phone_number(index)} for index in range(MANY)]
        session.execute(insert(ChangedNumber), named)
        session.execute(insert(Call), [_call(account, index) for index in range(MANY)])
    if not changes.database.is_sqlite:
        with changes.database.writing() as session:
            session.execute(text("ANALYZE"))
    return changes


def test_every_query_of_a_page_finds_its_rows_by_an_index(large: Changes, who: Who) -> None:
    """What is rare is not looked for among everything, and calls are counted without being read."""
    found = {name: plans(large, who, ask) for name, ask in QUESTIONS.items()}

    scans = {name: [plan for plan in of_it if re.search(SCAN, plan)] for name, of_it in found.items()}
    assert {name: of_it for name, of_it in scans.items() if of_it} == {}
    assert {name: index for name, index in BY.items() if not any(index in plan for plan in found[name])} == {}
    counts = [plan for plan in found["charts"] if "ix_calls" in plan]
    assert [plan for plan in counts if not re.search("COVERING INDEX ix_calls|Index Only Scan", plan)] == []
    assert counts


def plans(changes: Changes, who: Who, ask: Ask) -> list[str]:
    """Return what the planner does about each query of a question."""
    word = "EXPLAIN QUERY PLAN" if changes.database.is_sqlite else "EXPLAIN"
    with changes.database.reading() as session:
        if not changes.database.is_sqlite:  # these are few rows yet, of which PostgreSQL would simply read all
            session.execute(text("SET LOCAL enable_seqscan = off"))
            session.execute(text("SET LOCAL enable_bitmapscan = off"))
        connection = session.connection()
        with _statements(connection) as statements:
            ask(session, who.account)
        return [
            "\n".join(map(str, connection.exec_driver_sql(f"{word} {statement}", parameters)))
            for statement, parameters in statements
        ]


@contextmanager
def _statements(connection: Connection) -> Iterator[list[tuple[str, Any]]]:
    found: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        found.append((statement, parameters))

    event.listen(connection, "before_cursor_execute", note)
    yield found
    event.remove(connection, "before_cursor_execute", note)


def _phone_number(index: int) -> str:
    return f"+1415555{index:04}"


def _agent(account_id: int, index: int) -> dict[str, Any]:
    hand_off = {"handoff_kind": "client", "handoff_target": "front-desk"}
    return {"id": 100 + index, "account_id": account_id, "name": f"Agent {index}", **hand_off}


def _number(account_id: int, index: int) -> dict[str, Any]:
    return {
        "id": FIRST_NUMBER + index,
        "account_id": account_id,
        "phone_number": _phone_number(index),
        "status": "paused" if index % 50 == 0 else "active",
        "agent_id": 101 + index % 39,
        "location_id": 101 + index % 39,
        "purchased_at": BEGINNING,
    }


def _change(account_id: int, index: int) -> dict[str, Any]:
    made = {"made_at": BEGINNING + timedelta(minutes=index), "made_by": "clara@example.com"}
    return {"n": 1_000 + index, "account_id": account_id, "action": "number.labelled", **made}


def _call(account_id: int, index: int) -> dict[str, Any]:
    return {
        "account_sid": ACCOUNT_SID,
        "call_sid": f"CA{index:032x}",
        "account_id": account_id,
        "received_at": BEGINNING + timedelta(minutes=15 * index),
        "number_id": FIRST_NUMBER + index % 50,
        "to_number": _phone_number(index % 50),
        "location_id": 101 + index % 39,
        "decision": "paused" if index % 17 == 0 else "routed",
    }
