"""docs/people.md tells the permissions as the table in the code has them."""

import re

from operations.permissions import LEAST_ROLES, ROLE_NAMES
from tests.conftest import PROJECT


def test_page_has_every_action_with_its_least_role() -> None:
    """In the order of the table, and no other action."""
    page = (PROJECT / "docs" / "people.md").read_text()

    told = re.findall(r"^\| `([a-z_.]+)` \| ([A-Za-z ]+) \|$", page, re.MULTILINE)

    assert told == [(action, ROLE_NAMES[role]) for action, role in LEAST_ROLES.items()]
