"""A run of `make faults` comes to its end whatever fails in it, and tells it."""

import time
from pathlib import Path
from typing import Any

import pytest

from tests.faults import __main__ as faults
from tests.faults.fault import IN_FORCE, SHORT, Fault, Tried, nothing
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


CALM = Fault("Calm", nothing, nothing, "nothing happens")


def tried(**changed: Any) -> Tried:
    """A trial in which everything was as decided, but for what is changed."""
    as_decided: dict[str, Any] = {"name": "Calm", "decided": "nothing happens", "calls": 100, "watched": 20}
    as_decided |= {"settled": 50, "lost": 0, "wrong": (), "stale": (), "p50": 5.0, "p99": 9.0, "p99_after": 9.0}
    as_decided |= {"worst": 12.0, "told": IN_FORCE, "told_after": 0.1, "sent": 100, "stored": 100}
    return Tried(**as_decided | {"recovered_after": 0.1, "bars": (100.0, 500.0)} | changed)


@pytest.mark.parametrize(
    ("changed", "broken", "missed"),
    [
        ({}, 0, []),
        ({"p99_after": 101.0}, 0, ["p99 then"]),
        ({"worst": 501.0}, 0, ["worst"]),
        ({"settled": 0, "p99_after": 0.0}, 0, ["p99 then"]),
        ({"watched": 0}, 1, []),
        ({"stored": 99}, 1, []),
        ({"calls": 20, "lost": 20, "sent": 0, "stored": 0, "watched": 0, "settled": 0}, 2, ["p99 then"]),
    ],
)
def test_what_nobody_called_for_is_not_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changed: dict[str, Any], broken: int, missed: list[str]
) -> None:
    """Promises are kept and bars met only where there were calls, and the page tells of both."""
    monkeypatch.setattr("tests.faults.findings.undergo", lambda *_: tried(**changed))
    findings = Findings(tmp_path, SHORT, SMALL, tmp_path / "page.md")

    with findings.towns(Village) as towns:
        findings.undergo(towns, CALM)

    assert len(findings.broken) == broken
    assert findings.missed == [f"Calm: the bar of “{bar}” was missed" for bar in missed]
    assert f"{2 - len(missed)} of 2 bars were met" in (tmp_path / "page.md").read_text()


@pytest.mark.parametrize(("found", "status"), [("broken", 1), ("missed", 1), ("", 0)])
def test_exit_status_tells_whether_everything_was_as_decided(
    monkeypatch: pytest.MonkeyPatch, found: str, status: int
) -> None:
    """So that nobody has to read the page for it."""
    monkeypatch.setattr("sys.argv", ["faults", "--short"])
    monkeypatch.setattr(faults, "everything", lambda findings: found and getattr(findings, found).append("a wrong"))

    assert faults.main() == status


def test_story_without_an_end_is_ended() -> None:
    """It would take all the others along."""
    with pytest.raises(StoryTooLong), ending_within(0.05):
        time.sleep(60)
