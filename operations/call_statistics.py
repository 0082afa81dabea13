"""Count calls per location and per day, by what was decided about them; the refused ones count too."""

from collections import Counter
from typing import Any

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from models import Call, Location
from operations.days import Day, read_days
from routing.call_route import DECISIONS, PAUSED

# A call that was found at Twilio afterwards: nobody knows what was decided about it.
UNRECORDED = "unrecorded"
# Paused, and nobody was reached at the number that the pause forwards to, if it does. Counted beside the decisions.
LOST = "lost_while_paused"
REACHED_SOMEBODY = ("answered", "completed")
Counts = dict[int | None, Counter[str]]


def count_calls(
    session: Session, account_id: int, first: str | None = None, last: str | None = None, timezone: str = "UTC"
) -> dict[str, Any]:
    """Return how many calls an account had on the days from `first` to `last` (ISO dates) of an IANA timezone.

    `days` has every day, also those without calls; `locations` every location that had calls, None being that of
    numbers that had none. A call counts for the location that its number had when it came in. `lost_while_paused` are
    the calls that reached nobody because the number was paused. Raises Invalid as `read_days` does.
    """
    days = read_days(first, last, timezone)
    names: dict[int | None, str | None] = {}
    per_day = [(day, _count(session, account_id, day, names)) for day in days]
    names |= _present_names(session, account_id)
    all_locations = {location_id for _, counts in per_day for location_id in counts}
    in_order = sorted(all_locations, key=lambda location_id: (location_id is None, names.get(location_id) or ""))
    return {
        "first": days[0].date.isoformat(),
        "last": days[-1].date.isoformat(),
        "timezone": timezone,
        **_summary(sum((counter for _, counts in per_day for counter in counts.values()), Counter())),
        "days": [_of_day(day, sum(counts.values(), Counter())) for day, counts in per_day],
        "locations": [_of_location(location_id, names.get(location_id), per_day) for location_id in in_order],
    }


def _count(session: Session, account_id: int, day: Day, names: dict[int | None, str | None]) -> Counts:
    """Count one day's calls, and keep the names that their locations had. One range of an index a day."""
    was_forwarded = case((Call.fallback_outcome.in_(REACHED_SOMEBODY), 1), else_=0)
    query = (
        select(Call.location_id, Call.decision, func.max(Call.location_name), func.count(), func.sum(was_forwarded))
        .where(Call.account_id == account_id, Call.received_at >= day.begins, Call.received_at < day.ends)
        .group_by(Call.location_id, Call.decision)
    )
    counts: Counts = {}
    for location_id, decision, name, count, forwarded in session.execute(query):
        counter = counts.setdefault(location_id, Counter())
        counter[decision or UNRECORDED] += count
        counter[LOST] += count - forwarded if decision == PAUSED else 0
        names[location_id] = name
    return counts


def _present_names(session: Session, account_id: int) -> dict[int | None, str | None]:
    query = select(Location.id, Location.name).where(Location.account_id == account_id)
    return {row.id: row.name for row in session.execute(query)}


def _of_location(location_id: int | None, name: str | None, per_day: list[tuple[Day, Counts]]) -> dict[str, Any]:
    location = None if location_id is None else {"id": location_id, "name": name}
    of_it = [(day, counts[location_id]) for day, counts in per_day if location_id in counts]
    total = sum((counter for _, counter in of_it), Counter())
    return {"location": location, **_summary(total), "days": [_of_day(day, counter) for day, counter in of_it]}


def _of_day(day: Day, counter: Counter[str]) -> dict[str, Any]:
    return {"date": day.date.isoformat(), **_summary(counter)}


def _summary(counter: Counter[str]) -> dict[str, Any]:
    return {
        "calls": counter.total() - counter[LOST],
        "decisions": {decision: counter[decision] for decision in (*DECISIONS, UNRECORDED)},
        LOST: counter[LOST],
    }
