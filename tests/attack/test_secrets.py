"""Secrets are planted, everything is done with them that can be, and then they are looked for everywhere."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from redis import Redis
from sqlalchemy import select

from admin.api import ENDPOINTS
from admin.api.answers import PREFIX
from models import Base
from operations.accounts import create_account
from operations.add_number import add_number
from operations.agents import create_agent
from operations.changes import Changes, Who
from operations.permissions import SYSTEM
from operations.tokens import create_token
from operations.users import create_user, set_password
from simulator.rest import RunningSimulator
from simulator.signature import sign
from tests.admin.api.usual_requests import path_of, usual_request
from tests.attack.conftest import AGENT, NUMBER
from tests.attack.every_page import addresses
from tests.conftest import AUTH_TOKEN, PUBLIC_URL, Stack, call_parameters

CALLER, CALL_SID = "+14155550199", "CA" + "1" * 32
OLD_TOKEN, API_SECRET, SHARED_KEY, SECRET_KEY = (
    "planted-old-token",
    "planted-api-secret",
    "planted-shared",
    "planted-key-" * 4,
)
PLANTED = {
    "twilio_auth_token": (AUTH_TOKEN, OLD_TOKEN),
    "twilio_api_key": "SK" + "0" * 32,
    "twilio_api_secret": API_SECRET,
    "twilio_shared_keys": (f"key-1:{SHARED_KEY}",),
    "secret_key": SECRET_KEY,
}


class Business:
    """An account with one of everything, and what must be found nowhere: `secrets`."""

    def __init__(self, app: Flask, changes: Changes, who: Who) -> None:
        self.app, self.client, self.changes = app, app.test_client(), changes
        agent = create_agent(changes, who, "Clara", "phone", AGENT)
        number, outcome = add_number(changes, who, NUMBER, "Clara")
        made = create_user(changes, who, "zoe@example.com", "super_admin", must_change_password=False)
        self.password = set_password(changes, who, made["id"])["password"]
        with changes.making(who, "user.edited") as draft:
            draft.session.execute(Base.metadata.tables["users"].update().values(must_change_password=False))
        self.token = create_token(changes, who, "super_admin")
        self.ids = {
            "agent_id": [agent["id"]],
            "holder_id": [agent["id"]],
            "kinds": ["agents"],
            "location_id": [1],
            "number_id": [number["id"]],
            "line_id": [1],
            "user_id": [made["id"]],
            "token_id": [self.token["id"]],
            "call_sid": [CALL_SID],
            "n": list(range(1, outcome.n + 5)),
        }
        self.secrets = [AUTH_TOKEN, OLD_TOKEN, API_SECRET, SHARED_KEY, SECRET_KEY]
        self.secrets += [made["password"], self.password, self.token["token"]]

    def webhook(self, path: str = "", token: str = AUTH_TOKEN, **changed: str) -> None:
        form = call_parameters(**changed)
        signature = sign(f"{PUBLIC_URL}/twilio/voice{path}", form, token)
        self.client.post(f"/twilio/voice{path}", data=form, headers={"X-Twilio-Signature": signature})

    def call(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Take calls, good and bad ones, and one at which our own code fails."""
        for token in (AUTH_TOKEN, OLD_TOKEN, "wrong"):
            self.webhook(token=token)
        self.webhook("/status", CallStatus="completed", CallDuration="61")
        self.webhook("/handoff-ended", DialCallStatus="failed")
        self.webhook(To="nobody's")
        self.client.get(f"/twilio/voice?From=%2B{CALLER[1:]}", headers={"X-Twilio-Signature": "x"})
        with monkeypatch.context() as broken:
            broken.setattr(self.app.extensions["call_path"].lookup, "find", lambda _: 1 / 0)
            self.webhook(CallSid="CA" + "2" * 32)
        self.app.extensions["keeper"].work()

    def log_in(self) -> None:
        """Log in, after a wrong password, with whatever cookie that gives."""
        for password in ("planted-wrong-password", self.password):
            answer = self.client.post("/log-in", data={"email": "zoe@example.com", "password": password})
        assert answer.status_code == 303
        cookie = next(iter(self.client._cookies.values()))  # there is no other way to list them
        self.secrets += ["planted-wrong-password", cookie.value]

    def everything_shown(self) -> Iterator[tuple[str, str]]:
        """Yield where and what: every page, every answer of the API to a GET, health and metrics."""
        for address in [*addresses(self.app, self.ids), "/metrics", "/readyz", "/healthz"]:
            yield address, self.client.get(address).text
        first = {name: values[0] for name, values in self.ids.items()}
        for endpoint in (endpoint for endpoint in ENDPOINTS if endpoint.method == "GET"):
            headers = {"Authorization": f"Bearer {self.token['token']}"}
            path = PREFIX + path_of(endpoint, first)
            yield path, self.app.test_client().get(path, headers=headers, **usual_request(endpoint)).text

    def everything_stored(self, redis_url: str) -> Iterator[tuple[str, str]]:
        """Yield where and what: every row of every table, every key of Redis, every file of the host."""
        with self.changes.database.reading() as session:
            for table in Base.metadata.sorted_tables:
                yield table.name, repr(session.execute(select(table)).all())
        if redis_url:
            with Redis.from_url(redis_url) as redis:
                for key in redis.scan_iter():
                    yield f"redis {key!r}", repr(redis.hgetall(key) if redis.type(key) == b"hash" else redis.dump(key))
        folder: Path = self.app.extensions["settings"].data_dir
        for path in folder.rglob("*"):
            if path.is_file() and "simulator" not in path.parts:
                yield str(path.relative_to(folder)), path.read_bytes().decode("latin-1")


@pytest.fixture
def business(make_app: Callable[..., Flask], twilio_server: RunningSimulator) -> Business:
    """An application with planted secrets."""
    app = make_app(**PLANTED)
    changes = app.extensions["changes"]
    who = Who(create_account(changes, Who(None, "test", SYSTEM), "Example Business")["id"], "test", SYSTEM)
    return Business(app, changes, who)


def test_no_secret_is_anywhere_but_where_it_was_given(
    business: Business, stack: Stack, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Not in log, Redis, database, the host's files, a page, an answer of the API; nor callers in the log."""
    business.call(monkeypatch)
    business.log_in()
    places = [*business.everything_shown(), *business.everything_stored(stack.redis_url)]
    log = capfd.readouterr().err

    assert len([where for where, text in places if NUMBER in text]) > 10  # what is there is found
    assert [(where, secret) for where, text in places for secret in business.secrets if secret in text] == []
    assert [secret for secret in business.secrets if secret in log] == []
    assert "webhook failed" in log
    assert "log-in failed" in log
    assert [number for number in (CALLER, CALLER[1:], "%2B14155550199") if number in log] == []


def test_settings_show_no_secret(business: Business) -> None:
    """Whoever prints them, or an error with them in it, prints none."""
    shown = repr(business.app.extensions["settings"]) + repr(business.app.extensions["call_path"])

    assert [secret for secret in business.secrets if secret in shown] == []


def test_files_of_a_host_are_its_own_users(business: Business, monkeypatch: pytest.MonkeyPatch) -> None:
    """They tell who called whom."""
    business.call(monkeypatch)
    folder: Path = business.app.extensions["settings"].data_dir

    modes = {path.name: path.stat().st_mode & 0o077 for path in folder.rglob("*") if "simulator" not in path.parts}
    assert {name: mode for name, mode in modes.items() if mode} == {}
