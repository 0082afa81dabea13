"""The database is stopped under a change: the answer says whether anything was changed."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from app import create_app
from operations import changes as changes_module
from operations.add_number import add_number
from operations.changes import Changes, Who
from operations.errors import DatabaseUnavailable, OutcomeUnknown
from operations.pause_number import pause_number
from operations.people import create_account
from tests.conftest import Stack, migrate, settings_for
from tests.operations.audit import change_counter, every_change
from tests.operations.conftest import NUMBER
from tests.servers.postgres import PostgresServer


@pytest.fixture(scope="module")
def own_postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL server that these tests may stop."""
    with PostgresServer(own=True) as server:
        yield server


@pytest.fixture
def fragile(own_postgres: PostgresServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    """A router whose database can be stopped, with one number in it."""
    monkeypatch.setattr(changes_module, "CONFIRM_WITHIN_SECONDS", 0.3)
    stack = Stack(own_postgres.create_database(), "")
    migrate(stack.database_url.replace("postgresql://", "postgresql+psycopg://"))
    app = create_app(settings_for(stack, tmp_path / "host"))
    app.extensions["keeper"].work()
    add_number(app.extensions["changes"], admin_of(app), NUMBER)
    yield app
    own_postgres.start()
    app.extensions["close"]()


def admin_of(app: Flask) -> Who:
    changes: Changes = app.extensions["changes"]
    return Who(create_account(changes, Who(None, "test"), "Example Business")["id"], "test")


def test_stopped_database_changes_nothing_and_says_so(fragile: Flask, own_postgres: PostgresServer) -> None:
    """503, and the same pause succeeds once the database is back."""
    changes: Changes = fragile.extensions["changes"]
    who, before = Who(1, "test"), change_counter(changes)
    own_postgres.stop()

    with pytest.raises(DatabaseUnavailable) as refusal:
        pause_number(changes, who, NUMBER)

    assert (refusal.value.status, refusal.value.code) == (503, "database_unavailable")
    own_postgres.start()
    assert change_counter(changes) == before
    paused, outcome = pause_number(changes, who, NUMBER)
    assert (paused["status"], outcome.n, outcome.in_force) == ("paused", before + 1, True)


def test_database_that_goes_away_inside_the_change_has_changed_nothing(
    fragile: Flask, own_postgres: PostgresServer
) -> None:
    """The transaction dies with its connection."""
    changes: Changes = fragile.extensions["changes"]
    before = change_counter(changes)

    def stop_before_recording() -> None:
        with changes.making(Who(1, "test"), "number.paused") as draft:
            own_postgres.stop()
            draft.record([NUMBER], None, {})

    with pytest.raises(DatabaseUnavailable):
        stop_before_recording()

    own_postgres.start()
    assert change_counter(changes) == before == len(every_change(changes))


def test_database_that_goes_away_at_the_commit_leaves_the_outcome_unknown(
    fragile: Flask, own_postgres: PostgresServer
) -> None:
    """We do not say that nothing was changed when we cannot know."""
    changes: Changes = fragile.extensions["changes"]

    def stop_before_the_commit() -> None:
        with changes.making(Who(1, "test"), "number.paused") as draft:
            draft.record([NUMBER], None, {})
            own_postgres.stop()

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
