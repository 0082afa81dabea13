"""Insert many rows at once, leaving out those whose key is there already."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Table, text
from sqlalchemy.dialects import sqlite
from sqlalchemy.orm import Session

from config.json_text import as_json
from models.base import Base


def insert_new(
    session: Session, kind: type[Base], rows: Sequence[dict[str, Any]], returned: Sequence[str] = ()
) -> set[tuple[Any, ...]]:
    """Insert `rows`, all of the same columns; return some columns, if any are asked for, of those that are new.

    PostgreSQL gets all rows as one JSON document: as single parameters they would cost the client four times as much.
    Raises what the database raises when a value does not fit.
    """
    table = Base.metadata.tables[kind.__tablename__]
    if session.get_bind().dialect.name == "postgresql":
        statement = text(_postgres_statement(session, table, rows[0], returned))
        inserted = session.execute(statement, {"rows": as_json(rows).decode()})
    else:
        insert = sqlite.insert(table).on_conflict_do_nothing()
        columns = [table.c[name] for name in returned]
        inserted = session.execute(insert.returning(*columns) if columns else insert, list(rows))
    return {tuple(row) for row in inserted} if returned else set()


def _postgres_statement(session: Session, table: Table, row: dict[str, Any], returned: Sequence[str]) -> str:
    """Write the statement; every name in it is a column's of our own tables."""
    names = ", ".join(row)
    typed = ", ".join(f"{name} {table.c[name].type.compile(session.get_bind().dialect)}" for name in row)
    returning = f" RETURNING {', '.join(returned)}" if returned else ""
    return (
        f"INSERT INTO {table.name} ({names}) SELECT {names} "  # noqa: S608
        f"FROM json_to_recordset(CAST(:rows AS json)) AS r({typed}) ON CONFLICT DO NOTHING{returning}"
    )
