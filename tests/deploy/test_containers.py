"""The image and the composition, as far as they can be read without Docker."""

import json
import os
import re
import runpy
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from config.settings import load_settings
from routing.last_drain import LAST_DRAIN_SECONDS
from tests.conftest import ACCOUNT_SID, AUTH_TOKEN, PROJECT, PUBLIC_URL
from tests.deploy.conftest import Hosts
from tests.deploy.proxies import DEPLOY

ROUTERS = ("router-1", "router-2")


def instructions() -> list[tuple[str, str]]:
    """Return the Dockerfile's instructions, such as ("USER", "10001:10001"), in order."""
    text = re.sub(r"^#.*\n", "", (DEPLOY / "Dockerfile").read_text(), flags=re.MULTILINE).replace("\\\n", " ")
    return [(line.split(maxsplit=1)[0], line.split(maxsplit=1)[1]) for line in text.splitlines() if line.strip()]


def copied() -> list[tuple[Path, str]]:
    """Return what the Dockerfile copies and where to, below its folder."""
    copies = [argument.split() for name, argument in instructions() if name == "COPY"]
    return [(PROJECT / source, words[-1]) for words in copies for source in words[:-1]]


@pytest.fixture(scope="module")
def composition() -> dict[str, Any]:
    return yaml.safe_load((DEPLOY / "compose.yaml").read_text())


def seconds_to_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> float:
    """Return how long a host may take to end."""
    monkeypatch.chdir(tmp_path)
    gunicorn = runpy.run_path(str(PROJECT / "config" / "gunicorn.py"))
    return float(gunicorn["graceful_timeout"]) + LAST_DRAIN_SECONDS


def test_image_holds_all_that_the_router_needs(tmp_path: Path) -> None:
    """The application is made, and the migrations are found, from a copy of just what the image gets."""
    for source, target in copied():
        destination = tmp_path / target / (source.name if target.endswith("/") else "")
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(source, destination, ignore=ignored) if source.is_dir() else shutil.copy(source, destination)

    commands = ([sys.executable, "-c", "import wsgi"], [sys.executable, "-m", "alembic", "heads"])
    environment = {"PATH": os.environ["PATH"], "DATA_DIR": str(tmp_path / "var"), "PYTHONPATH": str(tmp_path)}
    done = [
        subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True) for command in commands
    ]

    assert [result.stderr for result in done if result.returncode] == []
    assert "(head)" in done[1].stdout


def test_build_context_is_just_what_is_copied() -> None:
    """No .env, no database and no history leaves the project's folder."""
    lines = (DEPLOY / "Dockerfile.dockerignore").read_text().splitlines()
    allowed = {line[1:] for line in lines if line.startswith("!")}

    assert "*" in lines
    assert allowed == {str(source.relative_to(PROJECT)) for source, _ in copied()}


def test_image_runs_as_nobody_special_from_hashed_pins() -> None:
    """And keeps what must survive in a volume."""
    said = dict(instructions())
    installs = [argument for name, argument in instructions() if name == "RUN" and "pip install" in argument]

    assert said["FROM"].startswith("python:3.11-slim")
    assert said["USER"].split(":")[0] not in ("root", "0")
    assert said["VOLUME"] == "/var/lib/clara-router"
    assert "DATA_DIR=/var/lib/clara-router" in said["ENV"]
    assert json.loads(said["CMD"]) == ["gunicorn", "-c", "config/gunicorn.py", "wsgi"]
    assert "--require-hashes -r requirements.txt" in installs[0]
    assert all("--no-deps" in install for install in installs)


def test_health_check_of_the_image_tells_a_live_host_from_a_dead_one(hosts: Hosts) -> None:
    """As Docker would run it, with the port of a running host and with one where nobody listens."""
    command = json.loads(dict(instructions())["HEALTHCHECK"].partition(" CMD ")[2])
    statuses = [
        subprocess.run([sys.executable, *command[1:]], env={"PORT": str(port)}, capture_output=True).returncode
        for port in (hosts.first.port, 9)
    ]

    assert statuses == [0, 1]


def test_each_router_has_a_volume_of_its_own_and_nothing_else_to_write_to(composition: dict[str, Any]) -> None:
    """A DATA_DIR that two hosts share would let one believe what only the other has seen."""
    routers = [composition["services"][name] for name in ROUTERS]
    volumes = [volume.split(":") for router in routers for volume in router["volumes"]]

    assert [target for _, target in volumes] == [router["environment"]["DATA_DIR"] for router in routers]
    assert len({source for source, _ in volumes} & set(composition["volumes"])) == len(ROUTERS)
    assert all(router["read_only"] and router["cap_drop"] == ["ALL"] for router in routers)


def test_only_nginx_is_reached_from_outside(composition: dict[str, Any]) -> None:
    """Everybody else's ports are this machine's, or nobody's."""
    ports = {name: service.get("ports", []) for name, service in composition["services"].items()}
    public = {name for name, opened in ports.items() if any(not port.startswith("127.0.0.1:") for port in opened)}

    assert public == {"nginx"}


def test_composition_and_nginx_mean_the_same_routers(composition: dict[str, Any]) -> None:
    """Each name that nginx.conf asks is a service with an address that stays."""
    asked = set(re.findall(r"^\s+server ([\w-]+):8000", (DEPLOY / "nginx.conf").read_text(), re.MULTILINE))
    mounted = [volume.split(":") for volume in composition["services"]["nginx"]["volumes"]]

    assert asked == set(ROUTERS)
    assert all("ipv4_address" in composition["services"][name]["networks"]["inner"] for name in ROUTERS)
    assert ["./nginx.conf", "/etc/nginx/nginx.conf", "ro"] in mounted


def test_routers_of_the_composition_would_start(
    composition: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With settings that are accepted, after the migrations, and with time to end well."""
    router = composition["services"]["router-1"]
    given = {name.lower(): re.sub(r"\$\{.*?\}", "password", value) for name, value in router["environment"].items()}
    twilio = {"twilio_account_sid": ACCOUNT_SID, "twilio_auth_token": AUTH_TOKEN, "public_url": PUBLIC_URL}

    assert load_settings(_env_file=None, **given, **twilio).port == 8000
    assert router["depends_on"] == {"migrate": {"condition": "service_completed_successfully"}}
    assert composition["services"]["migrate"]["command"] == ["alembic", "upgrade", "head"]
    assert float(router["stop_grace_period"].removesuffix("s")) >= seconds_to_end(tmp_path, monkeypatch)


def test_systemd_gives_a_host_time_to_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It kills what is left afterwards."""
    unit = (DEPLOY / "systemd" / "clara-router.service").read_text()
    [seconds] = re.findall(r"^TimeoutStopSec=(\d+)$", unit, re.MULTILINE)

    assert float(seconds) >= seconds_to_end(tmp_path, monkeypatch)
