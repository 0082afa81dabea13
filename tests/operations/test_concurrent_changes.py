"""Many people change few numbers at once: the numbers of their changes are gapless and in the order of the commits."""

import random
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from models import Change, ChangeCounter
from operations import in_force
from operations.add_number import add_number
from operations.agents import edit_agent
from operations.assign_number import assign_number
from operations.changes import Changes, Who
from operations.check_routes import check_routes
from operations.in_force import Outcome
from operations.list_numbers import list_numbers
from operations.pause_number import pause_number, resume_number
from tests.operations.audit import every_change, numbers_named_by
from tests.operations.conftest import NUMBER

THREADS = 8
CHANGES_EACH = 12
NUMBERS = (NUMBER, "+14155550101", "+14155550102")


@pytest.fixture
def numbers(changes: Changes, who: Who, number: dict[str, Any]) -> None:
    """Three numbers of Clara's."""
    for phone_number in NUMBERS[1:]:
        add_number(changes, who, phone_number, "Clara")


def change_at_random(changes: Changes, who: Who, seed: int) -> list[Outcome]:
    """Pause, resume and move numbers, as one of several admins."""
    chance = random.Random(seed)
    operations = (
        lambda number: pause_number(changes, who, number),
        lambda number: resume_number(changes, who, number),
        lambda number: assign_number(changes, who, number, "Bruno", "Airport", move=True),
        lambda number: assign_number(changes, who, number, "Clara", "", move=True),
    )
    return [chance.choice(operations)(chance.choice(NUMBERS))[1] for _ in range(CHANGES_EACH)]


def test_concurrent_changes_are_gapless_and_each_begins_where_the_last_one_ended(
    app: Flask, changes: Changes, who: Who, numbers: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The audit trail of each number is a chain; every change is in force, and no copy differs afterwards."""
    monkeypatch.setattr(in_force, "CONFIRM_WITHIN_SECONDS", 30.0)  # however busy the machine is
    with ThreadPoolExecutor(THREADS) as threads:
        made = [threads.submit(change_at_random, changes, who, seed) for seed in range(THREADS)]
        outcomes = [outcome for future in made for outcome in future.result()]

    trail = every_change(changes)
    assert [change.n for change in trail] == list(range(1, len(trail) + 1))
    assert all(outcome.in_force for outcome in outcomes)
    with changes.database.reading() as session:
        now = {row["phone_number"]: row for row in list_numbers(session, who.account)}
    for phone_number in NUMBERS:
        chain = [change for change in trail if (change.after or {}).get("phone_number") == phone_number]
        assert len(chain) > THREADS
        assert all(later.before == earlier.after for earlier, later in pairwise(chain))
        assert chain[-1].after == now[phone_number]
    checked = check_routes(changes.database, app.extensions["local_store"], app.extensions["cache"])
    assert (checked.n, checked.differences, checked.stale) == (len(trail), (), ())


def test_whoever_reads_a_change_number_sees_every_change_up_to_it(changes: Changes, who: Who, numbers: None) -> None:
    """A SEQUENCE would not keep this: a later number may be committed first."""
    seen = []

    with ThreadPoolExecutor(THREADS) as threads:
        made = [threads.submit(change_at_random, changes, who, seed) for seed in range(3)]
        while not all(future.done() for future in made):
            with changes.database.reading() as session:
                counter = session.scalars(select(ChangeCounter.n)).one()
                seen.append((counter, *session.execute(select(func.count(), func.max(Change.n))).one()))
        for future in made:
            future.result()

    assert len(seen) > 5
    assert [(n, n, n) for n, _, _ in seen] == seen


def test_edit_of_an_agent_does_not_miss_a_number_given_to_it_meanwhile(
    app: Flask, changes: Changes, who: Who, number: dict[str, Any]
) -> None:
    """Whichever comes first, the route of the number ends as the agent is."""

    def rename(seed: int) -> None:
        edit_agent(changes, who, "1", name=f"Clara {seed}")

    def move(seed: int) -> None:
        assign_number(changes, who, NUMBER, "2", move=True)
        assign_number(changes, who, NUMBER, "1", move=True)

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda seed: (rename if seed % 2 else move)(seed), range(24)))

    checked = check_routes(changes.database, app.extensions["local_store"], app.extensions["cache"])
    assert (checked.differences, checked.stale) == ((), ())
    for change in every_change(changes):
        if change.action == "number.assigned":
            assert numbers_named_by(changes, change.n) == [NUMBER]
