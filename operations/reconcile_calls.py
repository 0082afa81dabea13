"""Compare Twilio's own list of calls with our records, and write down what is missing: the third witness of a call.

A record is missing when its host lost its disk or its power before it was drained, or when the call never reached us;
its end is missing when the status callback never came. What is found is one event of a kind of its own, under an id
that follows from the call: reconciling twice, or on two hosts at once, changes nothing, and what was noted when the
call happened goes before it, also if that arrives later (`routing/call_record.py`).
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from models import Call, CallEvent, Database
from operations.errors import Invalid
from operations.explain_call import Explanation, explain
from operations.kept_calls import read_kept_since
from operations.number_history import HadNumber, had_at, read_history, read_numbers_had, states_around
from operations.twilio_account import TwilioAccount, TwilioCall
from routing.call_notes import NotedEvent
from routing.call_record import FOUND_AT_TWILIO, INBOUND_CALL, has_ended
from routing.drain import store_events
from routing.twilio_request import storable

CALLS_A_BATCH = 500
USUAL_WINDOW = timedelta(hours=24)
# Inferred from Twilio's rule for messages, 13 months or 400 days: https://support.twilio.com/hc/en-us/articles/223181008
KEPT_BY_TWILIO = timedelta(days=400)
INBOUND = "inbound"
TELL_OF_THE_NUMBER = (INBOUND_CALL, FOUND_AT_TWILIO)


@dataclass(frozen=True, slots=True)
class Reconciled:
    """How many calls were read from Twilio's list, and what became of them.

    `compared` are those that came in, have ended, and went to a number of ours; `found` had no record, `filled` one
    that was not whole. Of these, `unexplained` ended in a way that does not fit what the number was.
    """

    read: int = 0
    compared: int = 0
    found: int = 0
    filled: int = 0
    unexplained: int = 0

    def __add__(self, more: "Reconciled") -> "Reconciled":
        return Reconciled(*(getattr(self, one.name) + getattr(more, one.name) for one in fields(self)))


@dataclass(frozen=True, slots=True)
class OurCall:
    """A call to a number of ours, when it began by Twilio's clock, and whose number that was; is there any record?"""

    call: TwilioCall
    began_at: datetime
    number: HadNumber
    has_record: bool = False


def read_window(since: datetime | None, until: datetime | None) -> tuple[datetime, datetime]:
    """Return the window to reconcile: by default the USUAL_WINDOW up to now. Raises Invalid."""
    now = datetime.now(UTC)
    end = min(until or now, now)
    begin = since or end - USUAL_WINDOW
    if begin >= end:
        raise Invalid("The beginning of the time to reconcile is not before its end.")
    if begin < now - KEPT_BY_TWILIO:
        raise Invalid(
            f"Twilio's list of calls goes back {KEPT_BY_TWILIO.days} days, to {now - KEPT_BY_TWILIO:%Y-%m-%d}."
        )
    return begin, end


def reconcile_calls(
    database: Database,
    twilio: TwilioAccount,
    since: datetime,
    until: datetime,
    *,
    dry_run: bool = False,
    advance: Callable[[int], None] = lambda count: None,
) -> Reconciled:
    """Reconcile the calls that began between two moments; `advance` is told how many more were read.

    Raises TwilioProblem when Twilio does not answer to the end; what was written down until then stays.
    """
    done = Reconciled()
    for more in reconcile_in_batches(database, twilio, since, until, dry_run=dry_run):
        done += more
        advance(more.read)
    return done


def reconcile_in_batches(
    database: Database, twilio: TwilioAccount, since: datetime, until: datetime, *, dry_run: bool = False
) -> Iterator[Reconciled]:
    """Reconcile a batch at a time, however long the window is, and yield what was done with each."""
    for batch in _batches(twilio.calls(since, until)):
        yield _reconcile(database, batch, dry_run)


def _batches(calls: Iterable[TwilioCall]) -> Iterator[list[TwilioCall]]:
    batch: list[TwilioCall] = []
    for call in calls:
        batch.append(call)
        if len(batch) == CALLS_A_BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _reconcile(database: Database, batch: Sequence[TwilioCall], dry_run: bool) -> Reconciled:
    with database.reading() as session:
        ours = _choose_ours(session, batch)
        missing = _choose_missing(session, ours)
        explanations = _explain_all(session, missing)
    if missing and not dry_run:
        events = [_event(one, why) for one, why in zip(missing, explanations, strict=True)]
        with database.writing() as session:
            store_events(session, events)
    filled = sum(one.has_record for one in missing)
    unexplained = sum(not why.is_explained for why in explanations)
    return Reconciled(len(batch), len(ours), len(missing) - filled, filled, unexplained)


def _choose_ours(session: Session, batch: Sequence[TwilioCall]) -> list[OurCall]:
    """Return the calls that came in and have ended, to a number that an account had by then."""
    ended = {call.call_sid: call for call in batch if call.direction == INBOUND and has_ended(call.status)}
    had = read_numbers_had(session, {call.to_number for call in ended.values()})
    ours = []
    for call in ended.values():
        began_at = call.started_at or call.ended_at
        number = had_at(had.get(call.to_number, []), call.phone_number_sid, began_at) if began_at else None
        if began_at and number:
            ours.append(OurCall(call, began_at, number))
    return ours


def _choose_missing(session: Session, ours: Sequence[OurCall]) -> list[OurCall]:
    """Leave out the calls whose record is whole, and those that are not to be remembered any more."""
    keys = [(one.call.account_sid, one.call.call_sid) for one in ours]
    is_record = tuple_(Call.account_sid, Call.call_sid).in_(keys)
    rows = session.execute(select(Call.call_sid, Call.call_status).where(is_record))
    records = {row.call_sid: row.call_status for row in rows}
    is_event = tuple_(CallEvent.account_sid, CallEvent.call_sid).in_(keys)
    telling = select(CallEvent.call_sid).where(is_event, CallEvent.kind.in_(TELL_OF_THE_NUMBER))
    told = set(session.scalars(telling))
    missing = [
        replace(one, has_record=one.call.call_sid in records)
        for one in ours
        if not (one.call.call_sid in told and has_ended(records.get(one.call.call_sid)))
    ]
    kept_since = read_kept_since(session, {one.number.account_id for one in missing})
    return [one for one in missing if one.began_at >= kept_since[one.number.account_id]]


def _explain_all(session: Session, missing: Sequence[OurCall]) -> list[Explanation]:
    if not missing:
        return []
    latest = max(one.began_at for one in missing)
    history = read_history(session, {one.call.to_number for one in missing}, latest)
    return [
        explain(one.call.status, states_around(history.get(one.number.number_id, []), one.began_at)) for one in missing
    ]


def _event(missing: OurCall, why: Explanation) -> NotedEvent:
    call, then = missing.call, why.then
    event_id = uuid5(NAMESPACE_URL, f"{FOUND_AT_TWILIO}/{call.account_sid}/{call.call_sid}").hex
    details = _as_twilio_tells(missing) | {
        "account_id": missing.number.account_id,
        "number_id": missing.number.number_id,
        "agent_id": then.agent_id if then else None,
        "agent_name": then.agent_name if then else None,
        "location_id": then.location_id if then else None,
        "location_name": then.location_name if then else None,
        "number_change": then.change if then else None,
        "decision": why.decision,
        "reason": why.reason,
    }
    return NotedEvent(event_id, call.account_sid, call.call_sid, FOUND_AT_TWILIO, datetime.now(UTC), details)


def _as_twilio_tells(missing: OurCall) -> dict[str, Any]:
    call = missing.call
    return {
        "from_number": storable(call.from_number),
        "to_number": call.to_number,
        "forwarded_from": storable(call.forwarded_from) if call.forwarded_from else None,
        "direction": call.direction,
        "call_status": call.status,
        "duration_seconds": call.duration_seconds,
        "started_at": missing.began_at.isoformat(),
        "happened_at": call.ended_at.isoformat() if call.ended_at else None,
    }
