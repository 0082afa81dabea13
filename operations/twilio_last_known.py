"""Know whether Twilio answers us without asking it: what it said last is kept in a file of this host.

The housekeeper asks once a minute (`app.py`). A page must not wait for Twilio, and what it shows is about a minute old
at most.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from operations.twilio_account import TwilioAccount
from operations.twilio_errors import TwilioProblem

# Which country is asked about does not matter: an answer tells that Twilio is there and takes our credentials.
COUNTRY = "US"


@dataclass(frozen=True, slots=True)
class LastKnown:
    """What came of asking Twilio at a moment (UTC); `problem` is a sentence, None when it answered as it should."""

    asked_at: datetime
    problem: str | None


class TwilioLastKnown:
    """The file, which several processes of a host may read and one writes."""

    def __init__(self, path: Path, twilio: TwilioAccount) -> None:
        self._path, self._twilio = path, twilio

    def ask(self) -> LastKnown:
        """Ask Twilio, and keep what came of it; raises OSError when the file cannot be written."""
        try:
            self._twilio.number_types(COUNTRY)
            problem = None
        except TwilioProblem as found:
            problem = found.message
        known = LastKnown(datetime.now(UTC), problem)
        written = self._path.with_suffix(".new")
        written.write_text(json.dumps({"asked_at": known.asked_at.isoformat(), "problem": problem}))
        written.replace(self._path)
        return known

    def read(self) -> LastKnown | None:
        """Return what is known; None if nobody has asked yet, or the file cannot be read."""
        try:
            read = json.loads(self._path.read_text())
            return LastKnown(datetime.fromisoformat(read["asked_at"]), read["problem"])
        except (OSError, ValueError, TypeError, KeyError):
            return None
