"""The parts that the call path works with, put together once by `app.py`."""

from dataclasses import dataclass
from typing import Protocol

from routing.call_notes import CallNotes
from routing.call_route_lookup import FoundRoute
from routing.host_counts import HostCounts
from routing.refused_webhooks import RefusedWebhooks
from routing.repeated_calls import RepeatedCalls
from routing.stream_events import StreamEvents
from routing.twilio_signature import SigningSecrets
from routing.twiml import TwimlSettings


class KnowsRoutes(Protocol):
    """Whoever says where calls to a number go: `CallRouteLookup`, or the database alone for a call that is not one."""

    def find(self, phone_number: str) -> FoundRoute:
        """Find where calls to this E.164 number go now."""


@dataclass(frozen=True, slots=True)
class CallPath:
    """Who may sign, who knows the routes, who calls too often, where all of it is noted, and what TwiML needs."""

    secrets: SigningSecrets
    refused: RefusedWebhooks
    counts: HostCounts
    lookup: KnowsRoutes
    repeated: RepeatedCalls
    notes: CallNotes
    streams: StreamEvents
    twiml: TwimlSettings
