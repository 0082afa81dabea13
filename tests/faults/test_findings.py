"""A run of `make faults` comes to its end whatever fails in it, and tells it."""

import time
from pathlib import Path

import pytest

from tests.faults.fault import SHORT
from tests.faults.findings import Findings, StoryTooLong, ending_within
from tests.faults.report import BEGIN, END
from tests.faults.story import SMALL, Scale, Shown


class Village:
    """A town without servers, which remembers how many there were."""

    made = 0

    def __init__(self, folder: Path) -> None:
        type(self).made += 1

    def __enter__(self) -> "Village":
        return self

    def __exit__(self, *_: object) -> None:
        raise OSError("a server would not end")

    def heal(self) -> None:
        """Nothing is broken."""


def calm(town: Village, scale: Scale) -> Shown:
    return Shown("Calm", "nothing happens", {"calls": 12}, [])


def flood(town: Village, scale: Scale) -> Shown:
    raise AssertionError("it did not happen in time")


def test_story_that_fails_is_told_and_the_others_go_on_in_a_new_town(tmp_path: Path) -> None:
    """Nobody knows what it has left behind."""
    Village.made = 0
    findings = Findings(tmp_path, SHORT, SMALL, tmp_path / "page.md")

    with findings.towns(Village) as towns:
        for story in (calm, flood, calm, calm):
            findings.tell(towns, story, story.__name__)

    page = (tmp_path / "page.md").read_text()
    figures = page.partition(BEGIN)[2].partition(END)[0]
    assert figures.count("* **Calm**: calls 12.") == 3
    assert "**flood**: could not be measured" in figures
    assert "it did not happen in time" in figures
    assert len(findings.broken) == 1
    assert Village.made == 2


def test_only_what_is_asked_for_happens(tmp_path: Path) -> None:
    """And without a page nothing is written."""
    findings = Findings(tmp_path, SHORT, SMALL, None, only="Cal")

    with findings.towns(Village) as towns:
        findings.tell(towns, flood, "flood")
        findings.tell(towns, calm, "calm")

    assert findings.broken == []
    assert not list(tmp_path.iterdir())


def test_story_without_an_end_is_ended() -> None:
    """It would take all the others along."""
    with pytest.raises(StoryTooLong), ending_within(0.05):
        time.sleep(60)
