"""A thousand pauses and resumes of one number at once are as if they had come one after another."""

import random
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any

import pytest
from flask import Flask

from operations import changes as changes_module
from operations import in_force
from operations.changes import Changes, Who
from operations.check_routes import check_routes
from operations.pause_number import pause_number, resume_number
from tests.operations.audit import every_change
from tests.operations.conftest import NUMBER
from tests.operations.linearizable import Invocation, Made, Reading, why_not_linearizable, why_stale

THREADS = 20
EACH = 50
WANTED = {pause_number: "paused", resume_number: "active"}


def pause_and_resume(changes: Changes, who: Who, seed: int) -> list[Invocation]:
    """Pause and resume in no order, and note each invocation."""
    chance, history = random.Random(seed), []
    for index in range(EACH):
        name, operation = f"{seed}-{index}", chance.choice(list(WANTED))
        began = time.monotonic_ns()
        number, outcome = operation(changes, who, NUMBER, name)
        history.append(Invocation(name, WANTED[operation], number["status"], outcome.n, began, time.monotonic_ns()))
        assert outcome.in_force
    return history


@pytest.mark.timeout(240)
def test_thousand_pauses_and_resumes_of_one_number_are_linearizable(
    app: Flask, changes: Changes, who: Who, number: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """There is a legal order that keeps to real time; the audit trail is that order, each begun where one ended."""
    # However busy the machine is.
    for module, bound in ((changes_module, "BEGIN"), (changes_module, "COMMIT"), (in_force, "CONFIRM")):
        monkeypatch.setattr(module, f"{bound}_WITHIN_SECONDS", 60.0)
    with ThreadPoolExecutor(THREADS) as threads:
        made = [threads.submit(pause_and_resume, changes, who, seed) for seed in range(THREADS)]
        history = [invocation for future in made for invocation in future.result()]

    trail = [change for change in every_change(changes) if change.action.startswith("number.")]
    made_by = {change.n: Made((change.after or {})["status"], change.reason or "") for change in trail}
    assert len(history) == THREADS * EACH
    assert why_not_linearizable(history, made_by) is None
    assert [change.n for change in trail] == list(range(trail[0].n, trail[0].n + len(trail)))
    assert all(later.before == earlier.after for earlier, later in pairwise(trail))
    assert all(later.made_at >= earlier.made_at for earlier, later in pairwise(trail))
    assert len(trail) > THREADS
    checked = check_routes(changes.database, app.extensions["local_store"], app.extensions["cache"])
    assert (checked.differences, checked.stale) == ((), ())


PAUSED_THEN_ACTIVE = {1: Made("active", "z"), 2: Made("paused", "a"), 3: Made("active", "b")}


@pytest.mark.parametrize(
    ("history", "is_legal"),
    [
        ([Invocation("a", "paused", "paused", 2, 0, 5), Invocation("b", "active", "active", 3, 1, 4)], True),
        ([Invocation("b", "active", "active", 3, 0, 1), Invocation("a", "paused", "paused", 2, 2, 3)], False),
        ([Invocation("a", "paused", "paused", 2, 0, 5), Invocation("c", "paused", "paused", 2, 6, 7)], True),
        ([Invocation("c", "paused", "paused", 2, 0, 5), Invocation("a", "paused", "paused", 2, 6, 7)], False),
        ([Invocation("c", "paused", "paused", 2, 0, 5), Invocation("d", "paused", "paused", 2, 6, 7)], True),
        ([Invocation("a", "paused", "paused", 3, 0, 5)], False),
        ([Invocation("a", "paused", "active", 3, 0, 5)], False),
        ([Invocation("a", "paused", "paused", 4, 0, 5)], False),
        ([Invocation("a", "active", "active", 4, 0, 5)], True),
        ([Invocation("a", "active", "active", 0, 0, 5)], False),
    ],
)
def test_check_finds_what_is_not_linearizable(history: list[Invocation], is_legal: bool) -> None:
    """A check that finds nothing wrong must be able to."""
    assert (why_not_linearizable(history, PAUSED_THEN_ACTIVE) is None) == is_legal


def test_check_finds_a_change_that_changed_nothing() -> None:
    """The second of two in a row is one too many."""
    assert why_not_linearizable([], PAUSED_THEN_ACTIVE | {4: Made("active", "c")}) is not None


PAUSING = [Invocation("a", "paused", "paused", 2, 10, 20), Invocation("b", "active", "active", 3, 30, 40, False)]


@pytest.mark.parametrize(
    ("reading", "is_legal"),
    [
        (Reading("active", 0, 5), True),
        (Reading("paused", 0, 5), False),  # nobody had begun to pause it
        (Reading("paused", 5, 11), True),
        (Reading("active", 15, 50), True),
        (Reading("active", 21, 25), False),  # the pause had been acknowledged
        (Reading("active", 21, 35), True),
        (Reading("paused", 50, 60), True),  # the resume had not
        (Reading("unavailable", 50, 60), False),
    ],
)
def test_check_finds_a_call_that_no_state_explains(reading: Reading, is_legal: bool) -> None:
    """It may see what was acknowledged before it began, or anything later that was begun before it ended."""
    began = {done.name: done.began for done in PAUSING}

    assert (why_stale([reading], PAUSING, PAUSED_THEN_ACTIVE, began) is None) == is_legal
