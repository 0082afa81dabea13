"""A router that dies, for callers who ask for it, between the record of their call and their answer."""

import os
import signal
from typing import Any

from app import create_app
from routing.call_notes import CallNotes
from routing.call_record import INBOUND_CALL
from tests.faults.load import FATAL_CALLER


class FatalNotes(CallNotes):
    """Notes as ever, and is gone."""

    def note(self, kind: str, account_sid: str, call_sid: str, details: dict[str, Any]) -> None:
        """Note the event; kill this process after that of a fatal call's first webhook."""
        super().note(kind, account_sid, call_sid, details)
        is_of_the_fallback_url = str(details.get("reason") or "").startswith("fallback URL")
        if details["from_number"] == FATAL_CALLER and kind == INBOUND_CALL and not is_of_the_fallback_url:
            os.kill(os.getpid(), signal.SIGKILL)


application = create_app()
application.extensions["call_path"].notes.__class__ = FatalNotes
