"""The database is stopped or frozen under a change: the answer comes, and says whether anything was changed."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Timer

import pytest
from flask import Flask
from sqlalchemy import event

from app import create_app
from operations import changes as changes_module
from operations import in_force
from operations.accounts import create_account
from operations.add_number import add_number
from operations.changes import Changes, Who
from operations.errors import DatabaseUnavailable, OutcomeUnknown
from operations.in_force import NOBODY_TO_ASK, Outcome
from operations.pause_number import pause_number
from operations.permissions import SYSTEM
from routing.changed_routes import ChangedRoutes
from tests.conftest import Stack, migrate, settings_for
from tests.operations.audit import change_counter, every_change
from tests.operations.conftest import NUMBER
from tests.servers.postgres import PostgresServer

MUCH_TOO_LATE_SECONDS = 10.0


@pytest.fixture(scope="module")
def own_postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL server that these tests may stop."""
    with PostgresServer(own=True) as server:
        yield server


@pytest.fixture
def fragile(own_postgres: PostgresServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    """A router whose database can be stopped, with one number in it."""
    stack = Stack(own_postgres.create_database(), "")
    migrate(stack.database_url.replace("postgresql://", "postgresql+psycopg://"))
    app = create_app(settings_for(stack, tmp_path / "host"))
    app.extensions["keeper"].work()
    add_number(app.extensions["changes"], admin_of(app), NUMBER)
    # Only now: on a busy machine the first change of an application may take longer.
    monkeypatch.setattr(in_force, "CONFIRM_WITHIN_SECONDS", 0.3)
    monkeypatch.setattr(changes_module, "BEGIN_WITHIN_SECONDS", 1.0)
    monkeypatch.setattr(changes_module, "COMMIT_WITHIN_SECONDS", 1.0)
    yield app
    own_postgres.thaw()
    own_postgres.start()
    end_threads(app.extensions["changes"])
    app.extensions["close"]()


def end_threads(changes: Changes) -> None:
    """Let the threads that hung give their connections back, before all connections are closed."""
    changes.close()
    for thread in threading.enumerate():
        if thread.name.startswith("change-"):
            thread.join(10)


def admin_of(app: Flask) -> Who:
    changes: Changes = app.extensions["changes"]
    return Who(create_account(changes, Who(None, "test", SYSTEM), "Example Business")["id"], "test", SYSTEM)


@contextmanager
def answering_while_frozen(server: PostgresServer) -> Iterator[None]:
    """Check that the block, in which the server is frozen, ends before the server thaws, which it does at last."""
    thawing = Timer(MUCH_TOO_LATE_SECONDS, server.thaw)
    thawing.start()
    began_at = time.monotonic()
    try:
        yield
        assert time.monotonic() - began_at < MUCH_TOO_LATE_SECONDS / 2
    finally:
        thawing.cancel()
        server.thaw()


def test_stopped_database_changes_nothing_and_says_so(fragile: Flask, own_postgres: PostgresServer) -> None:
    """503, and the same pause succeeds once the database is back."""
    changes: Changes = fragile.extensions["changes"]
    who, before = Who(1, "test", SYSTEM), change_counter(changes)
    own_postgres.stop()

    with pytest.raises(DatabaseUnavailable) as refusal:
        pause_number(changes, who, NUMBER)

    assert (refusal.value.status, refusal.value.code) == (503, "database_unavailable")
    own_postgres.start()
    assert change_counter(changes) == before
    paused, outcome = pause_number(changes, who, NUMBER)
    assert (paused["status"], outcome.n, outcome.in_force) == ("paused", before + 1, True)


@pytest.mark.parametrize("is_written", [False, True])
def test_database_that_goes_away_inside_the_change_has_changed_nothing(
    fragile: Flask, own_postgres: PostgresServer, is_written: bool
) -> None:
    """The transaction dies with its connection, also when the audit row was written."""
    changes: Changes = fragile.extensions["changes"]
    before = change_counter(changes)

    def stop_inside() -> None:
        with changes.making(Who(1, "test", SYSTEM), "number.paused") as draft:
            draft.record([NUMBER], None, {})
            if is_written:
                draft.write()
            own_postgres.stop()

    with pytest.raises(DatabaseUnavailable):
        stop_inside()

    own_postgres.start()
    assert change_counter(changes) == before == len(every_change(changes))


def test_database_that_goes_away_at_the_commit_leaves_the_outcome_unknown(
    fragile: Flask, own_postgres: PostgresServer
) -> None:
    """We do not say that nothing was changed when we cannot know."""
    changes: Changes = fragile.extensions["changes"]

    def stop_before_the_commit() -> None:
        with changes.making(Who(1, "test", SYSTEM), "number.paused") as draft:
            draft.record([NUMBER], None, {})
            event.listen(draft.session, "before_commit", lambda _: own_postgres.stop())

    with pytest.raises(OutcomeUnknown) as refusal:
        stop_before_the_commit()

    assert (refusal.value.status, refusal.value.code) == (503, "outcome_unknown")


def test_committed_change_is_not_in_force_while_nobody_can_be_asked(
    fragile: Flask, own_postgres: PostgresServer
) -> None:
    """Committed is one thing, in force on every host another."""
    changes: Changes = fragile.extensions["changes"]
    n = change_counter(changes)
    own_postgres.stop()

    outcome = changes.confirm(n)

    assert (outcome.n, outcome.in_force) == (n, False)
    assert "database does not answer" in outcome.unconfirmed[0]


def test_database_that_freezes_after_the_commit_holds_nobody(
    fragile: Flask, own_postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The pause is committed and not in force; it is once the server answers again."""
    changes: Changes = fragile.extensions["changes"]
    confirm = changes.confirm

    def freeze_and_confirm(n: int, changed_routes: ChangedRoutes) -> Outcome:
        own_postgres.freeze()
        return confirm(n, changed_routes)

    with monkeypatch.context() as patch, answering_while_frozen(own_postgres):
        patch.setattr(changes, "confirm", freeze_and_confirm)
        paused, outcome = pause_number(changes, Who(1, "test", SYSTEM), NUMBER)

    assert paused["status"] == "paused"
    assert outcome == Outcome(change_counter(changes), False, NOBODY_TO_ASK)
    assert pause_number(changes, Who(1, "test", SYSTEM), NUMBER)[1].in_force


def test_change_is_applied_here_by_one_thread_however_often_it_hung(
    fragile: Flask, own_postgres: PostgresServer
) -> None:
    """Each thread that touches this host's file opens a connection to it."""
    changes: Changes = fragile.extensions["changes"]
    n = change_counter(changes)
    with answering_while_frozen(own_postgres):
        own_postgres.freeze()
        for _ in range(3):
            changes.confirm(n)

    applying = [thread for thread in threading.enumerate() if thread.name.startswith("change-apply")]

    assert len(applying) == 1
    assert applying[0].daemon


def test_frozen_database_changes_nothing_and_says_so(fragile: Flask, own_postgres: PostgresServer) -> None:
    """It is asked before the change is begun."""
    changes: Changes = fragile.extensions["changes"]
    before = change_counter(changes)

    with answering_while_frozen(own_postgres):
        own_postgres.freeze()
        with pytest.raises(DatabaseUnavailable):
            pause_number(changes, Who(1, "test", SYSTEM), NUMBER)

    assert change_counter(changes) == before


def test_database_that_freezes_inside_the_change_has_changed_nothing(
    fragile: Flask, own_postgres: PostgresServer
) -> None:
    """The transaction is cut off, and the server finds nobody when it thaws."""
    changes: Changes = fragile.extensions["changes"]
    before = change_counter(changes)

    def freeze_before_recording() -> None:
        with changes.making(Who(1, "test", SYSTEM), "number.paused") as draft:
            own_postgres.freeze()
            draft.record([NUMBER], None, {})

    with answering_while_frozen(own_postgres), pytest.raises(DatabaseUnavailable):
        freeze_before_recording()

    assert pause_number(changes, Who(1, "test", SYSTEM), NUMBER)[1].n == before + 1


def test_database_that_freezes_at_the_commit_leaves_the_outcome_unknown(
    fragile: Flask, own_postgres: PostgresServer
) -> None:
    """It may find the commit when it thaws."""
    changes: Changes = fragile.extensions["changes"]

    def freeze_before_the_commit() -> None:
        with changes.making(Who(1, "test", SYSTEM), "number.paused") as draft:
            draft.record([NUMBER], None, {})
            event.listen(draft.session, "before_commit", lambda _: own_postgres.freeze())

    with answering_while_frozen(own_postgres), pytest.raises(OutcomeUnknown):
        freeze_before_the_commit()


def test_change_is_refused_when_the_pool_waits_for_its_server(fragile: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """The pool asks, before it gives a connection away, and nothing cuts that question off."""
    changes: Changes = fragile.extensions["changes"]
    thawed = threading.Event()
    monkeypatch.setattr(changes.database.engine.dialect, "do_ping", lambda connection: thawed.wait(30))

    started = time.monotonic()
    with pytest.raises(DatabaseUnavailable):
        pause_number(changes, admin_of(fragile), NUMBER)
    seconds = time.monotonic() - started
    thawed.set()

    assert seconds < MUCH_TOO_LATE_SECONDS
