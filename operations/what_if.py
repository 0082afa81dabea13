"""Say what a call to a number would meet, without a call and without noting anything.

It is answered by the call path's own functions, over what the database says now, so that it cannot disagree with a
real call; only that a host which has not followed the last change yet answers as before, which is said too.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, select
from sqlalchemy.orm import Session

from models import ChangedNumber, Number
from operations.call_filters import read_moment, read_party
from operations.call_story import WHY_NOW, tell_done
from operations.changes import Changes
from operations.errors import Invalid
from operations.finding import find_number
from operations.show_call import show_handoff
from operations.written_moments import write_moment
from routing.answering import Answer, answer_call
from routing.call_path import CallPath
from routing.call_route import PAUSED, RELEASED, CallRoute
from routing.call_route_lookup import FoundRoute
from routing.route_queries import decide, read_route
from routing.twilio_request import InboundCall

# Clocks differ a little, and a moment takes its time to be typed.
MOST_PAST = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Supposed:
    """The call that is supposed: from `caller`, through the line `forwarded_from`, at a moment (ISO 8601).

    Without a caller it is one who shows a number, without a moment it is now. The sentence tells the moment on the
    clock of `timezone` (IANA).
    """

    caller: str | None = None
    forwarded_from: str | None = None
    at: str | None = None
    timezone: str = "UTC"


class FreshRoutes:
    """What the database knows: to the call path, whoever answers for the routes."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def find(self, phone_number: str) -> FoundRoute:
        """Find where calls to this E.164 number go, as this snapshot has it."""
        found = read_route(self._connection, phone_number)
        return FoundRoute(found.routes[phone_number], "database", found.n)


def what_if(
    session: Session, changes: Changes, path: CallPath, account_id: int, number: str | int, supposed: Supposed
) -> dict[str, Any]:
    """Return the decision, its reason in a sentence, the TwiML, and whether that is in force on every host.

    Raises NotFound for a number that the account never had, Invalid for a caller or a moment that cannot be.
    """
    found = find_number(session, account_id, number)
    at = _read_at(supposed.at)
    fresh = FreshRoutes(session.connection())
    known = fresh.find(found.phone_number)
    route = _route_then(_own_route(known.route, found), found, at)
    answered = answer_call(_as_call(supposed, route), route, replace(path, lookup=fresh))
    last_change = select(func.max(ChangedNumber.n)).where(ChangedNumber.phone_number == found.phone_number)
    unconfirmed = changes.hosts_without(session.scalar(last_change) or 0)
    return _show(route, answered, found, at, supposed.timezone) | {
        "route_source": known.source,
        "change": known.n,
        "in_force": not unconfirmed,
        "unconfirmed": list(unconfirmed),
    }


def _own_route(route: CallRoute, number: Number) -> CallRoute:
    """Return the account's own route: of a number that it released, another account's is none of its business."""
    return route if route.account_id == number.account_id else CallRoute(number.phone_number, RELEASED)


def _route_then(route: CallRoute, number: Number, at: datetime | None) -> CallRoute:
    """Return the route as it will be when a pause has ended by itself; a moment that is not named is now."""
    is_over = at is not None and number.resume_at is not None and number.resume_at <= at
    if route.decision != PAUSED or not is_over:
        return route
    resumed = decide("active", route.agent_id)
    return replace(route, decision=resumed, paused_treatment=None, paused_message=None, paused_forward_to=None)


def _has_ended(route: CallRoute, number: Number) -> bool:
    return number.status == PAUSED and route.decision != PAUSED


def _as_call(supposed: Supposed, route: CallRoute) -> InboundCall:
    return InboundCall(
        account_sid="",
        call_sid="",
        from_number=read_party(supposed.caller) if supposed.caller is not None else route.phone_number,
        to_number=route.phone_number,
        direction="inbound",
        call_status="ringing",
        forwarded_from=read_party(supposed.forwarded_from) if supposed.forwarded_from is not None else None,
        error_code=None,
        error_url=None,
    )


def _read_at(text: str | None) -> datetime | None:
    if text is None:
        return None
    at = read_moment(text)
    if at < datetime.now(UTC) - MOST_PAST:
        raise Invalid("That moment has passed. What calls met is in the list of calls.")
    return at


def _show(route: CallRoute, answered: Answer, number: Number, at: datetime | None, timezone: str) -> dict[str, Any]:
    receipt = answered.receipt(route)
    done = tell_done(receipt | {"change": 0}, route.agent_name)
    reason = f" ({answered.reason})" if answered.reason else ""
    when = f" at {write_moment(at, timezone)}" if at else ""
    why = WHY_NOW[route.decision] if not _has_ended(route, number) else "its pause will be over"
    has_agent, has_location = route.agent_id is not None, route.location_id is not None
    return {
        "number_id": number.id,
        "phone_number": number.phone_number,
        "at": at.isoformat() if at else None,
        "decision": route.decision,
        "sentence": f"A call to {number.phone_number}{when} would be {done}: {why}{reason}.",
        "reason": answered.reason,
        "twiml": answered.document,
        "agent": {"id": route.agent_id, "name": route.agent_name} if has_agent else None,
        "location": {"id": route.location_id, "name": route.location_name} if has_location else None,
        "handoff": show_handoff(receipt),
        "dialled": answered.dialled,
    }
