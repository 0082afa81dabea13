"""An empty database of each kind, to migrate."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config

from models import Database
from tests.conftest import PROJECT, Stack

Alembic = Callable[[str, str], None]


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database without any table."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    postgres = request.getfixturevalue("postgres")
    url = postgres.create_database()
    yield url.replace("postgresql://", "postgresql+psycopg://")
    postgres.drop_database(url)


@pytest.fixture
def alembic(empty_url: str) -> Callable[[str, str], None]:
    """Run `alembic upgrade|downgrade REVISION` on the empty database."""

    def run(direction: str, revision: str) -> None:
        config = Config(toml_file=PROJECT / "pyproject.toml")
        config.cmd_opts = type("Options", (), {"x": [f"url={empty_url}"]})()
        getattr(command, direction)(config, revision)

    return run


@pytest.fixture
def database(stack: Stack) -> Iterator[Database]:
    """A migrated database, on SQLite and on PostgreSQL in turn."""
    opened = Database(stack.database_url.replace("postgresql://", "postgresql+psycopg://"))
    yield opened
    opened.close()


@pytest.fixture
def empty(empty_url: str) -> Iterator[Database]:
    """The empty database, opened."""
    opened = Database(empty_url)
    yield opened
    opened.close()
