"""Calls leave as CSV with their filters, one batch after another, and nothing in them is executed."""

import csv
import tracemalloc
from io import StringIO
from typing import Any

import pytest

from operations.call_filters import CallFilters
from operations.changes import Changes, Who
from operations.csv_text import plain
from operations.errors import Invalid
from operations.export_calls import COLUMNS, export_calls
from tests.operations.past_calls import store_call


def exported(changes: Changes, who: Who, **filters: Any) -> list[dict[str, str]]:
    text = "".join(export_calls(changes.database.reading, who.account, CallFilters(**filters)))
    return list(csv.DictReader(StringIO(text, newline="")))


def test_filtered_calls_are_exported_newest_first(changes: Changes, who: Who, other: Who) -> None:
    """With what the list shows, and only the account's own."""
    first = store_call(changes, who.account_id, "2026-03-01T14:03:12Z", agent_name="Clara", location_name="Città, “1”")
    second = store_call(changes, who.account_id, "2026-03-02T14:03:12Z", agent_name="Clara")
    store_call(changes, who.account_id, "2026-03-02T14:03:12Z", decision="paused")
    store_call(changes, other.account_id, "2026-03-02T14:03:12Z")
    store_call(changes, None, "2026-03-02T14:03:12Z")

    rows = exported(changes, who, decision="routed")

    assert [row["call_sid"] for row in rows] == [second, first]
    assert list(rows[0]) == list(COLUMNS)
    assert rows[1]["location"] == "Città, “1”"
    assert rows[1]["received_at"] == "2026-03-01T14:03:12+00:00"


def test_what_callers_send_is_not_executed(changes: Changes, who: Who) -> None:
    """A caller's name for himself may be a formula; a phone number gets the apostrophe too."""
    store_call(changes, who.account_id, "2026-03-01T00:00Z", from_number='=HYPERLINK("http://x")', agent_name="@Clara")

    [row] = exported(changes, who)

    assert (row["from"], row["agent"], row["to"]) == ('\'=HYPERLINK("http://x")', "'@Clara", "'+14155550100")
    assert plain(row["from"]) == '=HYPERLINK("http://x")'


def test_a_filter_that_cannot_be_read_is_refused_before_the_first_chunk(changes: Changes, who: Who) -> None:
    """While there is still a status to refuse with."""
    with pytest.raises(Invalid):
        export_calls(changes.database.reading, who.account, CallFilters(since="never"))


def test_memory_does_not_grow_with_the_number_of_calls(
    changes: Changes, who: Who, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ten times the calls take about the same."""
    monkeypatch.setattr("operations.list_calls.CALLS_A_BATCH", 10)
    monkeypatch.setattr("operations.csv_text.ROWS_A_CHUNK", 10)

    def peak(calls: int) -> int:
        for _ in range(calls):
            store_call(changes, who.account_id, "2026-03-01T00:00Z", agent_name="Clara" * 20)
        for _ in export_calls(changes.database.reading, who.account):  # whatever is compiled once
            pass
        tracemalloc.start()
        for _ in export_calls(changes.database.reading, who.account):
            pass
        highest = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return highest

    few = peak(20)
    assert peak(180) < few + 200_000
