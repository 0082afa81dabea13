"""Which calls tell that a line forwards to a number, and when one was last seen through it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import phonenumbers
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from models import Call, ForwardedLine, Number
from routing.dialling import read_line

VERIFY_WITHIN = timedelta(minutes=10)
CALLS_LOOKED_AT = 100


def find_witness(session: Session, line: ForwardedLine) -> Call | None:
    """Return the first call within VERIFY_WITHIN of the start of a verification that shows that the line forwards.

    That is a call whose carrier names the line as ForwardedFrom; or one from the announced test phone, unless its
    carrier names another line. A call that the test phone makes to the number itself looks the same as one through a
    line whose carrier hides it.
    """
    if line.verifying_since is None:
        return None
    names_line = Call.forwarded_from.in_(spellings(line.phone_number))
    is_candidate = or_(names_line, Call.from_number == line.test_phone) if line.test_phone else names_line
    query = (
        select(Call)
        .where(Call.number_id == line.number_id, is_candidate)
        .where(Call.received_at.between(line.verifying_since, line.verifying_since + VERIFY_WITHIN))
        .order_by(Call.received_at, Call.id)
        .limit(CALLS_LOOKED_AT)
    )
    return next((call for call in session.scalars(query) if _is_witness(call, line)), None)


def last_call_through(session: Session, line: ForwardedLine) -> datetime | None:
    """Return when the last call came whose carrier named the line, verification or not."""
    query = select(Call.received_at).where(
        Call.number_id == line.number_id, Call.forwarded_from.in_(spellings(line.phone_number))
    )
    return session.scalar(query.order_by(Call.received_at.desc()).limit(1))


def spellings(phone_number: str) -> tuple[str, ...]:
    """Return how carriers write a number: in E.164, without its +, and as it is dialled within its country."""
    national = phonenumbers.national_significant_number(phonenumbers.parse(phone_number, None))
    return phone_number, phone_number[1:], national


def show_line(session: Session, line: ForwardedLine, number: Number) -> dict[str, Any]:
    """Show a line and how its verification stands; a witness counts as soon as its call is recorded."""
    witness = find_witness(session, line) if line.verified_at is None else None
    verified_at = witness.received_at if witness else line.verified_at
    last_call_at = last_call_through(session, line)
    return show_stored_line(line, number) | {
        "state": _state(line, verified_at),
        "verified_at": verified_at.isoformat() if verified_at else None,
        "verified_by": witness.call_sid if witness else line.verified_by,
        "verify_until": (line.verifying_since + VERIFY_WITHIN).isoformat() if line.verifying_since else None,
        "last_call_at": last_call_at.isoformat() if last_call_at else None,
    }


def show_stored_line(line: ForwardedLine, number: Number) -> dict[str, Any]:
    """Show a line as it is stored, for the audit trail."""
    return {
        "id": line.id,
        "phone_number": line.phone_number,
        "number": {"id": number.id, "phone_number": number.phone_number},
        "test_phone": line.test_phone,
        "verifying_since": line.verifying_since.isoformat() if line.verifying_since else None,
        "verified_at": line.verified_at.isoformat() if line.verified_at else None,
        "verified_by": line.verified_by,
        "created_at": line.created_at.isoformat(),
    }


def _is_witness(call: Call, line: ForwardedLine) -> bool:
    named = read_line(call.forwarded_from, call.to_number or "")
    return named == line.phone_number or (named is None and call.from_number == line.test_phone)


def _state(line: ForwardedLine, verified_at: datetime | None) -> str:
    if verified_at is not None:
        return "verified"
    if line.verifying_since is None:
        return "registered"
    return "waiting" if datetime.now(UTC) <= line.verifying_since + VERIFY_WITHIN else "expired"
