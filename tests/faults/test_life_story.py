"""The life of a number, told in the shell: from the search to another business that gets the same number."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from simulator.rest import Provisioning, RunningSimulator, create_simulator
from tests.conftest import PROJECT, Stack
from tests.faults.service import Service
from tests.servers.free_port import find_free_port

CALLER = "+14155550199"


class Shell:
    """A terminal beside a running router: each command is a process of its own."""

    def __init__(self, service: Service) -> None:
        self._environment = service.environment | {"FLASK_SKIP_DOTENV": "1"}

    def run(self, *arguments: str, status: int = 0, typed: str | None = None) -> str:
        """Run a command as typed, insist on its exit status, and return what it printed."""
        command = [sys.executable, "-m", "flask", *arguments]
        done = subprocess.run(
            command, cwd=PROJECT, env=self._environment, input=typed, capture_output=True, text=True, timeout=60
        )
        assert done.returncode == status, done.stdout + done.stderr
        return done.stdout

    def read(self, *arguments: str) -> Any:
        """Run a command with --json and return what it printed."""
        return json.loads(self.run(*arguments, "--json"))


@pytest.fixture
def shell(stack: Stack, tmp_path: Path) -> Iterator[Shell]:
    """A router as `make run` starts it, with the simulated Twilio beside it, which takes a second to provision."""
    port = find_free_port()
    simulator = create_simulator(tmp_path / "host" / "simulator", Provisioning(seconds=1.0))
    credentials = {"TWILIO_ACCOUNT_SID": "", "TWILIO_AUTH_TOKEN": "", "TWILIO_API_URL": ""}
    with (
        RunningSimulator(simulator, port),
        Service(stack, tmp_path / "host", SIMULATOR_PORT=str(port), **credentials) as service,
    ):
        yield Shell(service)


@pytest.mark.timeout(300)  # two dozen commands, each a process that has to start
@pytest.mark.parametrize("stack", ["sqlite"], indirect=True)
def test_number_is_found_bought_called_paused_released_and_bought_by_somebody_else(shell: Shell) -> None:
    """What the product promises, in the words of its README."""
    shell.run("accounts", "create", "Example Business")
    shell.run("accounts", "create", "Other Business")
    here, there = ("--account", "Example Business"), ("--account", "Other Business")
    shell.run("agents", "create", "Clara", "--handoff", "client", "--to", "front-desk", *here)
    shell.run("locations", "create", "Downtown", *here)

    found = shell.read("numbers", "search", "--country", "US", "--area-code", "512", "--limit", "3", *here)
    number = found["numbers"][0]["phone_number"]
    bought = shell.read("numbers", "get", number, "--yes", "--wait", *here)
    assigned = shell.run("numbers", "assign", number, "--agent", "Clara", "--location", "Downtown", *here)
    answered = shell.run("calls", "place", CALLER, number)
    shell.run("numbers", "pause", number, "--reason", "lunch", *here)
    refused = shell.run("calls", "place", CALLER, number)
    shell.run("numbers", "resume", number, *here)
    answered_again = shell.run("calls", "place", CALLER, number)
    shell.run("numbers", "release", number, *here, typed=f"{number}\n")
    nobody = shell.run("calls", "place", CALLER, number, status=1)
    bought_there = shell.read("numbers", "get", number, "--yes", "--wait", *there)

    assert (bought["status"], bought["monthly_price"], bought["price_unit"]) == ("active", "1.15", "USD")
    assert "Clara" in assigned
    assert "Billed, 1 min." in answered
    assert "busy tone" in refused
    assert "Not billed." in refused
    assert "Billed, 1 min." in answered_again
    assert "Nobody has" in nobody
    assert (bought_there["status"], bought_there["agent"]) == ("active", None)
    shell.run("numbers", "sync", *here)
    [first] = shell.read("numbers", "list", "--status", "released", *here)
    assert first["charged_until"] is not None
    decisions = [call["decision"] for call in shell.read("calls", "list", *here)]
    assert decisions == ["routed", "paused", "routed"]
    said = [change["sentence"] for change in shell.read("changes", "list", "--number", number, *here)]
    assert any("because lunch" in sentence or "lunch" in sentence for sentence in said)
    shell.run("routes", "check")
