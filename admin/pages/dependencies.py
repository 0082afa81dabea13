"""How what we depend on is doing, in words that say what it means for calls."""

from dataclasses import dataclass
from datetime import UTC, datetime

from flask import current_app

from admin.health import read_parts
from admin.pages.guard import settings
from operations.twilio_last_known import TwilioLastKnown

GOOD, NEUTRAL, BAD = "active", "released", "danger"
FINE, PROBLEM = "Good", "Problem"
SENTENCES = {
    ("database", "ok"): (GOOD, "Answers.", FINE),
    ("database", "no answer"): (
        BAD,
        "Does not answer. Calls go on as they were; nothing can be changed until it is back.",
        PROBLEM,
    ),
    ("redis", "ok"): (GOOD, "Answers.", FINE),
    ("redis", "empty"): (
        NEUTRAL,
        "Is empty, and fills by itself. Calls are answered from the other copies.",
        "Filling",
    ),
    ("redis", "no answer"): (BAD, "Does not answer. Calls are answered all the same, from the other copies.", PROBLEM),
    ("redis", "not configured"): (NEUTRAL, "Is not used here.", "Not used"),
    ("host", "ok"): (GOOD, "Is there: calls are answered even while everything else is away.", FINE),
    ("host", "no copy of the routes yet"): (BAD, "Is not there yet. It is made by itself within seconds.", PROBLEM),
    ("host", "unreadable"): (BAD, "Cannot be read. Look at the disk of this server.", PROBLEM),
}
NAMES = {"database": "Database", "redis": "Redis", "host": "This server's own copy"}


@dataclass(frozen=True, slots=True)
class Dependency:
    """Something that we depend on: how it is (a kind of badge and its word), and a sentence."""

    name: str
    kind: str
    sentence: str
    word: str


def say_dependencies() -> list[Dependency]:
    """Ask what answers within a fraction of a second; of Twilio only what is known already."""
    parts = read_parts()
    return [Dependency(NAMES[part], *SENTENCES[part, parts[part]]) for part in NAMES] + [_twilio()]


def _twilio() -> Dependency:
    name = "Twilio (simulated)" if settings().uses_simulator else "Twilio"
    last_known: TwilioLastKnown = current_app.extensions["twilio_last_known"]
    known = last_known.read()
    if known is None:
        return Dependency(name, NEUTRAL, "Was not asked yet since this server was set up.", "Not asked yet")
    if known.problem:
        return Dependency(name, BAD, f"{known.problem} Calls that Twilio sends are answered all the same.", PROBLEM)
    return Dependency(name, GOOD, f"Answered {_ago(known.asked_at)} and takes our credentials.", FINE)


def _ago(moment: datetime) -> str:
    minutes = round((datetime.now(UTC) - moment).total_seconds() / 60)
    return {0: "just now", 1: "a minute ago"}.get(minutes, f"{minutes} minutes ago")
