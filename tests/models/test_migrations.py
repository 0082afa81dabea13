"""The migrations make exactly the tables that the models describe, on SQLite and on PostgreSQL, and undo them."""

import re
import subprocess
import sys
from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import CheckConstraint, Inspector, delete, inspect, select, text

from models import Base, Database, Number
from tests.conftest import PROJECT
from tests.models.conftest import Alembic

NAMES = {
    "pk": r"pk_{table}",
    "fk": r"fk_{table}_\w+",
    "uq": r"uq_{table}_\w+",
    "ck": r"ck_{table}_\w+",
    "ix": r"(ix|uq)_{table}_\w+",
}
INSERT_NUMBER = """
INSERT INTO numbers (account_id, phone_number, label, status, purchased_at)
VALUES (1, :phone_number, '', 'active', '2026-01-01')
"""


def names_of(inspector: Inspector, table: str) -> list[tuple[str, str | None]]:
    """Return the kinds and names of a table's constraints and indexes."""
    primary_key = inspector.get_pk_constraint(table)["name"]  # SQLite has no name for one with AUTOINCREMENT
    return [
        *([("pk", primary_key)] if primary_key else []),
        *(("fk", key["name"]) for key in inspector.get_foreign_keys(table)),
        *(("uq", key["name"]) for key in inspector.get_unique_constraints(table)),
        *(("ck", key["name"]) for key in inspector.get_check_constraints(table)),
        *(("ix", key["name"]) for key in inspector.get_indexes(table)),
    ]


def test_migrations_lead_to_what_the_models_describe(alembic: Alembic, empty: Database) -> None:
    """Autogenerate would write an empty migration."""
    alembic("upgrade", "head")

    with empty.reading_fresh() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), Base.metadata)
    assert differences == []


def test_check_constraints_are_those_of_the_models(alembic: Alembic, empty: Database) -> None:
    """Autogenerate does not compare them."""
    alembic("upgrade", "head")

    inspector = inspect(empty.engine)
    for table in Base.metadata.tables.values():
        described = {check.name for check in table.constraints if isinstance(check, CheckConstraint)}
        assert {check["name"] for check in inspector.get_check_constraints(table.name)} == described, table.name


def test_every_constraint_and_index_is_named_by_the_convention(alembic: Alembic, empty: Database) -> None:
    """A later migration can name what it changes, on every database."""
    alembic("upgrade", "head")

    inspector = inspect(empty.engine)
    for table in inspector.get_table_names():
        for kind, name in names_of(inspector, table) if table != "alembic_version" else ():
            assert re.fullmatch(NAMES[kind].format(table=table), name or ""), (table, kind, name)


def test_downgrade_leaves_nothing_and_can_be_upgraded_again(alembic: Alembic, empty: Database) -> None:
    """Each migration undoes what it did."""
    alembic("upgrade", "head")
    alembic("downgrade", "base")
    assert inspect(empty.engine).get_table_names() == ["alembic_version"]

    alembic("upgrade", "head")

    assert set(inspect(empty.engine).get_table_names()) == {*Base.metadata.tables, "alembic_version"}


def test_upgrade_of_an_up_to_date_database_changes_nothing(alembic: Alembic, empty: Database) -> None:
    """Every start runs it."""
    alembic("upgrade", "head")
    tables = inspect(empty.engine).get_table_names()

    alembic("upgrade", "head")

    assert inspect(empty.engine).get_table_names() == tables


def test_alembic_finds_its_configuration_and_the_database_of_the_settings(tmp_path: Path) -> None:
    """`alembic upgrade head` in the project's folder is all that an operator types."""
    environment = {"DATA_DIR": str(tmp_path), "TWILIO_ACCOUNT_SID": "", "DATABASE_URL": ""}
    for words in ("upgrade head", "check"):
        command = [sys.executable, "-m", "alembic", *words.split()]
        done = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr

    assert (tmp_path / "clara.db").exists()


def test_numbers_survive_the_upgrade_and_their_ids_are_never_used_again(alembic: Alembic, empty: Database) -> None:
    """SQLite's table is made anew for it; a purchase that failed deletes its row, and call records keep the id."""
    alembic("upgrade", "0001")
    with empty.writing() as session:
        session.execute(text("INSERT INTO accounts (id, name, created_at) VALUES (1, 'Example', '2026-01-01')"))
        session.execute(text(INSERT_NUMBER), {"phone_number": "+14155550100"})

    alembic("upgrade", "head")

    with empty.writing() as session:
        session.execute(text(INSERT_NUMBER), {"phone_number": "+14155550101"})
        removed = session.scalars(select(Number.id).where(Number.phone_number == "+14155550101")).one()
        session.execute(delete(Number).where(Number.id == removed))
        session.execute(text(INSERT_NUMBER), {"phone_number": "+14155550102"})
    with empty.reading() as session:
        found = session.execute(select(Number.phone_number, Number.id).order_by(Number.id)).all()
    assert [phone_number for phone_number, _ in found] == ["+14155550100", "+14155550102"]
    assert found[-1].id > removed
