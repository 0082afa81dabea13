"""The parts that the call path works with, put together once by `app.py`."""

from dataclasses import dataclass

from flask import current_app

from routing.call_notes import CallNotes
from routing.call_route_lookup import CallRouteLookup
from routing.stream_events import StreamEvents
from routing.twilio_signature import SigningSecrets
from routing.twiml import TwimlSettings


@dataclass(frozen=True, slots=True)
class CallPath:
    """Who may sign, who knows the routes, where calls are noted, and what TwiML needs."""

    secrets: SigningSecrets
    lookup: CallRouteLookup
    notes: CallNotes
    streams: StreamEvents
    twiml: TwimlSettings


def call_path() -> CallPath:
    """Return the call path of the running application."""
    parts: CallPath = current_app.extensions["call_path"]
    return parts
