"""A small business whose agents and locations are looked at."""

from typing import Any

from operations.add_number import add_number
from operations.agents import create_agent, get_agent
from operations.changes import Changes, Who
from operations.finding import find_number
from operations.locations import create_location, get_location
from operations.showing import show_number

MAIN, SALES, FREE = "+14155550100", "+14155550101", "+14155550102"
HOSTILE = "<script>alert('x')</script>"


def make_business(changes: Changes, who: Who) -> None:
    """MAIN is Clara's (agent 1) Downtown (location 1), SALES is Bruno's (2) at the Airport (2), FREE is nobody's."""
    create_agent(changes, who, "Clara", "phone", "+14155550182", "+14155550183")
    create_agent(changes, who, "Bruno", "client", "front-desk")
    create_location(changes, who, "Downtown", "America/Los_Angeles")
    create_location(changes, who, "Airport", "America/New_York")
    add_number(changes, who, MAIN, "Clara", "Downtown", "Main line")
    add_number(changes, who, SALES, "Bruno", "Airport", "Sales")
    add_number(changes, who, FREE)


def number_of(changes: Changes, who: Who, phone_number: str) -> dict[str, Any]:
    """Return a number as it is shown."""
    with changes.database.reading() as session:
        return show_number(find_number(session, who.account, phone_number))


def agent_of(changes: Changes, who: Who, name: str | int) -> dict[str, Any]:
    with changes.database.reading() as session:
        return get_agent(session, who.account, name)


def location_of(changes: Changes, who: Who, name: str | int) -> dict[str, Any]:
    with changes.database.reading() as session:
        return get_location(session, who.account, name)
