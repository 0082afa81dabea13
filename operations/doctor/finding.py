"""What the doctor says of one thing: how bad it is, what was found, and what to do."""

from dataclasses import dataclass

from config.settings import Settings
from models import Database
from operations.twilio_account import TwilioAccount, Webhooks
from routing.call_route_cache import CallRouteCache
from routing.deadline import DeadlinedDatabase
from routing.local_store import LocalStore
from routing.twilio_signature import SigningSecrets

OK = "ok"
WARNING = "warning"
ERROR = "error"
# How long the database may take for one question of a check.
DATABASE_SECONDS = 2.0
# What is behind only for a moment is not behind: it is looked at again after so long.
LOOK_AGAIN_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Finding:
    """A finding: `severity` is ok, warning or error; `fix` is empty when it is ok; `check` is what was looked at."""

    severity: str
    finding: str
    fix: str = ""
    check: str = ""


@dataclass(frozen=True, slots=True)
class Examined:
    """The parts of a router that the doctor looks at. `deadlined` is the database, asked with a deadline."""

    settings: Settings
    secrets: SigningSecrets
    database: Database
    deadlined: DeadlinedDatabase
    local_store: LocalStore
    cache: CallRouteCache | None
    twilio: TwilioAccount
    webhooks: Webhooks


def ok(finding: str) -> Finding:
    return Finding(OK, finding)


def warning(finding: str, fix: str) -> Finding:
    return Finding(WARNING, finding, fix)


def error(finding: str, fix: str) -> Finding:
    return Finding(ERROR, finding, fix)
