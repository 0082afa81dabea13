"""One JSON line an event, on standard error; phone numbers and secrets are never put into events."""

import logging
import os
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import structlog
from structlog.tracebacks import ExceptionDictTransformer
from structlog.typing import Processor

from config.json_text import as_json

STANDARD_ERROR = 2


class LineLogger:
    """Writes a line with one system call and no lock, so that threads which answer calls never wait for one another."""

    def msg(self, line: bytes) -> None:
        """Write a line; a log that cannot be written must not cost a call its answer."""
        with suppress(OSError):
            os.write(STANDARD_ERROR, line + b"\n")

    debug = info = warning = error = critical = exception = msg


LINES = LineLogger()


def log_info(event: str, **said: Any) -> None:
    """Log an event as structlog's `info` does, in a third of its time: for the line that every call has."""
    timestamp = datetime.now(UTC).isoformat().replace("+00:00", "Z")
    LINES.msg(as_json(said | {"event": event, "level": "info", "timestamp": timestamp}))


def set_up_logs() -> None:
    """Send our events to standard error as JSON lines with a UTC timestamp, and keep libraries from saying too much."""
    shared: list[Processor] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        # Never with locals, as structlog's own `dict_tracebacks` has them: among them are Auth Tokens and callers.
        structlog.processors.ExceptionRenderer(ExceptionDictTransformer(show_locals=False)),
    ]
    structlog.configure(
        processors=[*shared, structlog.processors.JSONRenderer(serializer=as_json)],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=LineLogger,
        cache_logger_on_first_use=True,
    )
    # The SDK logs the queries of its requests, and with them phone numbers that were searched or looked up.
    logging.getLogger("twilio.http_client").setLevel(logging.WARNING)
