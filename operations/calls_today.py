"""Count one day's calls for the start page: all of them, those lost because of a pause, and the busiest locations'."""

from collections import Counter
from dataclasses import dataclass

from sqlalchemy.orm import Session

from operations.call_statistics import LOST, count_day, find_names
from operations.days import Day

# Enough to see where calls come in; of thousands nobody reads more on a start page.
MOST_LOCATIONS = 10


@dataclass(frozen=True, slots=True)
class LocationsCalls:
    """How many calls came in for a location. `location_id` is None for numbers without one, `name` for deleted ones."""

    location_id: int | None
    name: str | None
    calls: int


@dataclass(frozen=True, slots=True)
class CountedDay:
    """The calls of a day. `lost` reached nobody because their number was paused.

    `locations` are the busiest ones, the busiest first; `other_calls` those of the `other_locations`, which are too
    many to be shown.
    """

    calls: int
    lost: int
    locations: tuple[LocationsCalls, ...]
    other_calls: int
    other_locations: int


def count_one_day(session: Session, account_id: int, day: Day) -> CountedDay:
    """Count a day's calls. A call counts for the location that its number had when it came in."""
    counts = count_day(session, account_id, day)
    calls = {location_id: counter.total() - counter[LOST] for location_id, counter in counts.items()}
    in_order = sorted(calls, key=lambda location_id: (-calls[location_id], location_id or 0))
    shown, others = in_order[:MOST_LOCATIONS], in_order[MOST_LOCATIONS:]
    names = find_names(session, account_id, shown)
    return CountedDay(
        calls=sum(calls.values()),
        lost=sum(counts.values(), Counter())[LOST],
        locations=tuple(LocationsCalls(each, names.get(each), calls[each]) for each in shown),
        other_calls=sum(calls[each] for each in others),
        other_locations=len(others),
    )
