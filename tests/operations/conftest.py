"""A small business to change, and a second one that must not be touched."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
from flask import Flask

from operations.accounts import create_account
from operations.add_number import add_number
from operations.agents import create_agent
from operations.changes import Changes, Who
from operations.locations import create_location
from operations.permissions import SYSTEM
from operations.twilio_account import TwilioAccount
from simulator.rest import Provisioning, RunningSimulator, create_simulator
from tests.conftest import ACCOUNT_SID, AUTH_TOKEN
from tests.operations.shop import Shop

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


@pytest.fixture
def twilio(twilio_server: RunningSimulator, app: Flask) -> TwilioAccount:
    """The account at the simulated Twilio."""
    return app.extensions["twilio"]


@pytest.fixture
def at_twilio(twilio_server: RunningSimulator) -> Callable[..., None]:
    """Change a number's settings as somebody in Twilio's console would: `at_twilio(sid, voice_url="https://…")`."""
    account = twilio_server.simulator.account
    path = f"{twilio_server.base_url}/2010-04-01/Accounts/{account.account_sid}/IncomingPhoneNumbers"

    def change(sid: str, **settings: str) -> None:
        form = {"".join(word.title() for word in name.split("_")): value for name, value in settings.items()}
        login = (account.account_sid, account.auth_token)
        requests.post(f"{path}/{sid}.json", form, auth=login, timeout=5).raise_for_status()

    return change


@pytest.fixture
def shop(changes: Changes, app: Flask, twilio_server: RunningSimulator) -> Shop:
    """An account that buys at the simulated Twilio."""
    return Shop(changes, app.extensions["twilio"], twilio_server)


@pytest.fixture
def slow_shop(shop: Shop) -> Iterator[Shop]:
    """The same, where a number is pending for two more answers after the one to its purchase."""
    with RunningSimulator(create_simulator(shop.server.simulator.folder, Provisioning(reads=2))) as server:
        twilio = TwilioAccount(ACCOUNT_SID, ACCOUNT_SID, AUTH_TOKEN, server.base_url)
        yield Shop(shop.changes, twilio, server)
        twilio.close()
