"""What changed since some change is read once for a round of catching up, and each number once."""

import pytest
from flask import Flask
from sqlalchemy import update

from models import Change, ChangeCounter, ChangedNumber, Number
from operations.changes import Changes, Who
from operations.pause_number import pause_number, resume_number
from routing.changed_routes import ChangedRoutes
from routing.route_queries import CHANGED_SINCE, read_last_change, read_routes_changed_since
from tests.routing.conftest import A, B


@pytest.mark.usefixtures("two_numbers")
def test_what_is_committed_during_a_round_is_for_the_next_one(app: Flask, changes: Changes, who: Who) -> None:
    """What changed is read once for the host's copy and for Redis, which are then as of the same change."""
    store = app.extensions["local_store"]
    before = store.last_change()
    round_of_keeping_up = ChangedRoutes(changes.database)
    with changes.database.writing() as session:
        last = session.get(ChangeCounter, 1)
        last.n += 1
        session.add(Change(n=last.n, made_by="another host", action="number.paused"))
        session.add(ChangedNumber(n=last.n, phone_number=A))
        session.execute(update(Number).where(Number.phone_number == A).values(status="paused"))
    first = round_of_keeping_up.since(before)
    pause_number(changes, who, B)

    assert round_of_keeping_up.since(before) == first
    assert {number: route.decision for number, route in first.routes.items()} == {A: "paused"}
    later = ChangedRoutes(changes.database).since(before)
    assert {number: route.decision for number, route in later.routes.items()} == {A: "paused", B: "paused"}
    assert (first.n, later.n) == (before.n + 1, before.n + 2)


@pytest.mark.usefixtures("two_numbers")
def test_a_number_that_many_changes_name_is_read_once(changes: Changes, who: Who) -> None:
    """As it is after the last of them; of another history nothing is read."""
    with changes.database.reading() as session:
        seen = read_last_change(session)
    for _ in range(3):
        pause_number(changes, who, A)
        resume_number(changes, who, A)

    with changes.database.reading() as session:
        changed = read_routes_changed_since(session, seen)
        rows = session.execute(CHANGED_SINCE, {"seen": seen.n, "seen_id": seen.id}).all()
        foreign = session.execute(CHANGED_SINCE, {"seen": seen.n, "seen_id": "another"}).all()

    assert (changed.n, {number: route.decision for number, route in changed.routes.items()}) == (
        seen.n + 6,
        {A: "routed"},
    )
    assert [row.phone_number for row in rows] == [A]
    assert [row.phone_number for row in foreign] == [None]
