"""A plausible business: a dental group with four practices, whose telephone has been answered here for weeks."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Flask

from models import Call
from operations.add_number import add_number
from operations.agents import create_agent
from operations.changes import Changes, Who
from operations.finding import find_number
from operations.forwarded_lines import add_line
from operations.locations import create_location
from operations.pause import Pause
from operations.pause_number import pause_number
from operations.release_number import release_number
from operations.tokens import create_token
from operations.twilio_account import webhooks_of
from operations.users import create_user
from tests.conftest import ACCOUNT_SID

AGENTS = (
    ("Reception assistant", "stream", "wss://agents.example.com/reception", "+14155550182"),
    ("Booking assistant", "conversation_relay", "wss://agents.example.com/booking", "+14155550182"),
    ("Emergency line", "phone", "+14155550182", None),
    ("Front desk", "sip", "sip:front-desk@sip.example.com;transport=tls", "+14155550183"),
    ("Billing questions", "redirect", "https://agents.example.com/billing.xml", None),
    ("Web chat desk", "client", "web-chat", None),
)
LOCATIONS = (
    ("Downtown", "America/Los_Angeles"),
    ("Mission Bay", "America/Los_Angeles"),
    ("Oakland", "America/Los_Angeles"),
    ("Denver", "America/Denver"),
)
# Phone number, agent, location, label, and how many calls come in on a day of the week.
NUMBERS: tuple[tuple[str, str | None, str | None, str, int], ...] = (
    ("+14155550100", "Reception assistant", "Downtown", "Main line", 9),
    ("+14155550101", "Booking assistant", "Downtown", "Appointments", 7),
    ("+14155550102", "Reception assistant", "Mission Bay", "Main line", 5),
    ("+14155550103", "Emergency line", "Mission Bay", "Emergencies", 2),
    ("+14155550104", "Booking assistant", "Oakland", "Appointments", 4),
    ("+14155550105", "Front desk", "Oakland", "Main line", 3),
    ("+14155550106", "Billing questions", "Downtown", "Billing", 2),
    ("+14155550107", "Booking assistant", "Mission Bay", "Website button", 3),
    ("+14155550108", None, "Oakland", "New patients", 0),
    ("+14155550109", "Front desk", "Downtown", "Old advertisement", 1),
)
PAUSED, RELEASED, LINE = "+14155550107", "+14155550109", "+14155550150"
DAYS = 35
SEED = 4


def make_business(app: Flask, who: Who) -> dict[str, int]:
    """Fill an account; return the ids of its numbers by phone number, in E.164."""
    changes: Changes = app.extensions["changes"]
    for agent in AGENTS:
        create_agent(changes, who, *agent)
    for location in LOCATIONS:
        create_location(changes, who, *location)
    twilio, webhooks = app.extensions["twilio"], webhooks_of(app.extensions["settings"].public_base)
    ids = {}
    for phone_number, agent_name, location_name, label, _ in NUMBERS:
        twilio.buy(phone_number, label, webhooks)
        number, _ = add_number(changes, who, phone_number, agent_name, location_name, label, twilio=twilio)
        ids[phone_number] = number["id"]
    _store_calls(changes, who)
    pause_number(changes, who, PAUSED, "the website is being rebuilt", Pause("message", "Please call our main line."))
    release_number(changes, who, RELEASED, "the advertisement ended", twilio=twilio)
    add_line(changes, who, "+14155550100", LINE)
    create_user(changes, who, "reception@example.com", "member")
    create_user(changes, who, "operations@example.com", "admin")
    create_token(changes, who, "member", "Booking system")
    return ids


def _store_calls(changes: Changes, who: Who) -> None:
    """Store some weeks of calls: few at the weekend, most of them handed to an agent."""
    chance = random.Random(SEED)
    now = datetime.now(UTC)
    with changes.database.writing() as session:
        for phone_number, *_, per_day in NUMBERS:
            number = find_number(session, who.account, phone_number)
            for day in range(DAYS):
                noon = now - timedelta(days=day)
                usual = per_day // 3 if noon.weekday() > 4 else per_day
                for _ in range(chance.randint(usual // 2, usual + 1) if usual else 0):
                    at = noon - timedelta(seconds=chance.randint(30, 80_000))
                    session.add(_call(chance, number, at, is_paused=phone_number == PAUSED and day < 4))


def _call(chance: random.Random, number: Any, at: datetime, is_paused: bool) -> Call:
    seconds = chance.randint(20, 340)
    status = "busy" if is_paused else chance.choices(["completed", "no-answer", "failed"], [30, 3, 1])[0]
    return Call(
        account_sid=ACCOUNT_SID,
        call_sid=f"CA{chance.getrandbits(128):032x}",
        account_id=number.account_id,
        number_id=number.id,
        agent_id=number.agent_id,
        agent_name=number.agent and number.agent.name,
        location_id=number.location_id,
        location_name=number.location and number.location.name,
        from_number=f"+141555501{chance.randint(90, 99)}",
        to_number=number.phone_number,
        direction="inbound",
        decision="paused" if is_paused else "routed",
        route_source="worker",
        call_status=status,
        duration_seconds=seconds if status == "completed" else 0,
        received_at=at,
        ended_at=at + timedelta(seconds=seconds if status == "completed" else 4),
    )
