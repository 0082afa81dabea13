"""Reconcile calls by itself: every hour the last hours, a little at a time, with other chores in between.

Every host does so, and what two of them find is written down once. A pass that Twilio does not answer to its end is
over; the next one, an hour later, goes back to the last that was whole.
"""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import structlog
from sqlalchemy import select

from models import Database, Number
from operations.reconcile_calls import USUAL_WINDOW, Reconciled, reconcile_in_batches
from operations.twilio_account import TwilioAccount
from operations.twilio_errors import TwilioProblem

log = structlog.get_logger()
# A process that is started again and again must not ask Twilio each time.
FIRST_AFTER_SECONDS = 120.0
EVERY_SECONDS = 3600.0
# The same thread finishes purchases and releases, for which somebody may be waiting.
ROUND_SECONDS = 5.0
# Twilio ends a call after 4 hours, or 24 by arrangement; what has not ended yet is looked at by a later pass.
OVERLAP = timedelta(hours=6)
# Of a call that has just ended the notes may still be on their way.
NOT_THE_LAST = timedelta(minutes=2)


class HourlyReconcile:
    """Goes on where it was in each round; begins a new pass when one is due and the last one is at its end."""

    def __init__(self, database: Database, twilio: TwilioAccount) -> None:
        self._database = database
        self._twilio = twilio
        self._due = time.monotonic() + FIRST_AFTER_SECONDS
        self._pass: Iterator[Reconciled] | None = None
        self._done = Reconciled()
        self._until = datetime.now(UTC)
        self._reconciled_until: datetime | None = None

    def work(self) -> None:
        """Reconcile for about ROUND_SECONDS, if there is anything to do."""
        going = self._pass or self._begin()
        self._pass = None
        if going is None:
            return
        try:
            is_at_its_end = self._go_on(going)
        except TwilioProblem as problem:
            log.warning("calls not reconciled", problem=problem.code)
            return
        if not is_at_its_end:
            self._pass = going
            return
        self._reconciled_until = self._until
        if self._done.found or self._done.filled:
            log.warning("calls were missing", found=self._done.found, filled=self._done.filled)

    def _go_on(self, going: Iterator[Reconciled]) -> bool:
        """Do batch after batch; return whether that was the last one, and not only the time was up."""
        give_up_at = time.monotonic() + ROUND_SECONDS
        for more in going:
            self._done += more
            if time.monotonic() >= give_up_at:
                return False
        return True

    def _begin(self) -> Iterator[Reconciled] | None:
        """Begin a pass if one is due, and there is a number that calls may have come to."""
        if time.monotonic() < self._due:
            return None
        self._due = time.monotonic() + EVERY_SECONDS
        with self._database.reading() as session:
            if session.scalar(select(Number.id).limit(1)) is None:
                return None
        self._until = datetime.now(UTC) - NOT_THE_LAST
        first = self._until - USUAL_WINDOW
        since = max(first, self._reconciled_until - OVERLAP) if self._reconciled_until else first
        self._done = Reconciled()
        return reconcile_in_batches(self._database, self._twilio, since, self._until)
