"""A small sample to begin with: one business, an agent of each kind, two locations, numbers in every status."""

from sqlalchemy import select

from models import Account
from operations.add_number import add_number
from operations.agents import create_agent
from operations.changes import Changes, Who
from operations.locations import create_location
from operations.pause_number import pause_number
from operations.people import create_account, create_user
from operations.release_number import release_number

SUPER_ADMIN = "admin@example.com"
AGENTS = (
    ("Clara", "stream", "wss://localhost:8765/stream", "+14155550181"),
    ("Clara Relay", "conversation_relay", "wss://localhost:8765/relay", "+14155550181"),
    ("SIP Reception", "sip", "sip:reception@sip.example.com;transport=tls", "+14155550181"),
    ("Front Desk", "phone", "+14155550182", None),
    ("Browser Desk", "client", "front-desk", "+14155550182"),
    ("Own TwiML", "redirect", "http://127.0.0.1:8766/twiml", None),
)
LOCATIONS = (("Downtown", "America/Los_Angeles"), ("Airport", "America/New_York"))
NUMBERS = (
    ("+14155550100", "Clara", "Downtown"),
    ("+14155550101", "Clara Relay", "Downtown"),
    ("+14155550102", "SIP Reception", "Airport"),
    ("+14155550103", "Front Desk", "Airport"),
    ("+14155550104", "Browser Desk", "Airport"),
    ("+14155550105", "Own TwiML", "Downtown"),
)
PAUSED, PENDING, UNASSIGNED, RELEASED = "+14155550106", "+14155550107", "+14155550108", "+14155550109"


def create_sample(changes: Changes) -> str | None:
    """Create the sample in an empty database; return the first Super Admin's password, or None if there is an account.

    The WebSocket and TwiML targets are those of the example agent (`simulator/example_agent.py`).
    """
    with changes.database.reading() as session:
        if session.scalar(select(Account.id).limit(1)) is not None:
            return None
    account = create_account(changes, Who(None, "sample"), "Sample Business")
    who = Who(account["id"], "sample")
    password: str = create_user(changes, who, SUPER_ADMIN, "super_admin")["password"]
    for agent in AGENTS:
        create_agent(changes, who, *agent)
    for location in LOCATIONS:
        create_location(changes, who, *location)
    for number in NUMBERS:
        add_number(changes, who, *number)
    _add_numbers_in_other_statuses(changes, who)
    return password


def _add_numbers_in_other_statuses(changes: Changes, who: Who) -> None:
    add_number(changes, who, PAUSED, "Clara", "Airport")
    pause_number(changes, who, PAUSED, "part of the sample")
    add_number(changes, who, PENDING, "Clara", "Airport", status="pending")
    add_number(changes, who, UNASSIGNED, None, "Downtown")
    add_number(changes, who, RELEASED, "Clara", "Downtown")
    release_number(changes, who, RELEASED, "part of the sample")
