"""Draw counts per day as stacked bars: pure; a template turns them into SVG, beside a table that says the same."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

MOST_SERIES = 6
HEIGHT = 100
DAY_WIDTH = 10
BAR_WIDTH = 8
OTHERS = "Other locations"
NO_LOCATION = "No location"


@dataclass(frozen=True, slots=True)
class Series:
    """What is counted under one name: a count for each day. `color` is the number of its colour in clara.css."""

    name: str
    counts: tuple[int, ...]
    color: int

    @property
    def total(self) -> int:
        return sum(self.counts)


@dataclass(frozen=True, slots=True)
class Bar:
    """A part of a day's bar, in units of which the picture has HEIGHT upwards and DAY_WIDTH for each day."""

    x: int
    y: float
    height: float
    color: int


@dataclass(frozen=True, slots=True)
class Chart:
    """Counts of some things on some days, and the bars that show them. `largest` is the highest bar's count."""

    days: tuple[date, ...]
    series: tuple[Series, ...]
    largest: int
    bars: tuple[Bar, ...]

    @property
    def width(self) -> int:
        return len(self.days) * DAY_WIDTH

    @property
    def total(self) -> int:
        return sum(series.total for series in self.series)


def draw_locations(counted: dict[str, Any]) -> Chart:
    """Draw the calls of `count_calls` by location: the busiest ones each, the others together."""
    names = [_name(row["location"]) for row in counted["locations"]]
    counts = [_per_day(counted, row["days"], "calls") for row in counted["locations"]]
    busiest = sorted(zip(names, counts, strict=True), key=lambda one: -sum(one[1]))
    shown, rest = busiest[: MOST_SERIES - 1], busiest[MOST_SERIES - 1 :]
    if len(rest) > 1:
        rest = [(OTHERS, tuple(map(sum, zip(*(counts for _, counts in rest), strict=True))))]
    return _draw(_days(counted), [*shown, *rest])


def draw_lost_calls(counted: dict[str, Any]) -> Chart:
    """Draw the calls of `count_calls` that reached nobody because a number was paused."""
    return _draw(_days(counted), [("Refused while paused", _per_day(counted, counted["days"], "lost_while_paused"))])


def _name(location: dict[str, Any] | None) -> str:
    return NO_LOCATION if location is None else location["name"] or f"Location {location['id']}, deleted"


def _days(counted: dict[str, Any]) -> tuple[date, ...]:
    return tuple(date.fromisoformat(day["date"]) for day in counted["days"])


def _per_day(counted: dict[str, Any], rows: Sequence[dict[str, Any]], count: str) -> tuple[int, ...]:
    """Return a count for each day; a location has rows only for days on which it was called."""
    found = {row["date"]: row[count] for row in rows}
    return tuple(found.get(day["date"], 0) for day in counted["days"])


def _draw(days: tuple[date, ...], counts: Sequence[tuple[str, tuple[int, ...]]]) -> Chart:
    series = tuple(Series(name, of_days, color) for color, (name, of_days) in enumerate(counts))
    per_day = [[one.counts[index] for one in series] for index in range(len(days))]
    largest = max((sum(of_day) for of_day in per_day), default=0)
    bars = [bar for index, of_day in enumerate(per_day) for bar in _stack(index, of_day, largest)]
    return Chart(days, series, largest, tuple(bars))


def _stack(index: int, counts: Sequence[int], largest: int) -> list[Bar]:
    bars, top = [], float(HEIGHT)
    for color, count in enumerate(counts):
        height = round(count / largest * HEIGHT, 2) if largest else 0.0
        top -= height
        if count:
            bars.append(Bar(index * DAY_WIDTH + (DAY_WIDTH - BAR_WIDTH) // 2, round(top, 2), height, color))
    return bars
