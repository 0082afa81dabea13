"""Calls are forgotten when their account no longer keeps them: whole, said beforehand, and a little at a time."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update

from models import Account, Call, CallEvent
from operations.changes import Changes, Who
from operations.daily_purge import purge_a_little
from operations.errors import Forbidden, Invalid
from operations.permissions import ADMIN
from operations.purge_calls import find_due_purge, purge_calls
from routing.call_record import STATUS_CHANGED
from tests.operations.audit import every_change, last_change
from tests.operations.past_calls import count_rows, event, store, store_call


def days_ago(days: float) -> datetime:
    return datetime.now(UTC) - timedelta(days=days)


def purge(changes: Changes, who: Who, older_than_days: int | None = None, **options: Any) -> dict[str, Any]:
    with changes.database.reading() as session:
        due = find_due_purge(session, who, older_than_days)
    return purge_calls(changes, who, due, **options)


def set_retention(changes: Changes, who: Who, days: int) -> None:
    with changes.database.writing() as session:
        session.execute(update(Account).where(Account.id == who.account_id).values(call_retention_days=days))


def test_calls_older_than_the_account_keeps_them_are_purged(changes: Changes, who: Who, other: Who) -> None:
    """With their events, and nobody else's."""
    kept = [store_call(changes, who.account_id, days_ago(364)), store_call(changes, other.account_id, days_ago(400))]
    store_call(changes, None, days_ago(400), decision="unknown")
    for days in (366, 400):
        store_call(changes, who.account_id, days_ago(days))

    shown = purge(changes, who)

    assert (shown["calls"], shown["older_than_days"]) == (2, 365)
    assert count_rows(changes) == count_rows(changes, CallEvent) == len(kept) + 1
    change = last_change(changes)
    assert (change.action, change.made_by, change.account_id) == ("calls.purged", "test", who.account_id)
    assert change.after == shown


def test_all_batches_are_purged_and_counted(changes: Changes, who: Who, monkeypatch: pytest.MonkeyPatch) -> None:
    """One audit row, several short transactions; whoever waits sees it proceed."""
    monkeypatch.setattr("operations.purge_calls.CALLS_A_BATCH", 2)
    for _ in range(5):
        store_call(changes, who.account_id, days_ago(10))
    steps: list[int] = []

    purge(changes, who, older_than_days=7, advance=steps.append)

    assert steps == [2, 2, 1]
    assert count_rows(changes) == 0
    assert [change.action for change in every_change(changes)].count("calls.purged") == 1


def test_a_purge_that_is_cut_off_has_said_so_and_goes_on_the_next_time(
    changes: Changes, who: Who, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C leaves whole calls: each batch takes calls and events together."""
    monkeypatch.setattr("operations.purge_calls.CALLS_A_BATCH", 2)
    for _ in range(5):
        store_call(changes, who.account_id, days_ago(10))

    def interrupt(_: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        purge(changes, who, older_than_days=7, advance=interrupt)

    assert count_rows(changes) == count_rows(changes, CallEvent) == 3
    assert last_change(changes).after["calls"] == 5
    assert purge(changes, who, older_than_days=7)["calls"] == 3
    assert count_rows(changes) == count_rows(changes, CallEvent) == 0


def test_nothing_to_purge_is_no_change(changes: Changes, who: Who) -> None:
    """The audit trail tells what happened."""
    store_call(changes, who.account_id, days_ago(1))
    before = every_change(changes)

    assert purge(changes, who)["calls"] == 0
    assert len(every_change(changes)) == len(before)


@pytest.mark.parametrize("days", [0, -1, 10**6])
def test_impossible_retention_is_refused(changes: Changes, who: Who, days: int) -> None:
    """Zero days would forget calls that are still going on."""
    with pytest.raises(Invalid):
        purge(changes, who, days)


def test_only_who_may_purge_may_look_what_would_be(changes: Changes, who: Who) -> None:
    """An Admin manages numbers, not history."""
    with pytest.raises(Forbidden):
        purge(changes, Who(who.account_id, "admin", ADMIN))


def test_a_callback_after_its_call_was_purged_leaves_a_stub_that_is_purged_too(changes: Changes, who: Who) -> None:
    """Half a record belongs to nobody, and is gone once it is as old as any."""
    call_sid = store_call(changes, who.account_id, days_ago(500))
    purge(changes, who)
    store(changes, event(call_sid, STATUS_CHANGED, days_ago(366), call_status="completed"))
    assert count_rows(changes) == 1

    assert purge(changes, Who(None, "test", "system"))["calls"] == 1
    assert count_rows(changes, Call) == count_rows(changes, CallEvent) == 0


def test_the_housekeeper_purges_every_account_by_itself(app: Flask, changes: Changes, who: Who, other: Who) -> None:
    """And what belongs to nobody; each with its row in the audit trail."""
    set_retention(changes, other, 30)
    for owner in (who.account_id, other.account_id, None):
        store_call(changes, owner, days_ago(400))
    kept = store_call(changes, who.account_id, days_ago(31))
    store_call(changes, other.account_id, days_ago(31))

    app.extensions["housekeeper"].work()

    with changes.database.reading() as session:
        assert [call.call_sid for call in session.query(Call)] == [kept]
    purged = [change for change in every_change(changes) if change.action == "calls.purged"]
    assert [(change.account_id, change.after["calls"]) for change in purged] == [
        (who.account_id, 1),
        (other.account_id, 2),
        (None, 1),
    ]


def test_a_day_of_purging_is_one_row_however_many_rounds_it_takes(
    changes: Changes, who: Who, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each round ends soon, because the housekeeper has more to do; the next one goes on."""
    monkeypatch.setattr("operations.purge_calls.CALLS_A_BATCH", 2)
    monkeypatch.setattr("operations.daily_purge.ROUND_SECONDS", 0.0)
    for _ in range(5):
        store_call(changes, who.account_id, days_ago(400))

    left = []
    for _ in range(3):
        purge_a_little(changes)
        left.append(count_rows(changes))

    assert left == [3, 1, 0]
    assert [change.action for change in every_change(changes)].count("calls.purged") == 1


def test_an_account_that_keeps_its_calls_longer_is_obeyed_at_once(
    changes: Changes, who: Who, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also in the middle of a day's purge."""
    monkeypatch.setattr("operations.purge_calls.CALLS_A_BATCH", 1)
    monkeypatch.setattr("operations.daily_purge.ROUND_SECONDS", 0.0)
    for days in (400, 399):
        store_call(changes, who.account_id, days_ago(days))
    purge_a_little(changes)
    set_retention(changes, who, 1000)

    purge_a_little(changes)

    assert count_rows(changes) == 1
