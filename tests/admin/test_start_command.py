"""`flask start`: migrate, begin with a sample when there is nothing yet, and serve."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import Result
from flask.testing import FlaskCliRunner
from sqlalchemy import select

from admin.commands.start import PROJECT
from app import create_app
from config.settings import Settings
from models import Database, Number
from operations.errors import Invalid
from operations.sample import PAUSED, PENDING, RELEASED
from operations.twilio_account import TwilioAccount
from simulator.account import load_account
from simulator.rest import RunningSimulator, create_simulator, lookup
from tests.servers.free_port import find_free_port

LIST = ("numbers", "list", "--json")


class Started:
    """What a start would have run: agents and simulated Twilios and, in the place of this process, the server."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.children: list[list[str]] = []
        self.servers: list[list[str]] = []

    @property
    def simulator(self) -> Path:
        """Where the simulated Twilio keeps everything."""
        return self.folder / "var" / "simulator"

    def start(self, status: int = 0) -> Result:
        result = self.run("start")
        assert result.exit_code == status, result.output
        return result

    def run(self, *arguments: str) -> Result:
        os.chdir(self.folder)  # a start ends in the project's folder, where there may be an .env
        app = create_app()
        result = FlaskCliRunner(app).invoke(args=arguments)
        app.extensions["close"]()
        return result


@pytest.fixture
def started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Started:
    """An empty machine: no .env, no setting but a folder and a port, and a server that is noted instead of started."""
    recorded = Started(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "var"))
    monkeypatch.setenv("SIMULATOR_PORT", str(find_free_port()))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(subprocess, "Popen", lambda command, **_: recorded.children.append(command))
    monkeypatch.setattr(os, "execv", lambda _, command: recorded.servers.append(command))
    return recorded


def test_first_start_migrates_creates_the_sample_and_serves(started: Started, tmp_path: Path) -> None:
    """It says that no real telephone is involved, what to try and, beside the address, the password."""
    output = started.start().stdout
    *_, password, address = output.strip().splitlines()

    assert "No TWILIO_ACCOUNT_SID is set" in output
    assert "Super Admin admin@example.com, password (shown only now): " in password
    assert address.startswith("Open http://127.0.0.1:8000 and log in")
    assert ".venv/bin/flask calls place +14155550199 +14155550100" in output
    assert (tmp_path / "var" / "clara.db").exists()
    assert load_account(tmp_path / "var" / "simulator") is not None
    [server] = started.servers
    assert server[1:] == ["-m", "gunicorn", "-c", "config/gunicorn.py", "wsgi"]
    twilio, agent = started.children
    assert agent[1:4] == ["-m", "simulator.example_agent", "--folder"]
    assert twilio[1:4] == ["-m", "simulator.rest", "--folder"]
    assert all("--until-parent-exits" in child for child in started.children)


def test_second_start_creates_nothing_and_shows_no_password(started: Started) -> None:
    """The business is there already; it is served again."""
    started.start()

    output = started.start().stdout

    assert "password" not in output
    assert "flask users create EMAIL --role super_admin" in output
    assert len(started.servers) == 2


def test_password_is_said_before_anything_else_of_the_sample_is_made(
    started: Started, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A start that is cut off then has lost nothing; the next one completes the sample."""

    def fail(*_: object) -> None:
        raise Invalid("cut off")

    with monkeypatch.context() as patch:
        patch.setattr("operations.sample.create_agent", fail)
        os.chdir(started.folder)
        app = create_app()
        cut_off = FlaskCliRunner(app).invoke(args=["start"])
        app.extensions["close"]()

    assert "password (shown only now): " in cut_off.output
    assert started.servers == []
    assert "password" not in started.start().stdout


def test_start_with_twilios_credentials_begins_without_sample_and_simulator(
    started: Started, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A real business is not filled with fictional numbers."""
    monkeypatch.setenv("TWILIO_ACCOUNT_SID", "AC" + "0" * 32)
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", "the-auth-token")
    monkeypatch.setenv("PUBLIC_URL", "https://calls.example.com")

    output = started.start().stdout

    assert "simulator" not in output
    assert "sample" not in output
    assert started.children == []
    assert not (tmp_path / "var" / "simulator").exists()


def test_samples_numbers_are_owned_at_the_simulated_twilio(started: Started) -> None:
    """With our webhooks and under our SIDs; nobody has the released one, and the pending one is pending there too."""
    started.start()

    numbers = {number["phone_number"]: number["status"] for number in json.loads(started.run(*LIST).stdout)}
    held = {phone_number: lookup(started.simulator, phone_number) for phone_number in numbers}

    assert [number for number, configuration in held.items() if configuration is None] == [RELEASED]
    assert [number for number, one in held.items() if one and one.why_not] == [PENDING]
    assert numbers[PENDING] == "pending"
    assert {one.voice_url for one in held.values() if one and not one.why_not} == {
        "http://127.0.0.1:8000/twilio/voice#rc=2&rp=5xx,ct,rt"
    }
    assert {one.phone_number_sid for one in held.values() if one} == sids_of(started)


def sids_of(started: Started) -> set[str]:
    """Return the SIDs under which we know our live numbers."""
    database = Database(f"sqlite:///{started.folder / 'var' / 'clara.db'}")
    with database.reading() as session:
        sids = set(session.scalars(select(Number.sid).where(Number.status != "released")))
    database.close()
    return sids


def test_later_start_buys_nothing_back(started: Started) -> None:
    """What somebody has released stays released, also at Twilio."""
    started.start()
    with RunningSimulator(create_simulator(started.simulator)) as running:
        account = running.simulator.account
        twilio = TwilioAccount(account.account_sid, account.account_sid, account.auth_token, running.base_url)
        owned = twilio.find(PAUSED)
        assert owned is not None
        twilio.release(owned.sid)
        twilio.close()

    started.start()

    assert lookup(started.simulator, PAUSED) is None


def test_business_never_talks_to_another_ones_simulated_twilio(
    started: Started, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its port is in use: nothing is served, and it is said what to set."""
    monkeypatch.setattr("admin.commands.simulated_twilio.WAIT_FOR_PORT_SECONDS", 0.1)
    with RunningSimulator(create_simulator(started.folder / "another")) as another:
        monkeypatch.setenv("SIMULATOR_PORT", another.base_url.rpartition(":")[2])
        output = started.start(status=1).output

    assert "set SIMULATOR_PORT to a free one" in output
    assert started.servers == []


def test_somebody_elses_twilio_is_neither_started_nor_filled(started: Started, monkeypatch: pytest.MonkeyPatch) -> None:
    """With TWILIO_API_URL, which leads to one that runs already."""
    monkeypatch.setenv("TWILIO_API_URL", "http://127.0.0.1:1")

    started.start()

    assert [command[2] for command in started.children] == ["simulator.example_agent"]
    assert lookup(started.simulator, PAUSED) is None


def test_flask_finds_the_application_and_its_commands_without_being_told(tmp_path: Path) -> None:
    """In the project's folder `flask` needs no FLASK_APP."""
    environment = {"PATH": os.environ["PATH"], "DATA_DIR": str(tmp_path), "FLASK_SKIP_DOTENV": "1"}
    command = [sys.executable, "-m", "flask", "--help"]
    shown = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True)

    for name in ("accounts", "agents", "calls", "hosts", "locations", "numbers", "routes", "start", "tokens", "users"):
        assert f"\n  {name} " in shown.stdout
