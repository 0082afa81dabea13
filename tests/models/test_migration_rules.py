"""Every migration works with the code that is already running, and locks nothing for long (docs/migrations.md)."""

import io
import re
from collections.abc import Callable
from types import ModuleType, SimpleNamespace

import psycopg
import pytest
import sqlalchemy as sa
from alembic import op
from alembic.config import Config
from alembic.operations import Operations
from alembic.operations.ops import (
    AddColumnOp,
    CreateIndexOp,
    CreateTableOp,
    DropIndexOp,
    ExecuteSQLOp,
    MigrateOperation,
)
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.exc import OperationalError

from tests.conftest import PROJECT, migrate
from tests.servers.postgres import PostgresServer

ONE_ROW_A_CALL = {"calls", "call_events"}
TOLD = "nobody writes calls while their indexes are made"
HARMLESS = (CreateTableOp, DropIndexOp)
SCRIPTS = ScriptDirectory.from_config(Config(toml_file=PROJECT / "pyproject.toml"))
MIGRATIONS = [script.module for script in SCRIPTS.walk_revisions() if script.revision > "0001"]


@pytest.fixture
def steps_of(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], object]], list[MigrateOperation]]:
    """Return what an upgrade would do on PostgreSQL, without doing it."""

    def record(upgrade: Callable[[], object]) -> list[MigrateOperation]:
        steps: list[MigrateOperation] = []
        dialect = SimpleNamespace(name="postgresql")
        monkeypatch.setattr(Operations, "invoke", lambda _, step: steps.append(step))
        monkeypatch.setattr(Operations, "get_bind", lambda _: SimpleNamespace(dialect=dialect))
        context = MigrationContext.configure(
            dialect_name="postgresql", opts={"as_sql": True, "output_buffer": io.StringIO()}
        )
        with Operations.context(context):
            upgrade()
        return steps

    return record


def problems(steps: list[MigrateOperation], docstring: str) -> list[str]:
    """Return what is against the rules."""
    made = {step.table_name for step in steps if isinstance(step, CreateTableOp)}
    return [problem for step in steps if (problem := _problem(step, made, docstring))]


def _problem(step: MigrateOperation, made: set[str], docstring: str) -> str:
    if isinstance(step, AddColumnOp):
        is_free = step.column.nullable or step.column.server_default is not None
        return "" if is_free else f"{step.table_name}.{step.column.name} must be filled, by code that does not know it"
    if isinstance(step, CreateIndexOp):
        is_locking = step.table_name in ONE_ROW_A_CALL - made and not step.kw.get("postgresql_concurrently")
        return f"{step.index_name} locks {step.table_name}" if is_locking and TOLD not in docstring else ""
    if isinstance(step, ExecuteSQLOp):
        return _problem_of_sql(str(step.sqltext))
    return "" if isinstance(step, HARMLESS) else f"{type(step).__name__} does not work with the code that is running"


def _problem_of_sql(statement: str) -> str:
    if statement == "SET lock_timeout = 0":
        return ""
    changed = re.match(r"(?:UPDATE|INSERT INTO) (\w+)", statement)
    if changed is None or changed[1] in ONE_ROW_A_CALL:
        return f"{statement!r} is no change of few rows"
    return ""


@pytest.mark.parametrize("migration", MIGRATIONS, ids=lambda migration: migration.revision)
def test_migration_works_with_the_code_that_is_running(
    steps_of: Callable[[Callable[[], object]], list[MigrateOperation]], migration: ModuleType
) -> None:
    """Hosts of the version before go on answering calls."""
    said = " ".join((migration.__doc__ or "").split())

    assert problems(steps_of(migration.upgrade), said) == []
    assert "Safe while the version before is still running" in said


@pytest.mark.parametrize(
    "upgrade",
    [
        lambda: op.drop_column("numbers", "label"),
        lambda: op.drop_table("prices"),
        lambda: op.rename_table("prices", "costs"),
        lambda: op.alter_column("numbers", "label", new_column_name="name"),
        lambda: op.alter_column("numbers", "label", nullable=False),
        lambda: op.add_column("numbers", sa.Column("colour", sa.String(8), nullable=False)),
        lambda: op.create_unique_constraint("uq_numbers_label", "numbers", ["label"]),
        lambda: op.create_index("ix_calls_reason", "calls", ["reason"]),
        lambda: op.execute("ALTER TABLE numbers DROP COLUMN label"),
        lambda: op.execute("UPDATE calls SET reason = ''"),
    ],
)
def test_what_breaks_the_rules_is_found(
    steps_of: Callable[[Callable[[], object]], list[MigrateOperation]], upgrade: Callable[[], object]
) -> None:
    """The check would tell."""
    assert len(problems(steps_of(upgrade), "")) == 1


def test_index_on_calls_can_be_made_without_a_lock(
    steps_of: Callable[[Callable[[], object]], list[MigrateOperation]],
) -> None:
    """As docs/migrations.md shows it."""

    def upgrade() -> None:
        with op.get_context().autocommit_block():
            op.execute("SET lock_timeout = 0")
            op.create_index("ix_calls_reason", "calls", ["reason"], postgresql_concurrently=True)

    assert problems(steps_of(upgrade), "") == []


def test_migration_does_not_queue_for_a_lock(postgres: PostgresServer) -> None:
    """Whoever asks for a route or pauses a number would wait behind it. What was done before stays done."""
    url = postgres.create_database()
    alembic_url = url.replace("postgresql://", "postgresql+psycopg://")
    migrate(alembic_url, "0003")
    with psycopg.connect(url) as somebody:
        somebody.execute("SELECT count(*) FROM accounts")  # a transaction that stays open
        with pytest.raises(OperationalError, match="lock timeout"):
            migrate(alembic_url)
        assert somebody.execute("SELECT version_num FROM alembic_version").fetchone() == ("0004",)

    migrate(alembic_url)
    postgres.drop_database(url)
