"""Tell a stream that failed from one that the agent ended, which Twilio's request to the action URL does not say.

Only the stream's own status callback says so. It may come to another host, and after the request to the action URL,
because Twilio promises no order.
"""

import time

import structlog
from sqlalchemy import Connection, select

from models import CallEvent
from routing.call_notes import CallNotes
from routing.call_record import STREAM_CHANGED
from routing.deadline import DATABASE_FAILURES, DeadlinedDatabase
from routing.local_store import LOCAL_FAILURES, STREAM_ERROR, LocalStore
from routing.twilio_request import StreamChanged

log = structlog.get_logger()
WAIT_SECONDS = 1.0
ASK_EVERY_SECONDS = 0.1
HOW_STREAMS_END = (STREAM_ERROR, "stream-stopped")


class StreamEvents:
    """Remembers the events of streams: on this host at once, for other hosts once the keeper has drained them."""

    def __init__(self, notes: CallNotes, local_store: LocalStore, database: DeadlinedDatabase) -> None:
        self._notes = notes
        self._local_store = local_store
        self._database = database

    def note(self, stream: StreamChanged) -> None:
        """Note a stream's event, as one of its call's."""
        details = {"event": stream.event, "problem": stream.problem}
        self._notes.note(STREAM_CHANGED, stream.account_sid, stream.call_sid, details)
        try:
            self._local_store.set_stream_event(stream.call_sid, stream.event)
        except LOCAL_FAILURES as error:
            log.error("local store unwritable", problem=str(error))

    def has_failed(self, account_sid: str, call_sid: str) -> bool:
        """Tell whether a stream that is over, with its caller still there, has failed.

        How it ended may be said a moment later than that it has, so that is waited for. If it never comes, a stream
        that had started is taken for ended, and one that never was said to have started for failed: its caller is put
        through to somebody, rather than hung up on. Meanwhile the thread of the webhook is held, for up to
        WAIT_SECONDS and the last look into the database.
        """
        give_up_at = time.monotonic() + WAIT_SECONDS
        while True:
            event = self._last_event(account_sid, call_sid)
            if event in HOW_STREAMS_END or time.monotonic() >= give_up_at:
                return event in (None, STREAM_ERROR)
            time.sleep(ASK_EVERY_SECONDS)

    def _last_event(self, account_sid: str, call_sid: str) -> str | None:
        try:
            if (event := self._local_store.stream_event(call_sid)) in HOW_STREAMS_END:
                return event
        except LOCAL_FAILURES as error:
            log.error("local store unreadable", problem=str(error))
            event = None
        try:
            events = self._database.ask(lambda connection: _read_stream_events(connection, account_sid, call_sid))
        except DATABASE_FAILURES as error:
            log.warning("database failed", problem=type(error).__name__)
            return event
        return next((end for end in HOW_STREAMS_END if end in events), event or next(iter(events), None))


def _read_stream_events(connection: Connection, account_sid: str, call_sid: str) -> set[str]:
    is_this_call = (CallEvent.account_sid == account_sid, CallEvent.call_sid == call_sid)
    query = select(CallEvent.details).where(*is_this_call, CallEvent.kind == STREAM_CHANGED)
    return {str(details.get("event")) for details in connection.scalars(query)}
