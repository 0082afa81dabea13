"""The endpoints that Twilio calls: each view is the story of one webhook, in the order in which it happens.

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

import structlog
from flask import Blueprint, Response, g, request
from flask.blueprints import BlueprintSetupState

from routing import twiml
from routing.answering import REPEATED, Answer, answer_call, answer_failed_handoff
from routing.call_path import CallPath, call_path
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
from routing.webhook_guard import NotFromTwilio, read_signed_parameters

log = structlog.get_logger()
voice_webhooks = Blueprint("voice_webhooks", __name__, url_prefix="/twilio/voice")
# Twilio posts, unless a number is configured with VoiceMethod GET.
METHODS = ("POST", "GET")


@dataclass(slots=True)
class Webhook:
    """A webhook on its way: what it says once it has shown to be Twilio's, and when it came to each stage (seconds)."""

    began_at: float
    signed_at: float | None = None
    found_at: float = 0.0
    parameters: Parameters = ()


@voice_webhooks.record_once
def never_redirect(state: BlueprintSetupState) -> None:
    """Answer `/twilio//voice` with 404: Twilio follows Werkzeug's 308 to the right path, but drops the form."""
    state.app.url_map.merge_slashes = False


@voice_webhooks.before_request
def let_only_twilio_in() -> Response | None:
    """Check the signature of every request to this blueprint, and keep its parameters for the view."""
    if request.method == "HEAD":  # Werkzeug adds it to GET, and it is no webhook
        return Response(status=405)
    g.webhook = webhook = Webhook(time.perf_counter())
    path, environ = call_path(), request.environ
    try:
        webhook.parameters = read_signed_parameters(environ, path.twiml.public_base, path.secrets)
    except NotFromTwilio as refusal:
        log.warning("webhook refused", problem=str(refusal))
        path.counts.count("webhooks_refused", refusal.kind)
        path.refused.note(environ, refusal.kind, refusal.signed)
        return Response(status=403)
    webhook.signed_at = webhook.found_at = time.perf_counter()
    return None


@voice_webhooks.route("", methods=METHODS)
def answer() -> Response:
    """Answer an inbound call: hand it to the agent of the dialled number, or refuse it."""
    path = call_path()
    call = read_inbound_call(g.webhook.parameters)
    found = find_route(call, path)
    path.repeated.count(call, found.route)
    answered = answer_call(call, found.route, path)
    note_call(call, found, answered, path)
    return as_twiml(answered.document)


@voice_webhooks.route("/fallback", methods=METHODS)
def answer_after_failure() -> Response:
    """Answer a call whose first webhook, or whose hand-off, failed in Twilio's eyes.

    If Twilio could not fetch our document (errors 11xxx), the call is answered as if it had just come in. If it could
    not carry out a document, or not fetch the agent's own, the same would fail again: the hand-off counts as failed.
    """
    path = call_path()
    call = read_inbound_call(g.webhook.parameters)
    found = find_route(call, path)
    go_on = answer_call if is_our_document_missing(call, found.route, path) else answer_failed_handoff
    answered = go_on(call, found.route, path)
    reasons = [f"fallback URL, error {call.error_code}", answered.reason]
    note_call(call, found, answered._replace(reason="; ".join(filter(None, reasons))), path)
    return as_twiml(answered.document)


@voice_webhooks.route("/handoff-ended", methods=METHODS)
def handoff_ended() -> Response:
    """Follow up on a hand-off: another number if it failed and the agent has one, else a polite end."""
    path = call_path()
    ended = read_handoff_ended(g.webhook.parameters)
    call = ended.call
    is_left = ended.leaves_a_caller and path.streams.has_failed(call.account_sid, call.call_sid)
    has_failed = ended.has_failed or is_left
    outcome = ended.outcome or ("failed" if has_failed else "completed")
    is_fallback = "fallback" in request.args
    details = {"outcome": outcome, "error_code": ended.error_code, "is_fallback": is_fallback}
    note(HANDOFF_ENDED, call, details, path)
    if not has_failed:
        return as_twiml(twiml.end_call())
    if is_fallback:
        return as_twiml(twiml.apologise())
    answered = answer_failed_handoff(call, find_route(call, path).route, path)
    if answered.reason:
        note(DIALLING_REFUSED, call, {"reason": answered.reason}, path)
    return as_twiml(answered.document)


@voice_webhooks.route("/status", methods=METHODS)
def status() -> Response:
    """Note a status callback of a call or of its stream; that of a leg that we dialled says nothing of the call."""
    path = call_path()
    if stream := read_stream_changed(g.webhook.parameters):
        path.streams.note(stream)
        return as_twiml(twiml.acknowledge())
    changed = read_status_changed(g.webhook.parameters)
    if changed.parent_call_sid is None:
        happened_at = changed.happened_at.isoformat() if changed.happened_at else None
        details = {"duration_seconds": changed.duration_seconds, "happened_at": happened_at}
        note(STATUS_CHANGED, changed.call, details | {"call_status": changed.call.call_status}, path)
    return as_twiml(twiml.acknowledge())


@voice_webhooks.errorhandler(MalformedWebhook)
def refuse_malformed(problem: MalformedWebhook) -> Response:
    """Refuse what Twilio signed and no call makes; a retry would not make it better."""
    log.warning("webhook malformed", problem=str(problem), endpoint=request.path)
    if is_asked_for_an_answer():
        with suppress(Exception):  # unreadable SIDs, or a note that fails too: the log has it
            nobody = FoundRoute(CallRoute("", UNKNOWN), "nothing")
            note_call(read_malformed_call(g.webhook.parameters), nobody, Answer("", str(problem)), call_path())
    return as_twiml(twiml.reject_call("rejected"))


@voice_webhooks.errorhandler(Exception)
def answer_all_the_same(error: Exception) -> Response:
    """Answer a caller although we failed: the one place where any error is caught, for a call is always answered."""
    log.exception("webhook failed", endpoint=request.path, exc_info=error)
    path = call_path()
    path.counts.count("webhook_failures")
    if "webhook" not in g or g.webhook.signed_at is None:
        return Response(status=403)  # it failed before anybody had shown to be Twilio
    if not is_asked_for_an_answer():
        is_status = request.endpoint == "voice_webhooks.status"
        return as_twiml(twiml.acknowledge() if is_status else twiml.apologise())
    try:
        call = read_inbound_call(g.webhook.parameters)
    except MalformedWebhook as problem:
        return refuse_malformed(problem)
    nothing = FoundRoute(CallRoute(call.to_number, UNAVAILABLE), "nothing")
    document = twiml.apologise()
    with suppress(Exception):  # what chooses the number of last resort, or the note, may be what failed; the log has it
        answered = answer_call(call, nothing.route, path)
        document = answered.document
        note_call(call, nothing, answered._replace(reason=type(error).__name__), path)
    return as_twiml(document)


def is_asked_for_an_answer() -> bool:
    """Tell whether Twilio asks what a caller shall get. At the other two endpoints the call was answered before."""
    return request.endpoint in ("voice_webhooks.answer", "voice_webhooks.answer_after_failure")


def find_route(call: InboundCall, path: CallPath) -> FoundRoute:
    """Look up the dialled number. What is not a call to a phone number of ours is unknown without asking anybody."""
    if not call.is_for_a_number:
        return FoundRoute(CallRoute(call.to_number, UNKNOWN), "nothing")
    found = path.lookup.find(call.to_number)
    g.webhook.found_at = time.perf_counter()
    return found


def is_our_document_missing(call: InboundCall, route: CallRoute, path: CallPath) -> bool:
    """Tell whether the fallback URL is asked because we did not answer. A redirected call has other URLs to fail at."""
    if call.error_code and not call.error_code.startswith("11"):
        return False
    is_redirected = route.handoff_kind == "redirect" and call.error_url is not None
    return not is_redirected or (call.error_url or "").startswith(path.twiml.public_base)


def note_call(call: InboundCall, found: FoundRoute, answered: Answer, path: CallPath) -> None:
    """Note an inbound call with everything that was decided about it, and the receipt of the answer.

    `milliseconds` are those from the arrival of the request here until its answer was ready to be noted.
    """
    route, webhook, answered_at = found.route, g.webhook, time.perf_counter()
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
    log.info("call answered", call_sid=call.call_sid, decision=route.decision, source=found.source)
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


def as_twiml(document: str) -> Response:
    return Response(document, content_type="text/xml; charset=utf-8")
