"""Tell what releasing a number costs, before anybody does it."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import Call, ForwardedLine, Number
from operations.finding import find_number
from operations.showing import show_number
from operations.written_moments import write_moment

DAYS = 30


def release_impact(session: Session, account_id: int, number: str | int) -> dict[str, Any]:
    """Return what would be lost with a number: its calls of the last 30 days, who would be left without any number,
    the lines that still forward to it, and the monthly price (a string of whole currency units) that is saved.

    `last_call_at` is when a call last came through a line (ISO 8601, UTC), None if none ever told so. Raises NotFound.
    """
    found = find_number(session, account_id, number)
    shown = show_number(found)
    calls, handed_over = _count_calls(session, found)
    return {
        "phone_number": found.phone_number,
        "status": found.status,
        "days": DAYS,
        "calls": calls,
        "calls_handed_over": handed_over,
        "agent_left_without_number": shown["agent"] if _is_last(session, Number.agent_id, found.agent_id) else None,
        "location_left_without_number": (
            shown["location"] if _is_last(session, Number.location_id, found.location_id) else None
        ),
        "forwarded_lines": _forwarded_lines(session, found),
        "monthly_price": shown["monthly_price"],
        "price_unit": shown["price_unit"],
    }


def tell_impact(impact: Mapping[str, Any], timezone: str = "UTC") -> list[str]:
    """Put an impact into sentences, which tell the time of a timezone (IANA)."""
    number, days = impact["phone_number"], impact["days"]
    calls, handed_over = impact["calls"], impact["calls_handed_over"]
    said = [f"{number} had {_count(calls, 'call')} in the last {days} days; {handed_over} reached an agent."]
    if agent := impact["agent_left_without_number"]:
        said.append(f"It is the last number of the agent “{agent['name']}”, who will get no calls any more.")
    if location := impact["location_left_without_number"]:
        said.append(f"It is the last number of the location “{location['name']}”, which nobody can call any more.")
    for line in impact["forwarded_lines"]:
        last = line["last_call_at"]
        seen = f"last call {write_moment(last, timezone)}" if last else "no call seen"
        said.append(f"{line['phone_number']} still forwards here, {seen}: undo that at its carrier first.")
    if impact["monthly_price"]:
        said.append(f"It saves {impact['monthly_price']} {impact['price_unit']} a month.")
    return said


def _count(count: int, word: str) -> str:
    return f"{count:,} {word}" if count == 1 else f"{count:,} {word}s"


def _count_calls(session: Session, number: Number) -> tuple[int, int]:
    since = datetime.now(UTC) - timedelta(days=DAYS)
    query = select(func.count(), func.count().filter(Call.decision == "routed"))
    counted = query.where(Call.number_id == number.id, Call.received_at >= since)
    calls, handed_over = session.execute(counted).one()
    return calls, handed_over


def _is_last(session: Session, column: Any, holder_id: int | None) -> bool:
    """Tell whether an agent or a location has exactly one number; a released one has neither."""
    if holder_id is None:
        return False
    return session.scalar(select(func.count()).where(column == holder_id)) == 1


def _forwarded_lines(session: Session, number: Number) -> list[dict[str, Any]]:
    last_call = (
        select(func.max(Call.received_at))
        .where(Call.number_id == number.id, Call.forwarded_from == ForwardedLine.phone_number)
        .scalar_subquery()
    )
    query = (
        select(ForwardedLine.phone_number, last_call)
        .where(ForwardedLine.number_id == number.id)
        .order_by(ForwardedLine.phone_number)
    )
    rows = session.execute(query)
    return [
        {"phone_number": phone_number, "last_call_at": last_call_at.isoformat() if last_call_at else None}
        for phone_number, last_call_at in rows
    ]
