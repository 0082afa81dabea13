"""Serve the router for a plausible business in a folder of its own, for what is run by hand and no test."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from flask import Flask

from app import create_app
from operations.accounts import create_account
from operations.changes import Changes, Who
from operations.permissions import SYSTEM
from operations.twilio_account import webhooks_of
from operations.users import create_user
from simulator.rest import RunningSimulator, create_simulator
from tests.browser.conftest import serving
from tests.browser.dental_business import make_business
from tests.conftest import Stack, migrate, settings_for
from tests.servers.free_port import find_free_port

EMAIL, MEMBER_EMAIL = "admin@example.com", "front-desk@example.com"
BOUGHT_ELSEWHERE, POINTED_ELSEWHERE = "+14155550140", "+14155550106"


@dataclass(frozen=True)
class RunningBusiness:
    """Where it is, and the passwords of its Super Admin, EMAIL, and of a Member, MEMBER_EMAIL, by their addresses."""

    url: str
    passwords: dict[str, str]
    who: Who
    changes: Changes


@contextmanager
def running_business(folder: Path) -> Iterator[RunningBusiness]:
    """Serve it meanwhile, on the embedded database and with a simulated Twilio."""
    port = find_free_port()
    url, database_url = f"http://127.0.0.1:{port}", f"sqlite:///{folder / 'clara.db'}"
    migrate(database_url)
    with RunningSimulator(create_simulator(folder / "simulator")) as twilio:
        here = {"public_url": url, "port": port, "twilio_api_url": twilio.base_url}
        simulated = {"twilio_account_sid": "", "twilio_auth_token": (), "secret_key": "5" * 64}
        app = create_app(settings_for(Stack(database_url, ""), folder, **here, **simulated))
        app.extensions["keeper"].work()
        app.extensions["keeper"].start()
        app.extensions["twilio_last_known"].ask()
        changes = app.extensions["changes"]
        account_id = create_account(changes, Who(None, EMAIL, SYSTEM), "Bayside Dental Group")["id"]
        who = Who(account_id, EMAIL, SYSTEM)
        make_business(app, who)
        _differ(app)
        passwords = {
            email: create_user(changes, who, email, role, must_change_password=False)["password"]
            for email, role in ((EMAIL, "super_admin"), (MEMBER_EMAIL, "member"))
        }
        with serving(app, port):
            yield RunningBusiness(url, passwords, who, changes)
        app.extensions["close"]()


def _differ(app: Flask) -> None:
    """Let somebody have bought a number in Twilio's console, and have pointed another one elsewhere there."""
    twilio = app.extensions["twilio"]
    twilio.buy(BOUGHT_ELSEWHERE, "Old fax", webhooks_of(app.extensions["settings"].public_base))
    owned = twilio.find(POINTED_ELSEWHERE)
    twilio.configure(owned.sid, webhooks_of("https://old-system.example.com"))
