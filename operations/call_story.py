"""Tell what happened to a call in plain sentences: pure, from its record and its events."""

from collections.abc import Sequence
from typing import Any

from models import Call, CallEvent
from operations.written_moments import write_moment
from routing.answering import REPEATED
from routing.call_record import (
    DIALLING_REFUSED,
    FOUND_AT_TWILIO,
    HANDOFF_ENDED,
    INBOUND_CALL,
    STATUS_CHANGED,
    STREAM_CHANGED,
)

WHY = {
    "routed": "the number was active, with an agent",
    "paused": "the number was paused",
    "pending": "the number was still being set up",
    "unassigned": "the number had no agent",
    "released": "the number had been released",
    "unknown": "no account has this number",
    "unavailable": "nobody who could be asked knew this number",
}
WHY_NOW = {
    "routed": "the number is active, with an agent",
    "paused": "the number is paused",
    "pending": "the number is still being set up",
    "unassigned": "the number has no agent",
    "released": "the number was released from this account",
    "unknown": "no account has this number",
}
BUSY, NOT_IN_SERVICE = "refused with a busy tone", "refused as not in service"
MET = {
    "paused": BUSY,
    "pending": BUSY,
    "unassigned": BUSY,
    "released": NOT_IN_SERVICE,
    "unknown": NOT_IN_SERVICE,
}
MET_A_PAUSE = {"not_in_service": NOT_IN_SERVICE, "message": "told so by a spoken message"}
APOLOGY = "given an apology"
KNOWN_BY = {
    "worker": "this host's copy, in the memory of the process",
    "redis": "Redis",
    "database": "the database",
    "host": "this host's copy on its disk",
    "nothing": "nobody",
}
KINDS = {
    "stream": "stream",
    "conversation_relay": "ConversationRelay",
    "sip": "SIP",
    "phone": "telephone",
    "client": "Voice SDK client",
    "redirect": "its own TwiML",
}
STREAM_SENTENCES = {
    "stream-started": "The audio stream was opened.",
    "stream-stopped": "The audio stream was closed.",
    "stream-error": "The audio stream failed",
}
# What the story tells between the answer and the end.
TO_THE_SECOND = "%Y-%m-%d at %H:%M:%S"
FOLLOWED = (HANDOFF_ENDED, DIALLING_REFUSED, STREAM_CHANGED)


def first_answer(events: Sequence[CallEvent]) -> CallEvent | None:
    """Return the event of the call's first answer, which is the one that counts; None in a stub."""
    return next((event for event in events if event.kind == INBOUND_CALL), None)


def found_at_twilio(events: Sequence[CallEvent]) -> CallEvent | None:
    """Return the event of having been found in Twilio's list of calls; None if nothing of the call was missing."""
    return next((event for event in events if event.kind == FOUND_AT_TWILIO), None)


def tell_event(event: CallEvent, agent_name: str | None) -> str:
    """Say in a sentence what one event was."""
    return TELLERS[event.kind](event.details, agent_name) if event.kind in TELLERS else f"Noted: {event.kind}."


def tell_call(call: Call, events: Sequence[CallEvent], label: str | None, timezone: str = "UTC") -> str:
    """Say in a paragraph who called whom, what was done and why, how fast, on whose word, and how it ended.

    The time is that of an IANA timezone.
    """
    called = f"{label} ({call.to_number})" if label else call.to_number or "an unreadable number"
    via = f" through the forwarded line {call.forwarded_from}" if call.forwarded_from else ""
    when = write_moment(call.received_at, timezone, TO_THE_SECOND)
    said = [f"{call.from_number or 'Somebody'} called {called}{via} on {when}."]
    answer, found = first_answer(events), found_at_twilio(events)
    if answer is not None:
        said.append(_tell_answer(answer.details, call.agent_name))
    else:
        said.append("How it was answered was not noted by this router.")
        said += [_tell_what_follows(found.details)] if found else []
    said += [tell_event(event, call.agent_name) for event in events if event.kind in FOLLOWED]
    said.append(_tell_end(call))
    return " ".join(said)


def tell_done(details: dict[str, Any], agent_name: str | None) -> str:
    """Say what was done with a call, from the receipt in its note (`routing/answering.py`)."""
    decision = str(details.get("decision"))
    if details.get("reason") == REPEATED:
        return BUSY
    if details.get("dialled"):
        return f"put through to {details['dialled']}"
    if decision == "routed" and ("handoff_kind" in details or "change" not in details):  # earlier versions noted none
        kind = details.get("handoff_kind")
        return f"handed to {agent_name or 'its agent'}" + (f" ({KINDS.get(kind, kind)})" if kind else "")
    if decision == "paused":
        return MET_A_PAUSE.get(str(details.get("paused_treatment")), BUSY)
    return MET.get(decision, APOLOGY)


def tell_source(source: str | None, change: int | None) -> str:
    """Say on whose word a call was answered, and as of which change."""
    if source in (None, "nothing"):
        return "without asking anybody" if source is None else "with nobody to ask"
    return f"from {KNOWN_BY.get(str(source), source)}" + (f" as of change {change}" if change is not None else "")


def _tell_answer(details: dict[str, Any], agent_name: str | None) -> str:
    done = tell_done(details, agent_name)
    speed = f" in {details['milliseconds']} ms" if details.get("milliseconds") is not None else ""
    source = tell_source(details.get("route_source"), details.get("change"))
    why = WHY.get(str(details.get("decision")), "for a reason that this version does not know")
    reason = f" ({details['reason']})" if details.get("reason") else ""
    return f"It was {done}{speed}, {source}, because {why}{reason}."


def _tell_what_follows(details: dict[str, Any]) -> str:
    """Say what is known of a call that only Twilio's list tells of: whose number it was, and what its end shows."""
    whom = f"agent {details['agent_name']}" if details.get("agent_name") else "no agent"
    where = f"location {details['location_name']}" if details.get("location_name") else "no location"
    decision = details.get("decision")
    shown = f" Its end shows that the call was {_refused_by(details)}." if decision else ""
    return (
        f"It was found in Twilio's list of calls afterwards. By the audit trail the number had {whom} and {where}"
        f" ({details.get('reason')}).{shown}"
    )


def _refused_by(details: dict[str, Any]) -> str:
    return NOT_IN_SERVICE if details.get("call_status") == "no-answer" else BUSY


def _tell_inbound(details: dict[str, Any], agent_name: str | None) -> str:
    target = f" Target: {details['handoff_target']}." if details.get("handoff_target") else ""
    return f"Twilio asked what to do with the call. {_tell_answer(details, agent_name)}{target}"


def _tell_handoff(details: dict[str, Any], agent_name: str | None) -> str:
    whom = "the fallback number" if details.get("is_fallback") else agent_name or "the agent"
    error = f", with Twilio's error {details['error_code']}" if details.get("error_code") else ""
    return f"The hand-off to {whom} ended: {details.get('outcome') or 'Twilio did not say how'}{error}."


def _tell_refusal(details: dict[str, Any], _: str | None) -> str:
    return f"Somebody was not dialled: {details.get('reason')}."


def _tell_stream(details: dict[str, Any], _: str | None) -> str:
    event = str(details.get("event"))
    problem = f": {details['problem']}." if details.get("problem") else ""
    said = STREAM_SENTENCES.get(event, f"Of the audio stream Twilio reported {event}.")
    return said.removesuffix(".") + (problem or ".")


def _tell_status(details: dict[str, Any], _: str | None) -> str:
    seconds = details.get("duration_seconds")
    return f"Twilio reported: {details.get('call_status')}" + (f" after {seconds} s." if seconds is not None else ".")


def _tell_found(details: dict[str, Any], _: str | None) -> str:
    seconds = details.get("duration_seconds")
    ended = str(details.get("call_status")) + (f" after {seconds} s" if seconds is not None else "")
    return f"Something of the call was missing here, and was found in Twilio's list of calls: it ended as {ended}."


def _tell_end(call: Call) -> str:
    if call.ended_at is None:
        return f"Its last status was {call.call_status}." if call.call_status else "Twilio has not said how it ended."
    seconds = f" after {call.duration_seconds} s" if call.duration_seconds is not None else ""
    return f"It ended as {call.call_status}{seconds}."


TELLERS = {
    INBOUND_CALL: _tell_inbound,
    HANDOFF_ENDED: _tell_handoff,
    DIALLING_REFUSED: _tell_refusal,
    STREAM_CHANGED: _tell_stream,
    STATUS_CHANGED: _tell_status,
    FOUND_AT_TWILIO: _tell_found,
}
