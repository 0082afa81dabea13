"""The bars of a chart, and what they stand for."""

from datetime import UTC, date, datetime, timedelta

from admin.pages.charts import HEIGHT, NO_LOCATION, OTHERS, draw_locations, draw_lost_calls
from operations.call_charts import CountedDays
from operations.days import Day

FIRST = datetime(2026, 3, 1, tzinfo=UTC)
DAYS = tuple(
    Day(date(2026, 3, 1 + index), FIRST + timedelta(days=index), FIRST + timedelta(days=index + 1))
    for index in range(2)
)


def counted(
    *locations: tuple[str | None, int, int], lost: tuple[int, int] = (0, 0), others: tuple[int, int] = (0, 0)
) -> CountedDays:
    """Return what `count_days` returns of these locations' calls on two days."""
    return CountedDays(DAYS, lost, tuple((name, (first, second)) for name, first, second in locations), others)


def test_highest_day_fills_the_picture() -> None:
    """The parts of a bar stand on one another."""
    chart = draw_locations(counted(("Downtown", 1, 3), ("Airport", 0, 1)))

    assert (chart.largest, chart.total) == (4, 5)
    assert [(bar.x, bar.y, bar.height, bar.color) for bar in chart.bars] == [
        (1, 75.0, 25.0, 0),
        (11, 25.0, 75.0, 0),
        (11, 0.0, 25.0, 1),
    ]


def test_calls_of_other_locations_are_drawn_together() -> None:
    """Last, so that no call is left out."""
    chart = draw_locations(counted(("Downtown", 3, 3), others=(4, 5)))

    assert [(series.name, series.total) for series in chart.series] == [("Downtown", 6), (OTHERS, 9)]


def test_calls_without_a_location_have_a_name_in_the_picture() -> None:
    """Their number had none."""
    assert [series.name for series in draw_locations(counted((None, 1, 0))).series] == [NO_LOCATION]


def test_days_without_calls_have_no_bars() -> None:
    """And nothing is divided by nothing."""
    assert draw_locations(counted()).bars == ()
    assert draw_lost_calls(counted(lost=(0, 0))).total == 0
    assert [bar.height for bar in draw_lost_calls(counted(lost=(0, 2))).bars] == [HEIGHT]
