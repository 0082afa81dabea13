"""Twilio's door without servers: the real endpoints and the real notes, over routes that a test chooses."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from sqlalchemy.exc import OperationalError
from twilio.request_validator import RequestValidator
from werkzeug.exceptions import NotFound
from werkzeug.test import Client, TestResponse

from routing.call_notes import CallNotes, NotedEvent, read_event
from routing.call_path import CallPath
from routing.call_route import UNKNOWN, CallRoute
from routing.call_route_lookup import FoundRoute
from routing.host_counts import HostCounts
from routing.local_store import LocalStore
from routing.refused_webhooks import RefusedWebhooks
from routing.repeated_calls import RepeatedCalls
from routing.stream_events import StreamEvents
from routing.twilio_door import TwilioDoor
from routing.twilio_signature import SigningSecrets
from routing.twiml import TwimlSettings
from simulator.signature import sign
from tests.conftest import AUTH_TOKEN, PUBLIC_URL, Answer, call_parameters

NUMBER = "+14155550100"
MOST_REPEATED = 30
ENDPOINTS = ("", "/fallback", "/handoff-ended", "/status")
SECRETS = SigningSecrets((AUTH_TOKEN,), {})


class ChosenRoutes:
    """A look-up that knows the routes it is given, and no others."""

    def __init__(self, *routes: CallRoute) -> None:
        self.routes = {route.phone_number: route for route in routes}

    def find(self, phone_number: str) -> FoundRoute:
        return FoundRoute(self.routes.get(phone_number, CallRoute(phone_number, UNKNOWN)), "worker")


class NoDatabase:
    """A database that refuses every question."""

    def ask(self, question: Callable[..., Any]) -> Any:
        raise OperationalError("SELECT", {}, ConnectionRefusedError())


class Door:
    """The endpoints on a folder of their own; `noted` tells what went to the disk."""

    def __init__(self, folder: Path, *routes: CallRoute, secrets: SigningSecrets = SECRETS, **settings: str) -> None:
        self.folder = folder / "calls"
        self.routes = ChosenRoutes(*routes)
        self.settings = TwimlSettings(**{"public_base": PUBLIC_URL} | settings)
        self.notes = CallNotes(self.folder)
        self.local_store = LocalStore(folder / "host.db")
        self.streams = StreamEvents(self.notes, self.local_store, NoDatabase())
        refused = RefusedWebhooks(folder, self.settings.public_base, secrets)
        self.counts = HostCounts(folder / "metrics")
        repeated = RepeatedCalls(folder / "repeated-calls", MOST_REPEATED)
        path = CallPath(secrets, refused, self.counts, self.routes, repeated, self.notes, self.streams, self.settings)
        self.client = Client(TwilioDoor(NotFound(), path))

    def send(self, target: str = "/twilio/voice", **request: Any) -> TestResponse:
        """Post anything at all."""
        return self.client.post(target, **request)

    def post(self, path: str = "", query: str = "", token: str = AUTH_TOKEN, **changed: str | None) -> Answer:
        """Post a signed webhook, as the fixture `twilio_post` does."""
        return self.post_pairs(call_parameters(**changed).items(), path, query, token)

    def post_pairs(
        self, pairs: Iterable[tuple[str, str]], path: str = "", query: str = "", token: str = AUTH_TOKEN
    ) -> Answer:
        """Post a signed webhook whose parameters stand in this order, some perhaps twice."""
        form: dict[str, list[str]] = {}
        for name, value in (pairs := list(pairs)):
            form.setdefault(name, []).append(value)
        target = f"/twilio/voice{path}{query}"
        headers = {"X-Twilio-Signature": sign(self.settings.public_base + target, pairs, token)}
        response = self.send(target, data=form, headers=headers)
        return Answer(response.status_code, response.text, response.content_type)

    def get(self, path: str = "", query: str = "", token: str = AUTH_TOKEN, **changed: str | None) -> Answer:
        """Send a signed webhook as Twilio does where VoiceMethod is GET: everything is in the URL, which is signed."""
        given = query.removeprefix("?") + "&" if query else ""
        target = f"/twilio/voice{path}?{given}{urlencode(call_parameters(**changed))}"
        signature = RequestValidator(token).compute_signature(self.settings.public_base + target, {})
        response = self.client.get(target, headers={"X-Twilio-Signature": signature})
        return Answer(response.status_code, response.text, response.content_type)

    def noted(self) -> list[NotedEvent]:
        """Return the events on disk in the order in which they were noted."""
        return sorted(noted_in(self.folder), key=lambda event: event.noted_at)


def noted_in(folder: Path) -> list[NotedEvent]:
    """Return the events in all files of notes in a folder, without the torn ones."""
    events = []
    for path in folder.glob("*.jsonl"):
        for line in path.read_bytes().split(b"\n"):
            try:
                events.append(read_event(line))
            except ValueError:
                continue
    return events
