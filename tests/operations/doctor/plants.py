"""What can be wrong with a router: how it is planted, which check must find it, and with which fix."""

import json
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from socket import gaierror
from urllib.parse import urlsplit

import requests
from sqlalchemy import text
from urllib3 import HTTPSConnectionPool
from urllib3.connection import HTTPSConnection
from urllib3.exceptions import MaxRetryError, NameResolutionError

from models import Host
from operations.doctor.finding import ERROR, WARNING
from routing.call_notes import event_line
from routing.local_store import LocalStore
from simulator.rest import account_not_active, authentication_failed
from simulator.rest.accounts import add_api_key
from tests.conftest import ACCOUNT_SID, PUBLIC_URL
from tests.operations.at_twilio import OLD_WEBHOOKS, buy, laggard
from tests.operations.doctor.conftest import NUMBER, VOICE, Clinic, pass_on
from tests.servers.free_port import find_free_port

Plant = Callable[[Clinic], None]
STATUS = VOICE + "/status"
HOST = str(urlsplit(PUBLIC_URL).hostname)
NAMELESS = MaxRetryError(
    HTTPSConnectionPool(HOST), STATUS, NameResolutionError(HOST, HTTPSConnection(HOST), gaierror(-2, "not known"))
)


@dataclass(frozen=True)
class Planted:
    """How to plant it, then what the doctor must say: by which check, how bad, and parts of finding and fix."""

    plant: Plant
    check: str
    severity: str
    finding: str
    fix: str


def setting(**changed: object) -> Plant:
    return lambda clinic: clinic.set(**changed)


def answering(status: int, headers: dict[str, str] | None = None, body: bytes = b"") -> Plant:
    """A proxy that answers by itself."""

    def plant(clinic: Clinic) -> None:
        clinic.proxy = lambda _app, _request: (status, headers or {}, body)

    return plant


def dropping_the_signature(clinic: Clinic) -> None:
    def proxy(app: object, request: requests.PreparedRequest) -> tuple[int, dict[str, str], bytes]:
        del request.headers["X-Twilio-Signature"]
        return pass_on(app, request)  # type: ignore[arg-type]

    clinic.proxy = proxy


def failing(error: Exception) -> Plant:
    def plant(clinic: Clinic) -> None:
        clinic.internet.replace("POST", PUBLIC_URL + STATUS, body=error)

    return plant


def meeting(fault: object) -> Plant:
    """Every request that the account answers meets a fault."""

    def plant(clinic: Clinic) -> None:
        clinic.twilio_server.faults.next("*", "*", fault, times=10)  # type: ignore[arg-type]

    return plant


def with_an_api_key_and_another_token(clinic: Clinic) -> None:
    key = add_api_key(clinic.twilio_server.simulator.folder, ACCOUNT_SID)
    clinic.set(twilio_api_key=key.sid, twilio_api_secret=key.secret, twilio_auth_token=("another-token",))


def with_old_webhooks(clinic: Clinic) -> None:
    clinic.app.extensions["twilio"].configure(clinic.owned.sid, OLD_WEBHOOKS)


def with_an_application(clinic: Clinic) -> None:
    clinic.at_twilio(clinic.owned.sid, voice_application_sid="AP" + "1" * 32)


def with_a_number_of_nobody(clinic: Clinic) -> None:
    buy(clinic.app.extensions["twilio"], "+14155550101")


def with_a_number_that_is_gone(clinic: Clinic) -> None:
    clinic.app.extensions["twilio"].release(clinic.owned.sid)


def migrated_to(revision: str) -> Plant:
    def plant(clinic: Clinic) -> None:
        with clinic.changes.database.writing() as session:
            session.execute(text("UPDATE alembic_version SET version_num = :revision"), {"revision": revision})

    return plant


def without_its_database(clinic: Clinic) -> None:
    clinic.set(database_url=f"postgresql://postgres@127.0.0.1:{find_free_port()}/clara")


def without_its_redis(clinic: Clinic) -> None:
    clinic.set(redis_url=f"redis://127.0.0.1:{find_free_port()}")


def without_a_keeper(clinic: Clinic) -> None:
    clinic.stop()


def with_a_garbled_copy(clinic: Clinic) -> None:
    clinic.stop()
    path = clinic.app.extensions["settings"].data_dir / "host.db"
    clinic.app.extensions["local_store"].close()
    path.write_text("not a database" * 100)
    clinic.app.extensions["local_store"] = LocalStore(path)  # as a process has it that begins now


def with_a_copy_that_is_behind(clinic: Clinic) -> None:
    clinic.stop()
    with clinic.changes.database.writing() as session:
        session.execute(text("UPDATE change_counter SET n = n + 3"))


def with_a_wrong_route(clinic: Clinic) -> None:
    with sqlite3.connect(clinic.app.extensions["settings"].data_dir / "host.db") as connection:
        connection.execute("UPDATE routes SET route = 'garbled'")
    connection.close()


def with_notes_that_wait(clinic: Clinic) -> None:
    clinic.stop()
    event = json.loads(event_line("inbound_call", ACCOUNT_SID, "CA" + "1" * 32, {}))
    event["noted_at"] = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
    folder = clinic.app.extensions["settings"].data_dir / "calls"
    folder.mkdir(exist_ok=True)
    (folder / "left.jsonl").write_text(json.dumps(event) + "\n")


def with_notes_set_aside(clinic: Clinic) -> None:
    folder = clinic.app.extensions["settings"].data_dir / "calls"
    folder.mkdir(exist_ok=True)
    (folder / "set-aside.txt").write_text("{}\n{}\n")


def with_a_laggard(clinic: Clinic) -> None:
    with clinic.changes.database.writing() as session:
        session.add(Host(**laggard()))


def with_a_silent_host(clinic: Clinic) -> None:
    with clinic.changes.database.writing() as session:
        session.add(Host(**laggard() | {"known": 1000, "seen_at": datetime.now(UTC) - timedelta(hours=1)}))


def with_a_wrong_clock(clinic: Clinic) -> None:
    base = clinic.twilio_server.base_url
    clock = {"Date": format_datetime(datetime.now(UTC) - timedelta(minutes=2), usegmt=True)}
    url = f"{base}/2010-04-01/Accounts/{ACCOUNT_SID}.json"
    clinic.internet.add("GET", url, json={"status": "active", "type": "Full"}, headers=clock)


def with_a_trial(clinic: Clinic) -> None:
    url = f"{clinic.twilio_server.base_url}/2010-04-01/Accounts/{ACCOUNT_SID}.json"
    clinic.internet.add("GET", url, json={"status": "active", "type": "Trial"})


def with_a_suspended_account(clinic: Clinic) -> None:
    url = f"{clinic.twilio_server.base_url}/2010-04-01/Accounts/{ACCOUNT_SID}.json"
    clinic.internet.add("GET", url, json={"status": "suspended", "type": "Full"})


PLANTS: dict[str, Planted] = {
    "http": Planted(
        setting(public_url="http://calls.example.com"), "settings", ERROR, "in the clear", "to https://calls"
    ),
    "private name": Planted(
        setting(public_url="https://router.local"), "settings", ERROR, "Twilio cannot", "internet reaches"
    ),
    "private address": Planted(
        setting(public_url="https://10.0.0.5"), "settings", ERROR, "Twilio cannot", "internet reaches"
    ),
    "no secret key": Planted(
        setting(secret_key=""), "settings", WARNING, "SECRET_KEY is not set", "openssl rand -hex 32"
    ),
    "short secret key": Planted(setting(secret_key="abc"), "settings", WARNING, "too short", "openssl rand -hex 32"),
    "nobody of last resort": Planted(
        setting(fallback_number=""), "fallback number", WARNING, "not set", "Set FALLBACK_NUMBER"
    ),
    "last resort is ours": Planted(
        setting(fallback_number=NUMBER), "fallback number", ERROR, "our own", "does not depend on"
    ),
    "proxy drops the signature": Planted(
        dropping_the_signature, "public URL", ERROR, "refuses what is signed", "X-Twilio-Sig"
    ),
    "redirect": Planted(
        answering(301, {"Location": "https://www.example.com/"}),
        "public URL",
        ERROR,
        "redirects to www",
        "sync --repair",
    ),
    "another site": Planted(answering(404), "public URL", ERROR, "status 404", "pass /twilio/ on"),
    "a site that is always there": Planted(
        answering(200, body=b"hello"), "public URL", ERROR, "not this router", "/twilio/ on"
    ),
    "proxy without a router": Planted(answering(502), "public URL", ERROR, "no router behind it", "Start the router"),
    "bad certificate": Planted(
        failing(requests.exceptions.SSLError()), "public URL", ERROR, "certificate", "fullchain.pem"
    ),
    "nobody at PUBLIC_URL": Planted(
        failing(requests.ConnectionError()), "public URL", ERROR, "cannot be reached", "Start the"
    ),
    "PUBLIC_URL without a DNS record": Planted(
        failing(requests.ConnectionError(NAMELESS)), "public URL", ERROR, "is not found from here", "DNS record"
    ),
    "silence at PUBLIC_URL": Planted(
        failing(requests.ReadTimeout()), "public URL", ERROR, "not answer in time", "Start the"
    ),
    "wrong Auth Token": Planted(
        setting(twilio_auth_token=("another",)),
        "Twilio account",
        ERROR,
        "not accept our cred",
        "TWILIO_AUTH_TOKEN",
    ),
    "API key, wrong Auth Token": Planted(
        with_an_api_key_and_another_token,
        "Twilio account",
        ERROR,
        "not one of the account's",
        "Copy the primary",
    ),
    "one old Auth Token": Planted(
        setting(twilio_auth_token=("the-auth-token", "old")),
        "Twilio account",
        WARNING,
        "Auth Token 2 of 2",
        "take away",
    ),
    "credentials refused": Planted(
        meeting(authentication_failed()), "Twilio account", ERROR, "not accept our", "Check TWILIO"
    ),
    "account not active": Planted(
        meeting(account_not_active()), "Twilio account", ERROR, "is not active", "Reactivate or pay"
    ),
    "account suspended": Planted(
        with_a_suspended_account, "Twilio account", ERROR, "is suspended", "Reactivate or pay"
    ),
    "trial account": Planted(with_a_trial, "Twilio account", WARNING, "is a trial", "Upgrade the account"),
    "Twilio out of reach": Planted(
        setting(twilio_api_url=f"http://127.0.0.1:{find_free_port()}"),
        "Twilio account",
        ERROR,
        "cannot be reached",
        "DNS",
    ),
    "old webhooks": Planted(with_old_webhooks, "numbers", ERROR, "does not call us", f"sync --repair --only {NUMBER}"),
    "application": Planted(with_an_application, "numbers", ERROR, "takes the calls", f"sync --repair --only {NUMBER}"),
    "number of nobody": Planted(
        with_a_number_of_nobody, "numbers", WARNING, "charges for it", "flask numbers add +14155550101"
    ),
    "number gone": Planted(with_a_number_that_is_gone, "numbers", ERROR, "no longer has", f"--only {NUMBER}"),
    "not migrated": Planted(migrated_to("0002"), "database", ERROR, "at migration 0002", "alembic upgrade head"),
    "migrated by a newer version": Planted(
        migrated_to("9999"), "database", ERROR, "does not know", "the version that the other"
    ),
    "no database": Planted(without_its_database, "database", ERROR, "does not answer", "check DATABASE_URL"),
    "no Redis": Planted(without_its_redis, "Redis", ERROR, "does not answer", "check REDIS_URL"),
    "no router": Planted(without_a_keeper, "keeper", ERROR, "the router does not run", "systemctl start clara-router"),
    "garbled copy": Planted(with_a_garbled_copy, "local store", ERROR, "cannot be read", "move host.db"),
    "copy behind": Planted(with_a_copy_that_is_behind, "local store", ERROR, "3 changes behind", "Start the router"),
    "wrong route": Planted(with_a_wrong_route, "call routes", ERROR, "This host's copy has 1", "move host.db"),
    "notes wait": Planted(with_notes_that_wait, "call notes", ERROR, "not in the database", "Do not delete DATA_DIR"),
    "notes set aside": Planted(
        with_notes_set_aside, "call notes", WARNING, "2 call notes were set aside", "again.jsonl"
    ),
    "laggard": Planted(with_a_laggard, "hosts", ERROR, "laggard (ffffffff) is", "flask hosts remove ffffffff"),
    "silent host": Planted(
        with_a_silent_host, "hosts", WARNING, "not been heard of for 36", "flask hosts remove ffffffff"
    ),
    "wrong clock": Planted(with_a_wrong_clock, "clock", WARNING, "ahead of Twilio's", "set-ntp true"),
}
