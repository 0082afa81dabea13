"""Who makes a change follows it with what was read inside, and vouches for its own host and for no other."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from operations import in_force
from operations.changes import Changes, Who
from operations.hosts import list_hosts
from operations.locations import create_location
from operations.pause_number import pause_number, pause_numbers, resume_number
from routing.route_queries import read_routes_changed_since
from tests.operations.audit import change_counter
from tests.operations.conftest import NUMBER
from tests.operations.test_check_routes import check, plant_in_host


@pytest.fixture
def questions(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """What has been asked of the database: everything that changed since some change."""
    asked: list[object] = []

    def ask(session: Any, seen: Any) -> Any:
        asked.append(seen)
        return read_routes_changed_since(session, seen)

    monkeypatch.setattr("routing.changed_routes.read_routes_changed_since", ask)
    return asked


def host_knows(changes: Changes) -> int:
    """Return how far the only host has told the others that it has followed."""
    with changes.database.reading() as session:
        [host] = list_hosts(session)
    return int(host["known"])


@pytest.mark.usefixtures("number")
def test_whoever_makes_a_change_does_not_ask_what_it_changed(
    app: Flask, changes: Changes, who: Who, questions: list[object]
) -> None:
    """It was read inside the change; the host's copy and Redis are what they would be otherwise."""
    _, paused = pause_number(changes, who, NUMBER)
    resume_number(changes, who, NUMBER)
    pause_number(changes, who, NUMBER)

    checked = check(app)
    assert (paused.in_force, questions) == (True, [])
    assert (checked.differences, checked.stale) == ((), ())


@pytest.mark.usefixtures("number")
def test_a_change_of_very_many_numbers_is_read_when_others_can_go_on(
    app: Flask, changes: Changes, who: Who, questions: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Inside the change all others would wait for it."""
    monkeypatch.setattr("operations.changes.ROUTES_READ_INSIDE", 0)

    _, outcome = pause_numbers(changes, who, [NUMBER])

    checked = check(app)
    assert (outcome.in_force, len(set(questions))) == (True, 1)
    assert (checked.differences, checked.stale) == ((), ())


@pytest.mark.usefixtures("number")
def test_this_host_is_not_waited_for_until_it_reports(changes: Changes, who: Who) -> None:
    """Its keeper tells the others in its own time; here everybody sees that it has followed."""
    reported = host_knows(changes)

    _, outcome = pause_number(changes, who, NUMBER)

    assert (outcome.in_force, changes.hosts_without(outcome.n)) == (True, ())
    assert host_knows(changes) == reported


@pytest.mark.usefixtures("number")
def test_a_change_of_another_history_that_this_host_knows_is_not_this_one(
    changes: Changes, who: Who, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database was restored from a backup, and the keeper has not noticed yet: a number alone proves nothing."""
    monkeypatch.setattr(in_force, "CONFIRM_WITHIN_SECONDS", 0.15)
    n = change_counter(changes)
    for known, change in ((n, pause_number), (n + 100, resume_number)):
        plant_in_host(tmp_path, "UPDATE host SET known = ?, known_id = 'lost'", known)

        _, outcome = change(changes, who, NUMBER)

        assert (outcome.in_force, len(outcome.unconfirmed)) == (False, 1)
        assert changes.hosts_without(outcome.n) == outcome.unconfirmed


@pytest.mark.usefixtures("number")
def test_a_change_made_elsewhere_is_followed_before_ones_own(
    make_app: Callable[..., Flask], app: Flask, changes: Changes, who: Who, questions: list[object]
) -> None:
    """Then what leads on from the last change alone is not enough, and the database is asked."""
    other_host = make_app(data_dir="other-host")
    create_location(other_host.extensions["changes"], who, "Office")
    questions.clear()

    pause_number(changes, who, NUMBER)

    assert len(questions) > 0
    assert check(app).differences == ()
    assert app.extensions["local_store"].known() == change_counter(changes)
