"""However many calls there are, each list, count and purge finds its own by an index."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Select, insert, select, text

from models import Call
from operations.call_filters import CallFilters, conditions
from operations.changes import Changes, Who
from operations.list_calls import NEWEST_FIRST
from operations.purge_calls import is_due
from tests.conftest import ACCOUNT_SID
from tests.operations.test_list_calls import FILTERS

BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)
CALLS = 6_000
Explain = Callable[[Select[Any]], str]


@pytest.fixture
def explain(changes: Changes, who: Who, other: Who) -> Explain:
    """Half a year of calls, of two accounts and of nobody; what the planner does about a query, as text."""
    owners = (who.account_id, other.account_id, None)
    with changes.database.writing() as session:
        session.execute(insert(Call), [row(index, owners[index % 3]) for index in range(CALLS)])
    with changes.database.writing() as session:
        session.execute(text("ANALYZE calls"))
    word = "EXPLAIN QUERY PLAN" if changes.database.is_sqlite else "EXPLAIN"

    def plan(query: Select[Any]) -> str:
        with changes.database.reading() as session:
            dialect = session.get_bind().dialect
            compiled = query.compile(dialect=dialect, compile_kwargs={"literal_binds": True})
            if not changes.database.is_sqlite:  # these are few calls yet, of which PostgreSQL would simply read all
                session.execute(text("SET LOCAL enable_seqscan = off"))
            return "\n".join(str(line) for line in session.connection().exec_driver_sql(f"{word} {compiled}"))

    return plan


def row(index: int, account_id: int | None) -> dict[str, Any]:
    """Make a call among many of its caller, number, agent and location."""
    return {
        "account_sid": ACCOUNT_SID,
        "call_sid": f"CA{index:032x}",
        "account_id": account_id,
        "received_at": BEGINNING + timedelta(minutes=40 * index),
        "number_id": index % 50,
        "agent_id": index % 40,
        "location_id": index % 30,
        "from_number": f"+1415555{index % 1000:04}",
        "to_number": "+14155550100",
        "decision": "paused" if index % 17 == 0 else "routed",
        "call_status": "completed",
        "forwarded_from": None,
    }


def reads_by_index(plan: str) -> bool:
    """Tell whether no step of a plan goes through the whole table. A number that nobody has is not even looked for."""
    return not re.search("Seq Scan|SCAN calls", plan) and bool(re.search("ix_calls|One-Time Filter: false", plan))


def test_a_page_of_filtered_calls_is_found_by_an_index(changes: Changes, who: Who, explain: Explain) -> None:
    """Whatever is asked, whoever owns the calls."""
    plans = {}
    for owner in (who.account_id, None):
        for filters in ({}, *FILTERS):
            with changes.database.reading() as session:
                where = conditions(session, owner, CallFilters(**filters))
            query = select(Call).where(*where)
            in_order = query.order_by(Call.account_id.desc(), Call.received_at.desc(), Call.id.desc())
            plans[owner, str(filters)] = explain(in_order.limit(50))

    assert {asked: plan for asked, plan in plans.items() if not reads_by_index(plan)} == {}


def test_a_late_page_begins_where_the_one_before_ended(who: Who, explain: Explain) -> None:
    """The last page of a long list costs what the first one does: the index is entered at the cursor."""
    query = select(Call).where(Call.account_id == who.account_id)
    late = query.where(NEWEST_FIRST.after((BEGINNING + timedelta(days=80), 400)))

    plan = explain(late.order_by(Call.received_at.desc(), Call.id.desc()).limit(50))

    assert reads_by_index(plan)
    assert re.search(r"received_at *<", plan.partition("Filter")[0])
    assert not re.search("Sort|TEMP B-TREE", plan)


@pytest.mark.parametrize("account", ["an account", "nobody"])
def test_a_batch_to_purge_begins_at_the_oldest_call(who: Who, explain: Explain, account: str) -> None:
    """However many calls are kept, a batch reads only those that it deletes."""
    owner = who.account_id if account == "an account" else None
    query = select(Call.id).where(*is_due(owner, BEGINNING + timedelta(days=80)))

    plan = explain(query.order_by(Call.account_id, Call.received_at, Call.id).limit(200))

    assert reads_by_index(plan)
    assert not re.search("Sort|TEMP B-TREE", plan)
