"""The parts of the way of a call that `one_call.py` times, by the names under which `routing/` calls them."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

from routing import call_notes, twilio_door, twiml, voice_webhooks, webhook_guard
from routing.call_route_lookup import CallRouteLookup
from routing.local_store import LocalStore


@dataclass(frozen=True, slots=True)
class Part:
    """A function that the way of a call goes through: `name` in `owner`. Those indented are parts of the one above."""

    title: str
    owner: Any
    name: str

    @contextmanager
    def timed(self, seconds: dict[str, float]) -> Iterator[None]:
        """Add up, during the block, the time spent in the function."""
        function = getattr(self.owner, self.name)

        def stopped(*args: Any, **kwargs: Any) -> Any:
            started = time.perf_counter()
            try:
                return function(*args, **kwargs)
            finally:
                seconds[self.title] += time.perf_counter() - started

        with patch.object(self.owner, self.name, stopped):
            yield


PARTS = (
    Part("let only Twilio in", twilio_door, "read_signed_parameters"),
    Part("  parse the form", webhook_guard, "_read_form"),
    Part("  check the signature", webhook_guard, "is_signed_by_twilio"),
    Part("read the call", voice_webhooks, "read_inbound_call"),
    Part("find the route", CallRouteLookup, "find"),
    Part("  read `known`", LocalStore, "known"),
    Part("note the call, and log it", voice_webhooks, "note_call"),
    Part("  write the event as JSON", call_notes, "event_line"),
    Part("  append it", call_notes.NotesFile, "append"),
    Part("  log line", voice_webhooks, "log_info"),
    Part("find the rendered TwiML", twiml, "answer_call"),
)
