"""`flask start`: migrate, begin with a sample when there is nothing yet, and serve."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import Result
from flask.testing import FlaskCliRunner

from admin.commands.start import PROJECT
from app import create_app
from config.settings import Settings
from operations.errors import Invalid
from simulator.account import load_account


class Started:
    """What a start would have run: the example agents and, in the place of this process, the server."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.agents: list[list[str]] = []
        self.servers: list[list[str]] = []

    def start(self) -> Result:
        os.chdir(self.folder)  # a start ends in the project's folder, where there may be an .env
        app = create_app()
        result = FlaskCliRunner(app).invoke(args=["start"])
        app.extensions["close"]()
        assert result.exit_code == 0, result.output
        return result


@pytest.fixture
def started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Started:
    """An empty machine: no .env, no setting but DATA_DIR, and a server that is noted instead of started."""
    recorded = Started(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "var"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(subprocess, "Popen", lambda command, **_: recorded.agents.append(command))
    monkeypatch.setattr(os, "execv", lambda _, command: recorded.servers.append(command))
    return recorded


def test_first_start_migrates_creates_the_sample_and_serves(started: Started, tmp_path: Path) -> None:
    """It says that no real telephone is involved, prints the password, and what to try."""
    output = started.start().stdout

    assert "No TWILIO_ACCOUNT_SID is set" in output
    assert "Super Admin admin@example.com, password (shown only now): " in output
    assert ".venv/bin/flask calls place +14155550199 +14155550100" in output
    assert (tmp_path / "var" / "clara.db").exists()
    assert load_account(tmp_path / "var" / "simulator") is not None
    [server] = started.servers
    assert server[1:] == ["-m", "gunicorn", "-c", "config/gunicorn.py", "wsgi"]
    [agent] = started.agents
    assert agent[1:4] == ["-m", "simulator.example_agent", "--folder"]
    assert "--until-parent-exits" in agent


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
    assert started.agents == []
    assert not (tmp_path / "var" / "simulator").exists()


def test_flask_finds_the_application_and_its_commands_without_being_told(tmp_path: Path) -> None:
    """In the project's folder `flask` needs no FLASK_APP."""
    environment = {"PATH": os.environ["PATH"], "DATA_DIR": str(tmp_path), "FLASK_SKIP_DOTENV": "1"}
    command = [sys.executable, "-m", "flask", "--help"]
    shown = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True)

    for name in ("accounts", "agents", "calls", "hosts", "locations", "numbers", "routes", "start", "tokens", "users"):
        assert f"\n  {name} " in shown.stdout
