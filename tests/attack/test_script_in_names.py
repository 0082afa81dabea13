"""Script in every text that somebody can choose, on every page that there is: it is text, and nothing else."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import String, update
from werkzeug.test import TestResponse

from models import Base, Change
from operations.add_number import add_number
from operations.agents import create_agent
from operations.changes import Changes, Who
from operations.forwarded_lines import add_line
from operations.locations import create_location
from operations.pause import Pause
from operations.pause_number import pause_number
from operations.tokens import create_token
from operations.twilio_account import webhooks_of
from operations.users import create_user
from routing.answering import REPEATED
from simulator.rest import RunningSimulator
from tests.admin.pages.conftest import Person
from tests.attack.conftest import AGENT, NUMBER
from tests.attack.every_page import addresses
from tests.conftest import PROJECT, PUBLIC_URL
from tests.operations.past_calls import store_call

LINE, ELSEWHERE = "+14155550150", "+14155550110"
# Texts that nobody can choose: ours, a vendor's checked ones, hashes. All others get script in them.
NOT_CHOSEN = {
    *("accounts.name", "agents.handoff_kind", "locations.timezone", "users.email", "users.role", "tokens.role"),
    *("users.password_hash", "users.totp_secret", "tokens.token_hash", "sessions.secret_hash", "changes.id"),
    *("changes.action", "changes.made_by", "calls.call_sid", "calls.account_sid", "calls.decision"),
    *("calls.reason", "calls.to_number", "numbers.status", "numbers.paused_treatment", "numbers.monthly_price"),
}
TABLES = (
    "accounts",
    "agents",
    "locations",
    "numbers",
    "users",
    "tokens",
    "browser_sessions",
    "calls",
    "forwarded_lines",
)


def hostile(what: str) -> str:
    """Return what would end an attribute, an element or a string, and begin an element called xss."""
    return f"\"'></script><xss a={what}>"


class Elements(HTMLParser):
    """Finds elements called xss, and addresses that are script."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        is_script = any((value or "").lower().lstrip().startswith("javascript:") for _, value in attrs)
        if tag == "xss" or is_script or any(name.startswith("on") for name, _ in attrs):
            self.found.append(self.get_starttag_text() or tag)


@pytest.fixture
def ids(app: Flask, changes: Changes, who: Who, twilio_server: RunningSimulator) -> dict[str, list[Any]]:
    """A business in which everything that can be named has a hostile name; ids by what pages call them."""
    agent = create_agent(changes, who, hostile("agent"), "phone", AGENT)
    location = create_location(changes, who, hostile("location"))
    number = add_number(changes, who, NUMBER, agent["id"], location["id"], hostile("label"))[0]
    line = add_line(changes, who, number["id"], LINE)[0]
    other = add_number(changes, who, "+14155550101", agent["id"], None, hostile("label"))[0]
    pause_number(changes, who, other["id"], hostile("reason"), Pause("message", hostile("message")))
    user = create_user(changes, who, "zoe@example.com", "member")
    token = create_token(changes, who, "member", hostile("token"))
    app.extensions["twilio"].buy(ELSEWHERE, hostile("twilio")[:64], webhooks_of(PUBLIC_URL))
    said = {
        name: hostile(name)[:32] for name in ("call_status", "handoff_target", "problem", "direction", "error_code")
    }
    told = said | {name: hostile(name) for name in ("from_number", "forwarded_from", "agent_name", "location_name")}
    about = {"number_id": number["id"], "agent_id": agent["id"], "location_id": location["id"], "to_number": NUMBER}
    reasons = (REPEATED, hostile("reason"))
    calls = [
        store_call(changes, who.account_id, datetime.now(UTC), reason=reason, **told | about) for reason in reasons
    ]
    calls.append(store_call(changes, who.account_id, datetime.now(UTC), **about | {"to_number": hostile("to")}))
    return {
        "number_id": [number["id"], other["id"]],
        "agent_id": [agent["id"]],
        "location_id": [location["id"]],
        "holder_id": [agent["id"]],
        "kinds": ["agents", "locations"],
        "line_id": [line["id"]],
        "user_id": [user["id"]],
        "token_id": [token["id"]],
        "call_sid": calls,
    }


def write_into_every_column(changes: Changes) -> None:
    """Put script into each text column of what pages show, whatever would have been refused on the way there."""
    with changes.database.writing() as session:
        for table in (Base.metadata.tables[name] for name in TABLES):
            texts = [column for column in table.columns if type(column.type) is String and not column.primary_key]
            for column in texts:
                if f"{table.name}.{column.name}" not in NOT_CHOSEN and (column.type.length or 0) > 60:
                    session.execute(update(table).values({column: hostile(column.name)[: column.type.length]}))


def asked_parameters(app: Flask, address: str) -> list[str]:
    """Return the names of everything that the module of a page reads from its address."""
    view = app.url_map.bind("localhost").match(address)[0].removeprefix("pages.")
    modules = [path.read_text() for path in (PROJECT / "admin" / "pages").glob("*.py")]
    [text] = [module for module in modules if f"\ndef {view}(" in module]
    named = re.findall(r"args\.get\(\"(\w+)\"", text)
    groups = re.findall(r"^(?:FILTERS|KEPT|WISHES)\b[^=]*= \((.*?)\)$", text, re.MULTILINE | re.DOTALL)
    return sorted({*named, *re.findall(r"\"(\w+)\"", "".join(groups)), "from", "numbers"})


@pytest.mark.parametrize("stack", ["sqlite"], indirect=True)
def test_script_is_text_wherever_it_is_shown(
    app: Flask, changes: Changes, who: Who, person: Callable[..., Person], ids: dict[str, list[Any]]
) -> None:
    """Names, labels, reasons, callers, browsers, friendly names; in the audit trail as they once were."""
    somebody = person("super_admin")
    with changes.database.reading() as session:
        ids["n"] = [change.n for change in session.query(Change)]
    write_into_every_column(changes)
    pages = {address: somebody.get(address) for address in addresses(app, ids)}
    pages["agents"] = somebody.get(
        f"/numbers/selected/pause?numbers={ids['number_id'][0]}&numbers={ids['number_id'][1]}"
    )
    shown = "".join(page.text for page in pages.values())

    assert {address: page.status_code for address, page in pages.items() if page.status_code >= 500} == {}
    assert {address: found for address, page in pages.items() if (found := elements(page))} == {}
    unseen = [
        what
        for what in ("agent", "location", "label", "token", "message", "from_number")
        if f"xss a={what}" not in shown
    ]
    assert unseen == []


@pytest.mark.parametrize("stack", ["sqlite"], indirect=True)
def test_script_in_an_address_is_text(app: Flask, person: Callable[..., Person], ids: dict[str, list[Any]]) -> None:
    """Every parameter of every page, one at a time: it is refused, or shown as it was typed."""
    somebody = person("super_admin")
    ids["n"] = [1]
    tried, wrong = set(), []
    for address in addresses(app, {name: values[:1] for name, values in ids.items()}):
        for name in asked_parameters(app, address):
            tried.add(name)
            page = somebody.get(address, query_string={name: hostile(name)})
            if elements(page) or page.status_code >= 500:
                wrong.append((address, name, page.status_code))

    assert wrong == []
    assert len(tried) > 20


def elements(page: TestResponse) -> list[str]:
    """Return the elements of a page that are not ours. What is no page is read to its end; no browser runs it."""
    parser = Elements()
    parser.feed(page.text)
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    return parser.found if page.mimetype == "text/html" else []
