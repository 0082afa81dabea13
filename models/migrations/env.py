"""Run the migrations on the database that the settings name."""

import os

from alembic import context

from config.settings import load_settings
from models import Base, Database


def migrate() -> None:
    """Bring the database to the wanted revision, each migration in a transaction of its own.

    An SQLite file that this makes is nobody else's to read.
    """
    os.umask(0o077)
    database = Database(context.get_x_argument(as_dictionary=True).get("url") or load_settings().database)
    with database.engine.connect() as connection:
        context.configure(
            connection=connection.execution_options(clara_writes=True),
            target_metadata=Base.metadata,
            transaction_per_migration=True,
        )
        with context.begin_transaction():
            context.run_migrations()
    database.close()


migrate()
