"""One process of a host has the work; one chore's failure is not another's."""

import json
import time
from pathlib import Path
from threading import Event

import pytest
from flask import Flask

from routing.background import Background, Chores
from tests.waiting import wait_for


def test_only_one_of_a_host_works_and_another_takes_over(tmp_path: Path) -> None:
    """Two that share a folder take turns at their ends, never at the same time."""
    worked: list[str] = []
    first = Background("work", tmp_path, 0.01, lambda: worked.append("first"))
    second = Background("work", tmp_path, 0.01, lambda: worked.append("second"))
    first.start()
    wait_for(lambda: worked)
    second.start()

    time.sleep(0.1)
    assert "second" not in worked
    first.stop(5)
    wait_for(lambda: "second" in worked)
    second.stop(5)


def test_who_stands_in_works_only_while_nobody_else_is_there(tmp_path: Path) -> None:
    """It gives way as soon as somebody comes who has nothing else to do, and takes over when that one ends."""
    worked: list[str] = []
    stand_in = Background(
        "work", tmp_path, 0.01, lambda: worked.append("stand-in"), let_go=lambda: worked.append("let go")
    )
    keeper = Background("work", tmp_path, 0.01, lambda: worked.append("keeper"))
    stand_in.start(stands_in=True)
    wait_for(lambda: worked)

    keeper.start()
    wait_for(lambda: "keeper" in worked)
    before = worked[: worked.index("keeper")]
    time.sleep(0.1)
    during = worked[len(before) :]
    keeper.stop(5)
    after = len(worked)
    wait_for(lambda: "stand-in" in worked[after:])
    stand_in.stop(5)

    assert (before[-1], set(before[:-1]), set(during)) == ("let go", {"stand-in"}, {"keeper"})


def test_who_stands_in_leaves_the_work_to_whom_is_there_already(tmp_path: Path) -> None:
    """However often it asks."""
    worked: list[str] = []
    keeper = Background("work", tmp_path, 0.01, lambda: worked.append("keeper"))
    stand_ins = [Background("work", tmp_path, 0.01, lambda: worked.append("stand-in")) for _ in range(3)]
    keeper.start()
    wait_for(lambda: worked)
    for each in stand_ins:
        each.start(stands_in=True)

    time.sleep(0.7)
    for each in (*stand_ins, keeper):
        each.stop(5)
    assert set(worked) == {"keeper"}


def test_work_goes_on_after_an_error_nobody_thought_of(tmp_path: Path) -> None:
    """A host without its background work would be worse than any error."""
    went_on, tries = Event(), iter([RuntimeError("unexpected"), None])

    def work() -> None:
        if error := next(tries, None):
            raise error
        went_on.set()

    background = Background("work", tmp_path, 0.01, work)
    background.start()

    assert went_on.wait(5)
    background.stop(5)


def test_failing_chore_is_said_once_and_again_when_it_recovers(app: Flask, capfd: pytest.CaptureFixture[str]) -> None:
    """A log that repeats itself ten times a second is not read."""
    chores = Chores("keeper", (OSError,))

    def fail() -> None:
        raise OSError

    for work in (fail, fail, lambda: None, lambda: None):
        chores.attempt("drain", work)

    assert [json.loads(line)["event"] for line in capfd.readouterr().err.splitlines()] == [
        "keeper failing",
        "keeper recovered",
    ]


def test_what_failed_is_not_failing_any_more_once_somebody_else_has_the_work() -> None:
    """Whoever gave way will never see it recover."""
    noted: list[tuple[str, bool, int]] = []
    chores = Chores("keeper", (OSError,), lambda *note: noted.append(note))

    def fail() -> None:
        raise OSError

    chores.attempt("drain", fail)
    chores.forget()
    chores.attempt("drain", lambda: None)

    assert noted == [("keeper", True, 1), ("keeper", False, 0)]


def test_chore_is_due_again_after_its_time() -> None:
    """Counted from when it was begun."""
    chores = Chores("keeper", ())

    assert chores.is_due("drain", 0.05)
    assert not chores.is_due("drain", 0.05)
    time.sleep(0.06)
    assert chores.is_due("drain", 0.05)
