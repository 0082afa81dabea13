"""A real router that answers calls to one number, for everything that the HTTP layer has a say in."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app import create_app
from operations.accounts import create_account
from operations.add_number import add_number
from operations.agents import create_agent
from operations.changes import Who
from operations.permissions import SYSTEM
from tests.admin.api.conftest import api, api_of, other, stranger
from tests.admin.pages.conftest import person
from tests.conftest import PUBLIC_URL, Stack, migrate, settings_for
from tests.faults.service import Service
from tests.routing.conftest import patient, stored_calls

__all__ = ["api", "api_of", "other", "patient", "person", "stored_calls", "stranger"]

NUMBER, AGENT = "+14155550100", "+14155550182"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """gunicorn with one worker; its public URL is not its own address."""
    folder = tmp_path_factory.mktemp("attacked")
    url = f"sqlite:///{folder / 'clara.db'}"
    migrate(url)
    fill(Stack(url, ""), folder / "host")
    public = {"PUBLIC_URL": PUBLIC_URL, "REPEATED_CALLS_PER_MINUTE": "0"}
    with Service(Stack(url, ""), folder / "host", workers=1, **public) as running:
        yield running


def fill(stack: Stack, data_dir: Path) -> None:
    """Give NUMBER to an agent with a telephone."""
    app = create_app(settings_for(stack, data_dir))
    changes = app.extensions["changes"]
    who = Who(create_account(changes, Who(None, "test", SYSTEM), "Example Business")["id"], "test", SYSTEM)
    create_agent(changes, who, "Clara", "phone", AGENT)
    add_number(changes, who, NUMBER, "Clara")
    app.extensions["close"]()
