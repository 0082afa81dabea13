"""Read which calls somebody wants to see, as typed by a person or a program, into conditions of a query."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import ColumnElement, false, select
from sqlalchemy.orm import Session

from models import Agent, Call, Location, Number
from operations.checking import read_phone_number
from operations.errors import Invalid
from operations.pages import LARGEST_ID
from routing.call_record import STATUS_ORDER
from routing.call_route import DECISIONS, ROUTED, UNAVAILABLE

CALL_STATUSES = tuple(status for status in STATUS_ORDER if status)
LONGEST_TEXT = 256


@dataclass(frozen=True, slots=True)
class CallFilters:
    """What the wanted calls have in common; None does not narrow.

    `number` is a phone number (every time that the account has had it) or an id; `agent` and `location` are a name or
    an id, also of one that is deleted. `caller` and `forwarded_from` are phone numbers, or the words that a carrier put
    in their place. `since` is the first moment that counts and `until` the first that does not any more: ISO 8601, a
    day (of UTC, and then `until` is that whole day too) or a moment. `refused` tells apart the calls that met nobody.
    """

    number: str | int | None = None
    agent: str | None = None
    location: str | None = None
    decision: str | None = None
    status: str | None = None
    caller: str | None = None
    forwarded_from: str | None = None
    since: str | None = None
    until: str | None = None
    refused: bool | None = None


def conditions(session: Session, account_id: int | None, filters: CallFilters) -> list[ColumnElement[bool]]:
    """Return the conditions for calls of the account, or with None for those that no account owns.

    Raises Invalid for what cannot be read. What another account has narrows exactly like what nobody has: to nothing.
    """
    found = [Call.account_id == account_id if account_id is not None else Call.account_id.is_(None)]
    if filters.number is not None:
        found.append(_of_number(session, account_id, filters.number))
    if filters.agent is not None:
        found.append(_of_named(session, account_id, Agent, filters.agent))
    if filters.location is not None:
        found.append(_of_named(session, account_id, Location, filters.location))
    if filters.decision is not None:
        found.append(Call.decision == _one_of(filters.decision, DECISIONS, "decision"))
    if filters.status is not None:
        found.append(Call.call_status == _one_of(filters.status, CALL_STATUSES, "call status"))
    if filters.caller is not None:
        found.append(Call.from_number == read_party(filters.caller))
    if filters.forwarded_from is not None:
        found.append(Call.forwarded_from == read_party(filters.forwarded_from))
    if filters.refused is not None:
        met_somebody = (ROUTED, UNAVAILABLE)
        refused = tuple(decision for decision in DECISIONS if decision not in met_somebody)
        found.append(Call.decision.in_(refused if filters.refused else met_somebody))
    return found + _between(filters.since, filters.until)


def read_moment(text: str, is_end: bool = False) -> datetime:
    """Read an ISO 8601 day or moment; a day is its beginning in UTC, or as an end the beginning of the next one."""
    try:
        if len(text) == len("2026-11-25"):
            day = date.fromisoformat(text) + timedelta(days=1 if is_end else 0)
            return datetime.combine(day, time(), UTC)
        moment = datetime.fromisoformat(text)
        return (moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Invalid(f"“{text[:40]}” is not a day such as 2026-11-25 or a moment such as 2026-11-25T14:00Z.") from None


def read_party(text: str) -> str:
    """Return a phone number in E.164, or as it is what carriers and SIP put in the place of one."""
    try:
        return read_phone_number(text)
    except Invalid:
        return _read_text(text)


def _of_number(session: Session, account_id: int | None, name: str | int) -> ColumnElement[bool]:
    """Match every row that the account has had for a phone number; nobody's calls have only what was dialled."""
    if isinstance(name, int):
        return Call.number_id == name if 0 <= name <= LARGEST_ID else false()
    phone_number = read_phone_number(name)
    if account_id is None:
        return Call.to_number == phone_number
    owned = select(Number.id).where(Number.account_id == account_id, Number.phone_number == phone_number)
    return Call.number_id.in_(session.scalars(owned).all())


def _of_named(
    session: Session, account_id: int | None, kind: type[Agent] | type[Location], text: str
) -> ColumnElement[bool]:
    """Match by id. A name is that of one there is now; else calls remember the names of those that are deleted."""
    ids, names = (Call.agent_id, Call.agent_name) if kind is Agent else (Call.location_id, Call.location_name)
    name = _read_text(text)
    if name.isascii() and name.isdecimal() and len(name) < 19:
        return ids == int(name)
    found = session.scalar(select(kind.id).where(kind.account_id == account_id, kind.name == name))
    return names == name if found is None else ids == found


def _between(since: str | None, until: str | None) -> list[ColumnElement[bool]]:
    first = read_moment(since) if since is not None else None
    end = read_moment(until, is_end=True) if until is not None else None
    if first and end and first >= end:
        raise Invalid("The beginning of the time asked for is not before its end.")
    begins = [Call.received_at >= first] if first else []
    return begins + ([Call.received_at < end] if end else [])


def _one_of(text: str, known: tuple[str, ...], of_what: str) -> str:
    if text not in known:
        raise Invalid(f"A {of_what} is one of: {', '.join(known)}.")
    return text


def _read_text(text: str) -> str:
    found = text.strip()
    if not found or len(found) > LONGEST_TEXT or not found.isprintable():
        raise Invalid(f"What calls are filtered by has 1 to {LONGEST_TEXT} printable characters.")
    return found
