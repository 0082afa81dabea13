"""What tests of a number's page need: a number, and what an operation sees of it."""

from typing import Any

from operations.add_number import add_number
from operations.agents import create_agent
from operations.changes import Changes, Who
from operations.finding import find_number
from operations.locations import create_location
from operations.showing import show_number

NUMBER, LINE = "+14155550100", "+14155550150"
HOSTILE = "<script>alert(1)</script>"


def make_number(changes: Changes, who: Who, **different: Any) -> dict[str, Any]:
    """Make an active number of Clara's, Downtown; the account also has an agent Bruno and a location Airport."""
    create_agent(changes, who, "Clara", "phone", "+14155550182")
    create_agent(changes, who, "Bruno", "client", "front-desk")
    create_location(changes, who, "Downtown", "America/Los_Angeles")
    create_location(changes, who, "Airport")
    usual = {"phone_number": NUMBER, "agent": "Clara", "location": "Downtown", "label": "Main line"}
    return add_number(changes, who, **usual | different)[0]


def look_up(changes: Changes, who: Who, number_id: int) -> dict[str, Any]:
    """Return a number as the operations show it now."""
    with changes.database.reading() as session:
        return show_number(find_number(session, who.account, number_id))
