"""A small business to change, and a second one that must not be touched."""

from typing import Any

import pytest

from operations.add_number import add_number
from operations.agents import create_agent
from operations.changes import Changes, Who
from operations.locations import create_location
from operations.people import create_account
from operations.permissions import SYSTEM

NUMBER = "+14155550100"
ABSENT = "+14155550149"


@pytest.fixture
def number(changes: Changes, who: Who) -> dict[str, Any]:
    """An active number of Clara's, Downtown; the account also has an agent Bruno and a location Airport."""
    create_agent(changes, who, "Clara", "phone", "+14155550182", "+14155550183")
    create_agent(changes, who, "Bruno", "client", "front-desk")
    create_location(changes, who, "Downtown", "America/Los_Angeles")
    create_location(changes, who, "Airport")
    return add_number(changes, who, NUMBER, "Clara", "Downtown", "Main line")[0]


@pytest.fixture
def other(changes: Changes) -> Who:
    """Somebody of another account, which has an agent Zoe and a location Harbour."""
    stranger = Who(create_account(changes, Who(None, "test", SYSTEM), "Other Business")["id"], "stranger", SYSTEM)
    create_agent(changes, stranger, "Zoe", "phone", "+14155550184")
    create_location(changes, stranger, "Harbour")
    return stranger
