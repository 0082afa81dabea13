"""The bars of a chart, and what they stand for."""

from typing import Any

from admin.pages.charts import HEIGHT, MOST_SERIES, NO_LOCATION, OTHERS, draw_locations, draw_lost_calls

DAYS = ("2026-03-01", "2026-03-02")


def counted(*locations: tuple[str | None, int, int], lost: tuple[int, int] = (0, 0)) -> dict[str, Any]:
    """Return what `count_calls` returns of these locations' calls on two days; none on a day without calls."""
    days = [{"date": day, "lost_while_paused": count} for day, count in zip(DAYS, lost, strict=True)]
    rows = [
        {
            "location": None if name is None else {"id": index, "name": name or None},
            "days": [{"date": day, "calls": count} for day, count in zip(DAYS, counts, strict=True) if count],
        }
        for index, (name, *counts) in enumerate(locations)
    ]
    return {"days": days, "locations": rows}


def test_highest_day_fills_the_picture() -> None:
    """The parts of a bar stand on one another."""
    chart = draw_locations(counted(("Downtown", 1, 3), ("Airport", 0, 1)))

    assert (chart.largest, chart.total) == (4, 5)
    assert [(bar.x, bar.y, bar.height, bar.color) for bar in chart.bars] == [
        (1, 75.0, 25.0, 0),
        (11, 25.0, 75.0, 0),
        (11, 0.0, 25.0, 1),
    ]


def test_busiest_locations_stand_for_themselves_and_the_others_together() -> None:
    """There are no more colours than can be told apart, and no call is left out."""
    chart = draw_locations(counted(*((f"Place {index}", index, 1) for index in range(1, 10))))

    assert len(chart.series) == MOST_SERIES
    assert [series.name for series in chart.series[::5]] == ["Place 9", OTHERS]
    assert chart.total == sum(range(1, 10)) + 9


def test_location_without_a_name_has_one_in_the_picture() -> None:
    """The number had none, or nobody remembers what it was called."""
    chart = draw_locations(counted((None, 1, 0), ("", 1, 0)))

    assert [series.name for series in chart.series] == [NO_LOCATION, "Location 1, deleted"]


def test_days_without_calls_have_no_bars() -> None:
    """And nothing is divided by nothing."""
    assert draw_locations(counted()).bars == ()
    assert draw_lost_calls(counted(lost=(0, 0))).total == 0
    assert [bar.height for bar in draw_lost_calls(counted(lost=(0, 2))).bars] == [HEIGHT]
