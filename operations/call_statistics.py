"""Count calls per location and per day, by what was decided about them; the refused ones count too."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from models import Call, Location
from operations.days import Day, read_days
from operations.pages import USUAL_PAGE, cut_page
from routing.call_route import DECISIONS, PAUSED

# A call that was found at Twilio afterwards: nobody knows what was decided about it.
UNRECORDED = "unrecorded"
# Paused, and nobody was reached at the number that the pause forwards to, if it does. Counted beside the decisions.
LOST = "lost_while_paused"
IDS_AT_ONCE = 500
REACHED_SOMEBODY = ("answered", "completed")
Counts = dict[int | None, Counter[str]]
Place = tuple[int | None, str | None]


@dataclass(frozen=True, slots=True)
class CountedDays:
    """Counts of each day, by location and decision; and id and name of every location that has any."""

    per_day: list[tuple[Day, Counts]]
    places: list[Place]


def count_calls(
    session: Session, account_id: int, first: str | None = None, last: str | None = None, timezone: str = "UTC"
) -> dict[str, Any]:
    """Return how many calls an account had on the days from `first` to `last` (ISO dates) of an IANA timezone.

    `days` has every day, also those without calls; `locations` every location that had calls, None being that of
    numbers that had none. A call counts for the location that its number had when it came in. `lost_while_paused` are
    the calls that reached nobody because the number was paused. Raises Invalid as `read_days` does.
    """
    counted = _count_days(session, account_id, read_days(first, last, timezone))
    return _show(counted, timezone, [_of_location(each, counted.per_day) for each in sorted(counted.places, key=_key)])


def count_calls_page(
    session: Session,
    account_id: int,
    days: Sequence[Day],
    timezone: str,
    cursor: str | None = None,
    limit: int = USUAL_PAGE,
) -> tuple[dict[str, Any], str | None]:
    """Return the same with a page of the `locations`, by name, and the cursor of the next one; raises Invalid."""
    counted = _count_days(session, account_id, days)
    page, next_cursor = cut_page(counted.places, _key, cursor, limit)
    return _show(counted, timezone, [_of_location(each, counted.per_day) for each in page]), next_cursor


def _count_days(session: Session, account_id: int, days: Sequence[Day]) -> CountedDays:
    per_day = [(day, count_day(session, account_id, day)) for day in days]
    every_id = {location_id for _, counts in per_day for location_id in counts}
    names = find_names(session, account_id, every_id)
    return CountedDays(per_day, [(location_id, names.get(location_id)) for location_id in every_id])


def _key(place: Place) -> tuple[int, str, int]:
    location_id, name = place
    return (int(location_id is None), name or "", location_id or 0)


def _show(counted: CountedDays, timezone: str, locations: list[dict[str, Any]]) -> dict[str, Any]:
    sums = [(day, sum(counts.values(), Counter())) for day, counts in counted.per_day]
    return {
        "first": sums[0][0].date.isoformat(),
        "last": sums[-1][0].date.isoformat(),
        "timezone": timezone,
        **_summary(sum((counter for _, counter in sums), Counter())),
        "days": [_of_day(day, counter) for day, counter in sums],
        "locations": locations,
    }


def count_day(session: Session, account_id: int, day: Day) -> Counts:
    """Count one day's calls by location and decision: a range of an index, and no row of a call."""
    was_forwarded = case((Call.fallback_outcome.in_(REACHED_SOMEBODY), 1), else_=0)
    query = (
        select(Call.location_id, Call.decision, func.count(), func.sum(was_forwarded))
        .where(Call.account_id == account_id, Call.received_at >= day.begins, Call.received_at < day.ends)
        .group_by(Call.location_id, Call.decision)
    )
    counts: Counts = {}
    for location_id, decision, count, forwarded in session.execute(query):
        counter = counts.setdefault(location_id, Counter())
        counter[decision or UNRECORDED] += count
        counter[LOST] += count - forwarded if decision == PAUSED else 0
    return counts


def find_names(session: Session, account_id: int, location_ids: Iterable[int | None]) -> dict[int | None, str | None]:
    """Return the names that locations have now, or had at their last call if they are deleted."""
    wanted = [location_id for location_id in location_ids if location_id is not None]
    names: dict[int | None, str | None] = {}
    for first in range(0, len(wanted), IDS_AT_ONCE):
        some = Location.id.in_(wanted[first : first + IDS_AT_ONCE])
        query = select(Location.id, Location.name).where(Location.account_id == account_id, some)
        names |= {row.id: row.name for row in session.execute(query)}
    last = select(Call.location_name).where(Call.account_id == account_id).order_by(Call.received_at.desc()).limit(1)
    gone = [location_id for location_id in wanted if location_id not in names]
    return names | {location_id: session.scalar(last.where(Call.location_id == location_id)) for location_id in gone}


def _of_location(place: Place, per_day: list[tuple[Day, Counts]]) -> dict[str, Any]:
    location_id, name = place
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
