"""Show one call with its receipt: what was decided, on whose word, as of which change, how fast, and what followed."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Call, CallEvent, Change, ChangedNumber, Number
from operations.call_story import WHY, first_answer, found_at_twilio, tell_call, tell_event
from operations.change_sentences import say_change
from operations.errors import NotFound
from operations.showing import show_call


def show_call_with_receipt(
    session: Session, account_id: int, call_sid: str, with_nobodys: bool = False, timezone: str = "UTC"
) -> dict[str, Any]:
    """Return a call of the account by its CallSid, with `receipt`, `events` in order, and `story`, a paragraph.

    The sentences tell the time of `timezone` (IANA), everything else is UTC.
    Raises NotFound, also for another account's call. The shell looks `with_nobodys`: also for calls to a number that no
    account has.
    """
    call = _find(session, account_id, call_sid, with_nobodys)
    events = _events(session, call)
    label = session.scalar(select(Number.label).where(Number.id == call.number_id))
    return show_call(call) | {
        "receipt": _receipt(session, call, events, timezone),
        "events": [
            {"at": event.noted_at.isoformat(), "kind": event.kind, "sentence": tell_event(event, call.agent_name)}
            for event in events
        ],
        "story": tell_call(call, events, label or None, timezone),
    }


def _find(session: Session, account_id: int, call_sid: str, with_nobodys: bool) -> Call:
    if not (call_sid.isascii() and call_sid.isalnum()):
        raise NotFound("There is no such call in this account.")
    owners = (account_id, None) if with_nobodys else (account_id,)
    # Whose it is, is looked at afterwards: asked for with it, SQLite may go through all calls of the account instead.
    of_that_name = session.scalars(select(Call).where(Call.call_sid == call_sid))
    found = next((call for call in of_that_name if call.account_id in owners), None)
    if found is None:
        raise NotFound(f"There is no call {call_sid[:34]} in this account.")
    return found


def _events(session: Session, call: Call) -> list[CallEvent]:
    query = select(CallEvent).where(CallEvent.account_sid == call.account_sid, CallEvent.call_sid == call.call_sid)
    return list(session.scalars(query.order_by(CallEvent.noted_at, CallEvent.id)))


def _receipt(session: Session, call: Call, events: list[CallEvent], timezone: str) -> dict[str, Any]:
    """Of a call that was only found in Twilio's list nobody knows how it was answered, so nothing is said of that."""
    answer, found = first_answer(events), found_at_twilio(events)
    details = answer.details if answer else {}
    number_change = details.get("change") if answer or not found else found.details.get("number_change")
    return {
        "decision": call.decision,
        "why": WHY.get(call.decision or ""),
        "reason": call.reason,
        "route_source": call.route_source,
        "change": details.get("change"),
        "number_changed": _last_change_of_number(session, call, number_change, timezone),
        "milliseconds": details.get("milliseconds"),
        "handoff": show_handoff(details),
        "dialled": details.get("dialled"),
        "reconciled_at": found.noted_at.isoformat() if found else None,
    }


def show_handoff(details: dict[str, Any]) -> dict[str, Any] | None:
    """Show to whom a call was handed, as the agent was then; None if its agent did not get it."""
    if not (kind := details.get("handoff_kind")):
        return None
    return {"kind": kind, "target": details["handoff_target"], "fallback_number": details["fallback_number"]}


def _last_change_of_number(session: Session, call: Call, n: int | None, timezone: str) -> dict[str, Any] | None:
    """Return the account's own change that made the number what it was: the last one up to change `n` to name it."""
    if n is None or call.account_id is None:
        return None
    query = (
        select(Change)
        .join(ChangedNumber, ChangedNumber.n == Change.n)
        .where(ChangedNumber.phone_number == call.to_number, ChangedNumber.n <= n)
        .where(Change.account_id == call.account_id)
        .order_by(ChangedNumber.n.desc())
        .limit(1)
    )
    change = session.scalars(query).first()
    if change is None:
        return None
    sentence = say_change(change.made_by, change.action, change.before, change.after, change.reason, timezone)
    return {"n": change.n, "made_at": change.made_at.isoformat(), "made_by": change.made_by, "sentence": sentence}
