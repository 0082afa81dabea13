"""A small sample to begin with: one business, an agent of each kind, two locations, numbers in every status."""

from contextlib import suppress
from dataclasses import dataclass

from sqlalchemy import select

from models import Account, Change, User
from operations.accounts import create_account
from operations.add_number import add_number
from operations.agents import create_agent
from operations.changes import Changes, Who
from operations.errors import Conflict, NotFound
from operations.locations import create_location
from operations.pause_number import pause_number
from operations.permissions import SYSTEM
from operations.release_number import release_number
from operations.twilio_account import TwilioAccount, Webhooks
from operations.twilio_errors import TwilioProblem
from operations.users import create_user

MADE_BY = "sample"
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
OTHER_NUMBERS = (
    (PAUSED, "Clara", "Airport", "active"),
    (PENDING, "Clara", "Airport", "pending"),
    (UNASSIGNED, None, "Downtown", "active"),
    (RELEASED, "Clara", "Downtown", "active"),
)


def create_first_super_admin(changes: Changes) -> str | None:
    """Create an account in an empty database, with a Super Admin; return the password, None if there was an account.

    Say the password before `create_sample` goes on: nobody can find it out afterwards. If a start was cut off after the
    account and nobody can log in yet, the next one goes on from there.
    """
    made = _made_so_far(changes)
    with changes.database.reading() as session:
        account_id = session.scalar(select(Account.id).order_by(Account.id).limit(1))
        has_user = session.scalar(select(User.id).limit(1)) is not None
    if account_id is not None and (has_user or "account.created" not in made):
        return None
    if account_id is None:
        account_id = create_account(changes, Who(None, MADE_BY, SYSTEM), "Sample Business")["id"]
    who = Who(account_id, MADE_BY, SYSTEM)
    # Whoever starts the router on their own machine is the one who reads the password there.
    password: str = create_user(changes, who, SUPER_ADMIN, "super_admin", must_change_password=False)["password"]
    return password


@dataclass(frozen=True, slots=True)
class SampleAtTwilio:
    """Where the sample's numbers are bought, and where their calls go. Never an account that pays for them."""

    twilio: TwilioAccount
    webhooks: Webhooks


def create_sample(changes: Changes, at_twilio: SampleAtTwilio | None = None) -> bool:
    """Fill the account of `create_first_super_admin`, or go on where an earlier start was cut off; no other account.

    The WebSocket and TwiML targets are those of the example agent (`simulator/example_agent.py`). Returns whether there
    was anything to do.
    """
    made = _made_so_far(changes)
    if "user.created" not in made or "number.released" in made:
        return False
    who = Who(made["user.created"], MADE_BY, SYSTEM)
    for agent in AGENTS:
        with suppress(Conflict):  # here and below: it was made before the start was cut off
            create_agent(changes, who, *agent)
    for location in LOCATIONS:
        with suppress(Conflict):
            create_location(changes, who, *location)
    for number in (*NUMBERS, *OTHER_NUMBERS):
        _take(changes, who, at_twilio, *number)
    _change_statuses(changes, who, at_twilio)
    return True


def _made_so_far(changes: Changes) -> dict[str, int | None]:
    """Return the actions of the sample that the audit trail tells of, each with its account."""
    with changes.database.reading() as session:
        query = select(Change.action, Change.account_id).where(Change.made_by == MADE_BY)
        return {row.action: row.account_id for row in session.execute(query)}


def _take(
    changes: Changes,
    who: Who,
    at_twilio: SampleAtTwilio | None,
    phone_number: str,
    agent: str | None,
    location: str,
    status: str = "active",
) -> None:
    """Buy a number and add it. Buying it once more, after a start that was cut off, changes nothing."""
    twilio = at_twilio.twilio if at_twilio else None
    if at_twilio:
        with suppress(TwilioProblem):
            at_twilio.twilio.buy(phone_number, phone_number, at_twilio.webhooks)
    with suppress(Conflict):
        add_number(changes, who, phone_number, agent, location, status=status, twilio=twilio)


def _change_statuses(changes: Changes, who: Who, at_twilio: SampleAtTwilio | None) -> None:
    """Release a number last of all: it tells that the sample is complete."""
    with suppress(Conflict, NotFound):  # somebody has done something else with it in between
        pause_number(changes, who, PAUSED, "part of the sample")
    with suppress(Conflict, NotFound):
        twilio = at_twilio.twilio if at_twilio else None
        release_number(changes, who, RELEASED, "part of the sample", twilio=twilio)
