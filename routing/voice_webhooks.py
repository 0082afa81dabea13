"""What Twilio's webhooks are answered with: each function is the story of one, in the order in which it happens.

`twilio_door.py` has checked the signature before.

What fails → what the caller gets:

| fails | then |
|---|---|
| the signature | 403 without a word: not Twilio |
| the request makes no sense as a call | `<Reject reason="rejected"/>`; noted as far as it can be read |
| Redis, the database, this host's file, or all | the agent, as long as anybody knows it (`call_route_lookup.py`) |
| nobody knows the number | FALLBACK_NUMBER is dialled, or an apology spoken |
| the disk, for the call's note | the call goes on; the note waits in memory (`call_notes.py`) |
| this worker, before it answered | Twilio tries again or asks the fallback URL (`#rc=2&rp=5xx,ct,rt`) |
| anything that we did not think of | FALLBACK_NUMBER, or an apology; the log has the error |
| the same, at the end of a hand-off or in a status callback | an apology; an acknowledgement |
| the hand-off itself | the agent's fallback number, or an apology (`handoff_ended`) |
| a telephone that must not be dialled (`dialling.py`) | who is next, as if the hand-off had failed (`answering.py`) |
| the caller, by calling over and over | the agent, or `<Reject reason="busy"/>` for a telephone (`repeated_calls.py`) |

The decision of a call is its number's: `routed` also when the agent's telephone was refused; the note's reason says so.
"""

import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

import structlog

from config.logs import log_info
from routing import twiml
from routing.answering import REPEATED, Answer, answer_call, answer_failed_handoff
from routing.call_path import CallPath
from routing.call_record import DIALLING_REFUSED, HANDOFF_ENDED, INBOUND_CALL, STATUS_CHANGED
from routing.call_route import UNAVAILABLE, UNKNOWN, CallRoute
from routing.call_route_lookup import FoundRoute
from routing.twilio_request import (
    InboundCall,
    MalformedWebhook,
    Parameters,
    read_handoff_ended,
    read_inbound_call,
    read_malformed_call,
    read_status_changed,
    read_stream_changed,
)

log = structlog.get_logger()
VOICE, FALLBACK = "/twilio/voice", "/twilio/voice/fallback"
HANDOFF_ENDED_AT, STATUS = "/twilio/voice/handoff-ended", "/twilio/voice/status"
# Here Twilio asks what a caller shall get. At the other two endpoints the call was answered before.
ASKED_FOR_AN_ANSWER = (VOICE, FALLBACK)


@dataclass(slots=True)
class Webhook:
    """A webhook that is Twilio's: where it came to, what it says, and when it came to each stage (seconds)."""

    endpoint: str
    query: str
    parameters: Parameters
    began_at: float
    signed_at: float
    found_at: float


def answer(webhook: Webhook, path: CallPath) -> str:
    """Answer an inbound call: hand it to the agent of the dialled number, or refuse it."""
    call = read_inbound_call(webhook.parameters)
    found = find_route(call, webhook, path)
    path.repeated.count(call, found.route)
    answered = answer_call(call, found.route, path)
    note_call(call, found, answered, webhook, path)
    return answered.document


def answer_after_failure(webhook: Webhook, path: CallPath) -> str:
    """Answer a call whose first webhook, or whose hand-off, failed in Twilio's eyes.

    If Twilio could not fetch our document (errors 11xxx), the call is answered as if it had just come in. If it could
    not carry out a document, or not fetch the agent's own, the same would fail again: the hand-off counts as failed.
    """
    call = read_inbound_call(webhook.parameters)
    found = find_route(call, webhook, path)
    go_on = answer_call if is_our_document_missing(call, found.route, path) else answer_failed_handoff
    answered = go_on(call, found.route, path)
    reasons = [f"fallback URL, error {call.error_code}", answered.reason]
    note_call(call, found, answered._replace(reason="; ".join(filter(None, reasons))), webhook, path)
    return answered.document


def handoff_ended(webhook: Webhook, path: CallPath) -> str:
    """Follow up on a hand-off: another number if it failed and the agent has one, else a polite end."""
    ended = read_handoff_ended(webhook.parameters)
    call = ended.call
    is_left = ended.leaves_a_caller and path.streams.has_failed(call.account_sid, call.call_sid)
    has_failed = ended.has_failed or is_left
    outcome = ended.outcome or ("failed" if has_failed else "completed")
    is_fallback = "fallback" in parse_qs(webhook.query, keep_blank_values=True)
    details = {"outcome": outcome, "error_code": ended.error_code, "is_fallback": is_fallback}
    note(HANDOFF_ENDED, call, details, path)
    if not has_failed:
        return twiml.end_call()
    if is_fallback:
        return twiml.apologise()
    answered = answer_failed_handoff(call, find_route(call, webhook, path).route, path)
    if answered.reason:
        note(DIALLING_REFUSED, call, {"reason": answered.reason}, path)
    return answered.document


def status(webhook: Webhook, path: CallPath) -> str:
    """Note a status callback of a call or of its stream; that of a leg that we dialled says nothing of the call."""
    if stream := read_stream_changed(webhook.parameters):
        path.streams.note(stream)
        return twiml.acknowledge()
    changed = read_status_changed(webhook.parameters)
    if changed.parent_call_sid is None:
        happened_at = changed.happened_at.isoformat() if changed.happened_at else None
        details = {"duration_seconds": changed.duration_seconds, "happened_at": happened_at}
        note(STATUS_CHANGED, changed.call, details | {"call_status": changed.call.call_status}, path)
    return twiml.acknowledge()


def refuse_malformed(problem: MalformedWebhook, webhook: Webhook, path: CallPath) -> str:
    """Refuse what Twilio signed and no call makes; a retry would not make it better."""
    log.warning("webhook malformed", problem=str(problem), endpoint=webhook.endpoint)
    if webhook.endpoint in ASKED_FOR_AN_ANSWER:
        with suppress(Exception):  # unreadable SIDs, or a note that fails too: the log has it
            nobody = FoundRoute(CallRoute("", UNKNOWN), "nothing")
            note_call(read_malformed_call(webhook.parameters), nobody, Answer("", str(problem)), webhook, path)
    return twiml.reject_call("rejected")


def answer_all_the_same(error: Exception, webhook: Webhook, path: CallPath) -> str:
    """Answer a caller although we failed, whatever it was: a call is always answered."""
    log.exception("webhook failed", endpoint=webhook.endpoint, exc_info=error)
    path.counts.count("webhook_failures")
    if webhook.endpoint not in ASKED_FOR_AN_ANSWER:
        return twiml.acknowledge() if webhook.endpoint == STATUS else twiml.apologise()
    try:
        call = read_inbound_call(webhook.parameters)
    except MalformedWebhook as problem:
        return refuse_malformed(problem, webhook, path)
    except Exception:  # noqa: BLE001 - it failed before; the log has it
        return twiml.apologise()
    nothing = FoundRoute(CallRoute(call.to_number, UNAVAILABLE), "nothing")
    document = twiml.apologise()
    with suppress(Exception):  # what chooses the number of last resort, or the note, may be what failed; the log has it
        answered = answer_call(call, nothing.route, path)
        document = answered.document
        note_call(call, nothing, answered._replace(reason=type(error).__name__), webhook, path)
    return document


def find_route(call: InboundCall, webhook: Webhook, path: CallPath) -> FoundRoute:
    """Look up the dialled number. What is not a call to a phone number of ours is unknown without asking anybody."""
    if not call.is_for_a_number:
        return FoundRoute(CallRoute(call.to_number, UNKNOWN), "nothing")
    found = path.lookup.find(call.to_number)
    webhook.found_at = time.perf_counter()
    return found


def is_our_document_missing(call: InboundCall, route: CallRoute, path: CallPath) -> bool:
    """Tell whether the fallback URL is asked because we did not answer. A redirected call has other URLs to fail at."""
    if call.error_code and not call.error_code.startswith("11"):
        return False
    is_redirected = route.handoff_kind == "redirect" and call.error_url is not None
    return not is_redirected or (call.error_url or "").startswith(path.twiml.public_base)


def note_call(call: InboundCall, found: FoundRoute, answered: Answer, webhook: Webhook, path: CallPath) -> None:
    """Note an inbound call with everything that was decided about it, and the receipt of the answer.

    `milliseconds` are those from the arrival of the request here until its answer was ready to be noted.
    """
    route, answered_at = found.route, time.perf_counter()
    details = {
        "call_status": call.call_status,
        "route_source": found.source,
        "change": found.n,
        "milliseconds": round((answered_at - webhook.began_at) * 1000, 2),
        "account_id": route.account_id,
        "number_id": route.number_id,
        "agent_id": route.agent_id,
        "agent_name": route.agent_name,
        "location_id": route.location_id,
        "location_name": route.location_name,
    }
    details |= answered.receipt(route)
    note(INBOUND_CALL, call, details, path)
    noted_at = time.perf_counter()
    stages = (webhook.signed_at - webhook.began_at, webhook.found_at - webhook.signed_at, noted_at - answered_at)
    path.counts.call(route.decision, found.source, noted_at - webhook.began_at, stages)
    log_info("call answered", call_sid=call.call_sid, decision=route.decision, source=found.source)
    if REPEATED in (answered.reason or ""):
        path.counts.count("calls_repeated")
        log.warning("repeated call refused", call_sid=call.call_sid, number_id=route.number_id)


def note(kind: str, call: InboundCall, details: dict[str, Any], path: CallPath) -> None:
    """Note an event of a call on this host's disk, before Twilio is answered."""
    parties = {
        "from_number": call.from_number,
        "to_number": call.to_number,
        "forwarded_from": call.forwarded_from,
        "direction": call.direction,
    }
    path.notes.note(kind, call.account_sid, call.call_sid, parties | details)
