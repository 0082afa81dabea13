"""The way to the database: one engine a process, with explicit transactions on SQLite as on PostgreSQL."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, cast

import psycopg
from sqlalchemy import Connection, Engine, create_engine, event, func, select
from sqlalchemy.orm import Session

from models.base import now

SQLITE_BUSY_SECONDS = 5
POSTGRES_ARGUMENTS = {
    "connect_timeout": 2,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
    "application_name": "clara-voice-router",
}


class Database:
    """Sessions on one engine. Reads are short; writes take SQLite's write lock at their start, not in their middle."""

    def __init__(self, url: str, **engine_options: Any) -> None:
        self.engine = _sqlite_engine(url) if url.startswith("sqlite") else _postgres_engine(url, engine_options)

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Open a session that sees one snapshot throughout and is rolled back at the end."""
        with self.engine.connect() as connection:
            if not self.is_sqlite:  # a transaction in SQLite is a snapshot as it is
                connection = connection.execution_options(isolation_level="REPEATABLE READ")
            with Session(connection, expire_on_commit=False) as session:
                yield session

    @contextmanager
    def reading_fresh(self) -> Iterator[Connection]:
        """Open a connection for single statements, each of which sees everything committed before it."""
        with self.engine.connect() as connection:
            if not self.is_sqlite:
                connection = connection.execution_options(isolation_level="AUTOCOMMIT")
            yield connection

    @contextmanager
    def writing(self, connection: Connection | None = None) -> Iterator[Session]:
        """Open a session that commits at the end, or rolls back when the block raises or has rolled back itself.

        On a connection just taken out of the pool, if one is given; it is put back at the end.
        """
        with connection or self.engine.connect() as taken:
            writer = taken.execution_options(clara_writes=True)
            with Session(writer, expire_on_commit=False) as session:
                yield session
                session.commit()

    @contextmanager
    def writing_once(self) -> Iterator[Connection]:
        """Open a connection for one statement that is a transaction of its own."""
        with self.engine.connect() as connection:
            yield connection.execution_options(
                **({"clara_writes": True} if self.is_sqlite else {"isolation_level": "AUTOCOMMIT"})
            )
            connection.commit()

    def own_connection(self) -> psycopg.Connection[Any]:
        """Open a connection to PostgreSQL outside of the pool, in autocommit mode, for its caller to close."""
        arguments, options = self.engine.dialect.create_connect_args(self.engine.url)
        options.update(POSTGRES_ARGUMENTS)
        connection = cast(psycopg.Connection[Any], self.engine.dialect.connect(*arguments, **options))
        connection.autocommit = True
        return connection

    def forget_connections(self) -> None:
        """Drop the pool without closing what it holds: for a child process after a fork."""
        self.engine.dispose(close=False)

    def close(self) -> None:
        self.engine.dispose()


def database_now(session: Session) -> datetime:
    """Return this moment by the clock of the database, which all hosts share; an embedded one has its host's."""
    if session.get_bind().dialect.name == "sqlite":
        return now()
    moment: datetime = session.execute(select(func.clock_timestamp())).scalar_one()
    return moment


def _postgres_engine(url: str, options: dict[str, Any]) -> Engine:
    arguments = POSTGRES_ARGUMENTS | options.pop("connect_args", {})
    usual = {"pool_size": 8, "pool_timeout": 5, "pool_pre_ping": True}
    return create_engine(url, hide_parameters=True, connect_args=arguments, **(usual | options))


def _sqlite_engine(url: str) -> Engine:
    """Make an engine whose transactions begin when SQLAlchemy says so, in WAL mode with foreign keys on.

    Python's own sqlite3 opens transactions late and only for writes, which gives reads no snapshot
    (https://docs.sqlalchemy.org/en/21/dialects/sqlite.html#serializable-isolation-savepoints-transactional-ddl).
    """
    engine = create_engine(
        url, hide_parameters=True, connect_args={"timeout": SQLITE_BUSY_SECONDS, "check_same_thread": False}
    )
    if engine.url.database:
        Path(engine.url.database).parent.mkdir(parents=True, exist_ok=True)

    @event.listens_for(engine, "connect")
    def set_up(dbapi_connection: Any, _record: Any) -> None:
        dbapi_connection.isolation_level = None
        dbapi_connection.execute("PRAGMA journal_mode = WAL")
        dbapi_connection.execute("PRAGMA synchronous = FULL")
        dbapi_connection.execute("PRAGMA foreign_keys = ON")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("clara_writes")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine
