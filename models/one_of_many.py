"""Conditions on however many values, which are one parameter: cheaper than one for each, and always one statement.

A statement that is asked again and again is prepared, and PostgreSQL soon keeps one plan of it for whatever values may
come (https://www.postgresql.org/docs/current/sql-prepare.html). In that plan nothing is looked up in a table of the
values: each row is compared with each of them. So whoever asks for many has it planned anew.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Self

import psycopg
from sqlalchemy import JSON, Boolean, ColumnElement, Dialect, TypeDecorator, bindparam
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import InstrumentedAttribute, Session
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.sql.operators import OperatorType
from sqlalchemy.types import TypeEngine


class Values(TypeDecorator[list[Any]]):
    """Values of a type as one parameter: an array, or JSON for SQLite."""

    impl = JSON
    cache_ok = True

    def __init__(self, of: TypeEngine[Any]) -> None:
        super().__init__()
        self.of = of

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Say how this database is given them."""
        return dialect.type_descriptor(ARRAY(self.of) if dialect.name == "postgresql" else JSON())


class OneOfMany(FunctionElement[bool]):
    """Whether a column is one of the values of a parameter."""

    type = Boolean()
    inherit_cache = True

    def self_group(self, against: OperatorType | None = None) -> Self:
        """Stand for itself: SQLite, which has no truth values, would be asked for “= 1”, and no index would do."""
        return self


def is_one_of(column: ColumnElement[Any] | InstrumentedAttribute[Any], parameter: str) -> OneOfMany:
    """Tell whether a column has one of the values in the list that is given as this parameter.

    For columns of texts and integers: SQLite is given the values as they are in JSON, whatever the column's type makes
    of one.
    """
    return OneOfMany(column, bindparam(parameter, type_=Values(column.type)))


@contextmanager
def planned_anew(session: Session) -> Iterator[None]:
    """Let what is asked in the block be planned for the very values that it is asked with."""
    connection = session.connection().connection.dbapi_connection
    if not isinstance(connection, psycopg.Connection):  # SQLite keeps no plans
        yield
        return
    usual, connection.prepare_threshold = connection.prepare_threshold, None
    try:
        yield
    finally:
        connection.prepare_threshold = usual


@compiles(OneOfMany)
def _in_array(element: OneOfMany, compiler: SQLCompiler, **options: Any) -> str:
    column, values = (compiler.process(part, **options) for part in element.clauses)
    return f"{column} = ANY ({values})"


@compiles(OneOfMany, "sqlite")
def _in_json(element: OneOfMany, compiler: SQLCompiler, **options: Any) -> str:
    column, values = (compiler.process(part, **options) for part in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({values}))"  # noqa: S608
