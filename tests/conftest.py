"""What all tests share: real servers, a migrated database for each test, and Twilio's side of a webhook.

Every test that uses `app` runs twice: on SQLite without Redis, and on PostgreSQL with Redis.
"""

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import pytest
from alembic import command
from alembic.config import Config
from flask import Flask
from flask.testing import FlaskClient, FlaskCliRunner
from hypothesis import HealthCheck, settings

from app import create_app
from config.settings import Settings, load_settings
from operations.accounts import create_account
from operations.changes import Changes, Who
from operations.permissions import SYSTEM
from simulator.rest import RunningSimulator, create_simulator
from simulator.signature import sign
from tests.servers import topologies
from tests.servers.postgres import PostgresServer
from tests.servers.valkey import ValkeyServer

PROJECT = Path(__file__).parents[1]
ACCOUNT_SID = "AC" + "0" * 32
AUTH_TOKEN = "the-auth-token"
PUBLIC_URL = "https://calls.example.com"
NOTHING_LISTENS = "http://127.0.0.1:1"
STACKS = ("sqlite", "postgresql+redis")

# A property is not about speed: neither its examples nor making them up may fail on a busy machine.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")


@dataclass(frozen=True)
class Stack:
    """Where a test's facts live: a database of its own, and a Redis or none."""

    database_url: str
    redis_url: str


@pytest.fixture(scope="session")
def valkey() -> Iterator[ValkeyServer]:
    """A Redis server for the whole run; tests that make it fail use one of their own."""
    with ValkeyServer() as server:
        yield server


@pytest.fixture(scope="session", params=topologies.TOPOLOGIES)
def topology(request: pytest.FixtureRequest) -> Iterator[topologies.Topology]:
    """Redis as a single server, under Sentinel and as a Cluster in turn, for tests of what must not depend on it."""
    with topologies.running(request.param) as running:
        yield running


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL server for the whole run; tests that make it fail use one of their own."""
    with PostgresServer() as server:
        yield server


def migrate(database_url: str, revision: str = "head") -> None:
    """Bring a database to a revision, as `alembic upgrade` does."""
    config = Config(toml_file=PROJECT / "pyproject.toml")
    config.cmd_opts = type("Options", (), {"x": [f"url={database_url}"]})()
    command.upgrade(config, revision)


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy from."""
    path = tmp_path_factory.mktemp("template") / "clara.db"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def migrated_postgres(postgres: PostgresServer) -> str:
    """A migrated PostgreSQL database to copy from."""
    url = postgres.create_database()
    migrate(url.replace("postgresql://", "postgresql+psycopg://"))
    return url


@pytest.fixture(params=STACKS)
def stack(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stack]:
    """A fresh migrated database, and an empty Redis beside PostgreSQL."""
    if request.param == "sqlite":
        template = request.getfixturevalue("migrated_sqlite")
        shutil.copy(template, tmp_path / "clara.db")
        yield Stack(f"sqlite:///{tmp_path / 'clara.db'}", "")
        return
    postgres, valkey = request.getfixturevalue("postgres"), request.getfixturevalue("valkey")
    valkey.flush()
    url = postgres.create_database(request.getfixturevalue("migrated_postgres"))
    yield Stack(url, valkey.url)
    postgres.drop_database(url)


def settings_for(stack: Stack, data_dir: Path, **overrides: object) -> Settings:
    """Make settings that depend on no environment."""
    values = {
        "database_url": stack.database_url,
        "redis_url": stack.redis_url,
        "data_dir": data_dir,
        "public_url": PUBLIC_URL,
        "secret_key": "",
        "twilio_account_sid": ACCOUNT_SID,
        "twilio_auth_token": (AUTH_TOKEN,),
        "twilio_shared_keys": (),
        "twilio_api_key": "",
        "twilio_api_secret": "",
        "twilio_api_url": NOTHING_LISTENS,
        "fallback_number": "",
        "repeated_calls_per_minute": 30,
        "host": "127.0.0.1",
        "port": 8000,
        "trusted_proxies": 0,
        "web_concurrency": 2,
    }
    return load_settings(_env_file=None, **(values | overrides))


@pytest.fixture
def twilio_server(tmp_path: Path) -> Iterator[RunningSimulator]:
    """The simulated Twilio over HTTP, where the tests' account is at home; an `app` of the same test reaches it.

    `twilio_server.faults.next("POST", "IncomingPhoneNumbers", internal_error(is_done=True))` makes it fail.
    """
    folder = tmp_path / "host" / "simulator"
    folder.mkdir(parents=True)
    (folder / "account.json").write_text(json.dumps({"account_sid": ACCOUNT_SID, "auth_token": AUTH_TOKEN}))
    with RunningSimulator(create_simulator(folder)) as running:
        yield running


@pytest.fixture
def make_app(stack: Stack, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Callable[..., Flask]]:
    """Make applications on the test's stack; settings can be overridden. Each has caught up, as after its start.

    Twilio's API is `twilio_server` for a test that asks for it, and for all others an address where nobody answers.
    """
    made: list[Flask] = []
    if "twilio_server" in request.fixturenames:
        twilio_url = {"twilio_api_url": request.getfixturevalue("twilio_server").base_url}
    else:
        twilio_url = {}

    def make(**overrides: object) -> Flask:
        overrides = twilio_url | overrides
        data_dir = tmp_path / str(overrides.pop("data_dir", "host"))
        app = create_app(settings_for(stack, data_dir, **overrides))
        app.testing = False
        made.append(app)
        app.extensions["keeper"].work()
        return app

    yield make
    for app in made:
        app.extensions["close"]()


@pytest.fixture
def app(make_app: Callable[..., Flask]) -> Flask:
    """The router, on SQLite without Redis and on PostgreSQL with Redis in turn."""
    return make_app()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A client of the router's endpoints."""
    return app.test_client()


@pytest.fixture
def cli(app: Flask) -> FlaskCliRunner:
    """A runner of the router's commands: `cli.invoke(args=["numbers", "list"])`."""
    return app.test_cli_runner()


@pytest.fixture
def changes(app: Flask) -> Changes:
    """The operations' way to change things."""
    return app.extensions["changes"]


@pytest.fixture
def who(changes: Changes) -> Who:
    """Somebody who acts in a fresh account."""
    return Who(create_account(changes, Who(None, "test", SYSTEM), "Example Business")["id"], "test", SYSTEM)


class Answer:
    """What Twilio got: `status_code`, `text`, and questions to ask of the TwiML."""

    def __init__(self, status_code: int, text: str, content_type: str) -> None:
        self.status_code, self.text, self.content_type = status_code, text, content_type

    @property
    def root(self) -> ElementTree.Element:
        return ElementTree.fromstring(self.text)

    @property
    def verbs(self) -> list[str]:
        """The names of the verbs in order."""
        return [verb.tag for verb in self.root]

    def find(self, path: str) -> ElementTree.Element:
        """Return the one element at a path such as `Dial/Number`."""
        [found] = self.root.findall(path)
        return found


def call_parameters(**changed: str | None) -> dict[str, str]:
    """Return the form of a usual inbound call, with changes; None leaves a parameter out."""
    usual = {
        "CallSid": "CA" + "1" * 32,
        "AccountSid": ACCOUNT_SID,
        "From": "+14155550199",
        "To": "+14155550100",
        "Caller": "+14155550199",
        "Called": "+14155550100",
        "CallStatus": "ringing",
        "Direction": "inbound",
        "ApiVersion": "2010-04-01",
        "FromCity": "",
    }
    return {name: value for name, value in (usual | changed).items() if value is not None}


@pytest.fixture
def twilio_post(client: FlaskClient) -> Callable[..., Answer]:
    """Post a signed webhook: `twilio_post("", To=…)` for the voice URL, `"/status"` and so on for the others."""

    def post(path: str = "", query: str = "", token: str = AUTH_TOKEN, **changed: str | None) -> Answer:
        parameters = call_parameters(**changed)
        target = f"/twilio/voice{path}{query}"
        signature = sign(PUBLIC_URL + target, parameters, token)
        response = client.post(target, data=parameters, headers={"X-Twilio-Signature": signature})
        return Answer(response.status_code, response.text, response.content_type)

    return post
