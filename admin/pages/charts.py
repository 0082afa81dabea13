"""Draw counts per day as stacked bars: pure; a template turns them into SVG, beside a table that says the same."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from operations.call_charts import CountedDays

# With the one of all others these are as many as there are colours that can be told apart.
MOST_LOCATIONS = 5
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


def draw_locations(counted: CountedDays) -> Chart:
    """Draw calls by location: the busiest ones each, the others together."""
    busiest = [(NO_LOCATION if name is None else name, counts) for name, counts in counted.locations]
    others = [(OTHERS, counted.others)] if any(counted.others) else []
    return _draw(_dates(counted), [*busiest, *others])


def draw_lost_calls(counted: CountedDays) -> Chart:
    """Draw the calls that reached nobody because a number was paused."""
    return _draw(_dates(counted), [("Refused while paused", counted.lost)])


def _dates(counted: CountedDays) -> tuple[date, ...]:
    return tuple(day.date for day in counted.days)


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
