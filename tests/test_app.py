"""The parts meet in `create_app`, which connects to nothing."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import create_app, signing_secrets
from config.settings import SettingsError
from operations.changes import Changes
from simulator.account import load_account
from tests.conftest import ACCOUNT_SID, AUTH_TOKEN, Stack, migrate, settings_for
from tests.servers.free_port import find_free_port
from tests.waiting import wait_for


@pytest.fixture
def refusing() -> Stack:
    """A database and a Redis that refuse every connection."""
    port = find_free_port()
    return Stack(f"postgresql://postgres@127.0.0.1:{port}/clara", f"redis://127.0.0.1:{port}")


def test_application_is_made_while_database_and_redis_refuse_connections(refusing: Stack, tmp_path: Path) -> None:
    """A host that restarts during an outage must come back."""
    app = create_app(settings_for(refusing, tmp_path / "host"))

    assert app.test_client().get("/healthz").status_code == 200
    app.extensions["close"]()


@pytest.mark.parametrize("scheme", ["redis://{}", "rediss://{}", "redis+sentinel://{}/master", "redis+cluster://{}"])
def test_application_is_made_whatever_kind_of_redis_is_away(tmp_path: Path, scheme: str) -> None:
    """Nothing is sent before the first command."""
    stack = Stack(f"sqlite:///{tmp_path / 'clara.db'}", scheme.format(f"127.0.0.1:{find_free_port()}"))

    app = create_app(settings_for(stack, tmp_path / "host"))

    assert app.extensions["cache"] is not None
    app.extensions["close"]()


def test_costly_number_of_last_resort_stops_the_start(refusing: Stack, tmp_path: Path) -> None:
    """With a line that names the setting, as every wrong one."""
    with pytest.raises(SettingsError) as stopped:
        create_app(settings_for(refusing, tmp_path / "host", fallback_number="+19002345678"))

    assert stopped.value.problems == [
        "FALLBACK_NUMBER: is a premium-rate number, and calls are never put through to one"
    ]


def test_two_applications_share_nothing(app: Flask, tmp_path: Path) -> None:
    """There are no global clients."""
    other = create_app(settings_for(Stack(f"sqlite:///{tmp_path / 'other.db'}", ""), tmp_path / "other"))

    for part in ("changes", "local_store", "keeper", "call_path", "deadlined_database"):
        assert other.extensions[part] is not app.extensions[part]
    other.extensions["close"]()


@pytest.mark.parametrize(
    "path",
    ["/twilio", "/twilio/", "/twilio/voice/", "/twilio/x", "/console", "/healthz/", "//twilio/voice", "/twilio//voice"],
)
def test_there_is_nothing_outside_the_endpoints(client: FlaskClient, path: str) -> None:
    """404, and never a redirect, which Twilio would follow with another signature."""
    assert client.get(path).status_code == 404
    assert client.post(path).status_code == 404


def test_webhooks_are_not_read_by_a_browser(client: FlaskClient) -> None:
    """Nothing is said to who does not sign."""
    answer = client.get("/twilio/voice")

    assert (answer.status_code, answer.data) == (403, b"")


@pytest.fixture
def usual_umask() -> Iterator[None]:
    """A process as an operator's shell starts it."""
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.mark.usefixtures("usual_umask")
def test_files_of_the_router_are_nobody_elses_to_read(tmp_path: Path) -> None:
    """They tell who called whom: the database, the host's own files, the notes, and those that were set aside."""
    folder = tmp_path / "host"
    settings = settings_for(Stack("", ""), folder)
    migrate(settings.database)
    os.umask(0o022)
    app = create_app(settings)
    app.extensions["keeper"].start()
    wait_for(lambda: (folder / "keeper.lock").exists() and (folder / "host.known").exists())
    app.extensions["call_path"].notes.note("inbound_call", ACCOUNT_SID, "CA1", {"account_id": 999_999})
    app.extensions["call_path"].notes.note("inbound_call", ACCOUNT_SID, "CA2", {})
    app.extensions["before_end"]()

    modes = {path.name: path.stat().st_mode & 0o777 for path in [folder, *folder.rglob("*")]}
    app.extensions["close"]()
    files = {"clara.db", "clara.db-wal", "clara.db-shm", "host.db", "host.db-wal", "host.db-shm", "host.known"}
    assert files | {"host.lock", "keeper.lock", "set-aside.txt"} <= {*modes}
    assert {name for name in modes if name.endswith(".jsonl")}
    assert {name: mode for name, mode in modes.items() if mode != 0o600} == {"host": 0o700, "calls": 0o700}


def test_simulators_own_account_signs_where_no_credentials_are_set(tmp_path: Path) -> None:
    """It is made once and kept in DATA_DIR."""
    settings = settings_for(
        Stack(f"sqlite:///{tmp_path / 'clara.db'}", ""), tmp_path, twilio_account_sid="", twilio_auth_token=()
    )

    first, second = signing_secrets(settings), signing_secrets(settings)

    account = load_account(tmp_path / "simulator")
    assert account is not None
    assert first == second
    assert first.auth_tokens == (account.auth_token,)


def test_twilios_secrets_sign_where_they_are_set(tmp_path: Path) -> None:
    """All tokens of a rotation, and the shared keys by their id."""
    stack = Stack(f"sqlite:///{tmp_path / 'clara.db'}", "")
    settings = settings_for(
        stack, tmp_path, twilio_auth_token=(AUTH_TOKEN, "old"), twilio_shared_keys=("a:one", "b:two:three")
    )

    secrets = signing_secrets(settings)

    assert secrets.auth_tokens == (AUTH_TOKEN, "old")
    assert secrets.shared_keys == {"a": "one", "b": "two:three"}
    assert not (tmp_path / "simulator").exists()


def test_wrong_settings_make_no_application(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """`create_app` reads the environment when it is given no settings."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PORT", "http")

    with pytest.raises(SettingsError, match="PORT"):
        create_app()


def test_closed_application_leaves_no_connection_behind(app: Flask) -> None:
    """A process that goes on after its application does not hold what it no longer uses."""
    changes: Changes = app.extensions["changes"]
    with changes.database.reading():
        assert changes.database.engine.pool.checkedout() == 1

    app.extensions["close"]()

    assert changes.database.engine.pool.checkedout() == 0
    assert changes.database.engine.pool.checkedin() == 0
