"""Run the migrations on the database that the settings name."""

import os
from contextlib import closing

from alembic import context

from config.settings import load_settings
from models import Base, Database

# Everybody who uses the table waits behind a migration that waits for its lock (docs/migrations.md).
LOCK_SECONDS = 5


def migrate() -> None:
    """Bring the database to the wanted revision, each migration in a transaction of its own.

    An SQLite file that this makes is nobody else's to read. Raises OperationalError when PostgreSQL gives no lock
    within LOCK_SECONDS; the migrations before stay done.
    """
    os.umask(0o077)
    url = context.get_x_argument(as_dictionary=True).get("url") or load_settings().database
    with closing(Database(url)) as database, database.engine.connect() as connection:
        if not database.is_sqlite:
            connection.exec_driver_sql(f"SET lock_timeout = '{LOCK_SECONDS}s'")
            connection.commit()
        context.configure(
            connection=connection.execution_options(clara_writes=True),
            target_metadata=Base.metadata,
            transaction_per_migration=True,
        )
        with context.begin_transaction():
            context.run_migrations()


migrate()
