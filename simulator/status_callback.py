"""Request a status callback: Twilio tells what became of a call and does not follow what comes back.

https://www.twilio.com/docs/voice/api/call-resource#statuscallback
"""

import math
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.utils import format_datetime

from simulator.call_in_progress import CallInProgress
from simulator.call_parameters import call_parameters
from simulator.story import STATUS_CALLBACK, Step, problem
from simulator.webhook_request import request_webhook

STATUS_CALLBACK_FAILURE = 15003


def call_duration_seconds(live: CallInProgress) -> int:
    """Return how long the call lasted since it was answered; a call that was not answered lasted 0 s."""
    return max(1, math.ceil(live.seconds)) if live.answered else 0


def billed_minutes(live: CallInProgress) -> int:
    """Return the minutes that Twilio charges for: every minute begun."""
    return math.ceil(call_duration_seconds(live) / 60)


def report_end_of_call(live: CallInProgress) -> Iterator[Step]:
    """Tell the number's status callback, if it has one, how the call ended."""
    if live.call.status_callback_url is None:
        return
    parameters = {
        **call_parameters(live.call, live.final_status),
        "CallDuration": str(call_duration_seconds(live)),
        "Duration": str(billed_minutes(live)),
        "Timestamp": timestamp(),
        "CallbackSource": "call-progress-events",
        "SequenceNumber": "0",
    }
    yield from request_status_callback(live, "POST", live.call.status_callback_url, parameters)


def request_status_callback(
    live: CallInProgress, method: str, url: str, parameters: Mapping[str, str]
) -> Iterator[Step]:
    """Request a status callback; a failure is a warning to Twilio and changes nothing for the caller."""
    answer = request_webhook(live.session, method, url, parameters, live.call.auth_token)
    subject = parameters.get("StreamEvent") or f"call {parameters['CallStatus']}"
    result = answer.error if answer.error_code else f"status {answer.status_code}"
    yield Step(
        kind=STATUS_CALLBACK,
        text=f"Twilio reports {subject} to {answer.url}: {result}, {answer.latency_ms:.0f} ms",
        url=answer.url,
        parameters=parameters,
        status_code=answer.status_code,
        latency_ms=answer.latency_ms,
        error_code=answer.error_code,
    )
    if answer.error_code is not None:
        yield problem(f"the status callback failed ({answer.error})", STATUS_CALLBACK_FAILURE)


def timestamp() -> str:
    """Return the time now as Twilio writes it: RFC 2822, in UTC."""
    return format_datetime(datetime.now(UTC))
