"""One JSON line an event, on standard error; phone numbers and secrets are never put into events."""

import logging
import sys

import structlog
from structlog.typing import Processor


def set_up_logs() -> None:
    """Send our events to standard error as JSON lines with a UTC timestamp, and keep libraries from saying too much."""
    shared: list[Processor] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.dict_tracebacks,
    ]
    structlog.configure(
        processors=[*shared, structlog.processors.JSONRenderer()],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    # The SDK logs the queries of its requests, and with them phone numbers that were searched or looked up.
    logging.getLogger("twilio.http_client").setLevel(logging.WARNING)
