"""Count calls per day for a picture: all of them, those lost because of a pause, and those of the busiest locations.

Unlike `call_statistics.py` it does not count each location on each day, which of a thousand locations nobody could see.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import CTE, ColumnElement, Integer, String, and_, column, func, or_, select, values
from sqlalchemy.orm import Session

from models import Call, Location
from models.base import UtcDateTime
from operations.call_statistics import REACHED_SOMEBODY
from operations.days import Day
from routing.call_route import PAUSED

# The busiest locations of a quarter are those of its last month: to compare all of it took a third of the time.
DAYS_COMPARED = 30
Counts = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class CountedDays:
    """Counts of calls, each with one for each day.

    `lost` reached nobody because their number was paused. `locations` are the busiest ones by name, the busiest first;
    None is that of numbers that had none. `others` were calls of all other locations, those that are deleted included.
    """

    days: tuple[Day, ...]
    lost: Counts
    locations: tuple[tuple[str | None, Counts], ...]
    others: Counts


def count_days(session: Session, account_id: int, days: Sequence[Day], most: int) -> CountedDays:
    """Count an account's calls on days that follow one another, with `most` locations at most.

    A call counts for the location that its number had when it came in. Which locations are the busiest is decided by
    the last DAYS_COMPARED days. Each query reads a range of an index for each day or location, and no row of a call.
    """
    spans, mine = _spans(days), Call.account_id == account_id
    all_calls, placed = _count_placed(session, spans, mine)
    unplaced = tuple(total - count for total, count in zip(all_calls, placed, strict=True))
    busiest = _busiest(session, account_id, days[-DAYS_COMPARED:], most)
    counted = [(name, _count(session, spans, Call.location_id == where)) for where, name in busiest]
    candidates = [(name, counts) for name, counts in [*counted, (None, unplaced)] if any(counts)]
    shown = tuple(sorted(candidates, key=lambda one: -sum(one[1]))[:most])
    others = (total - sum(counts[day] for _, counts in shown) for day, total in enumerate(all_calls))
    return CountedDays(tuple(days), _count(session, spans, mine, _is_lost()), shown, tuple(others))


def _spans(days: Sequence[Day]) -> CTE:
    """Return the days as a table: where each begins and ends, by its index."""
    moment = UtcDateTime()
    columns = (column("day", Integer), column("begins", moment), column("ends", moment))
    rows = [(index, day.begins, day.ends) for index, day in enumerate(days)]
    return values(*columns, name="spans").data(rows).cte("days")


def _count_placed(session: Session, spans: CTE, mine: ColumnElement[bool]) -> tuple[Counts, Counts]:
    """Count all calls day by day, and those that had a location: both in one reading, which is most of the work.

    A subquery gives one value: it is a text with the two in it.
    """
    both = func.count().cast(String).concat(" ").concat(func.count(Call.location_id).cast(String))
    found = [text.split() for text in _ask(session, spans, both, mine)]
    return tuple(int(total) for total, _ in found), tuple(int(placed) for _, placed in found)


def _count(session: Session, spans: CTE, *which: ColumnElement[bool]) -> Counts:
    return tuple(_ask(session, spans, func.count(), *which))


def _ask(session: Session, spans: CTE, what: ColumnElement[Any], *which: ColumnElement[bool]) -> list[Any]:
    """Ask day by day: a subquery for each reads its range of an index, and nothing has to be sorted."""
    in_time = Call.received_at >= spans.c.begins, Call.received_at < spans.c.ends
    counted = select(what).select_from(Call).where(*which, *in_time).correlate(spans).scalar_subquery()
    return [found for _, found in session.execute(select(spans.c.day, counted).order_by(spans.c.day))]


def _busiest(session: Session, account_id: int, days: Sequence[Day], most: int) -> list[tuple[int, str]]:
    """Return id and name of the locations with the most calls in these days."""
    in_time = Call.received_at >= days[0].begins, Call.received_at < days[-1].ends
    count = select(func.count()).where(Call.location_id == Location.id, *in_time).scalar_subquery().label("count")
    query = select(Location.id, Location.name, count).where(Location.account_id == account_id)
    return [(row.id, row.name) for row in session.execute(query.order_by(count.desc(), Location.id).limit(most))]


def _is_lost() -> ColumnElement[bool]:
    reached_nobody = or_(Call.fallback_outcome.is_(None), Call.fallback_outcome.not_in(REACHED_SOMEBODY))
    return and_(Call.decision == PAUSED, reached_nobody)
