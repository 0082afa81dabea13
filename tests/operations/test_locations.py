"""Locations are created, edited and deleted; an edit renews the routes of all their numbers."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from operations.add_number import add_number
from operations.changes import Changes, Who
from operations.check_routes import check_routes
from operations.errors import Conflict, Invalid, NotFound, OperationError
from operations.list_calls import list_calls
from operations.locations import create_location, delete_location, edit_location, list_locations
from tests.conftest import Answer
from tests.operations.audit import change_counter, last_change, numbers_named_by, stored
from tests.operations.conftest import NUMBER


def test_created_location_is_one_change(changes: Changes, who: Who) -> None:
    """No number is there yet, so none is named."""
    location = create_location(changes, who, "Downtown", "America/Los_Angeles")

    change = last_change(changes)
    assert (location["name"], location["timezone"]) == ("Downtown", "America/Los_Angeles")
    assert (change.action, change.before, change.after) == ("location.created", None, stored(location))
    assert numbers_named_by(changes, change.n) == []


def test_edit_is_one_change_that_names_the_numbers_of_the_location(
    changes: Changes, who: Who, number: dict[str, Any]
) -> None:
    """And only those."""
    add_number(changes, who, "+14155550101", None, "Downtown")
    add_number(changes, who, "+14155550102", None, "Airport")

    edited, outcome = edit_location(changes, who, "Downtown", name="Old Town", timezone="Europe/Rome")

    change = last_change(changes)
    assert (outcome.n, outcome.in_force, change.action) == (change.n, True, "location.edited")
    assert change.before is not None
    changed = {"name": "Old Town", "timezone": "Europe/Rome", "etag": edited["etag"]}
    assert stored(edited) == change.before | changed == change.after
    assert edited["etag"] != change.before["etag"]
    assert numbers_named_by(changes, change.n) == [NUMBER, "+14155550101"]


def test_next_call_is_recorded_with_the_new_name_and_the_last_one_keeps_the_old(
    app: Flask, changes: Changes, who: Who, number: dict[str, Any], twilio_post: Callable[..., Answer]
) -> None:
    """A call keeps its location as it was when it came in."""
    twilio_post(CallSid="CA" + "1" * 32)
    edit_location(changes, who, "Downtown", name="Old Town")

    twilio_post(CallSid="CA" + "2" * 32)

    app.extensions["keeper"].drain()
    with changes.database.reading() as session:
        calls = list_calls(session, who.account).rows
    assert [call["location_name"] for call in calls] == ["Old Town", "Downtown"]
    checked = check_routes(changes.database, app.extensions["local_store"], app.extensions["cache"])
    assert (checked.differences, checked.stale) == ((), ())


REFUSED: dict[str, tuple[Callable[[Changes, Who], object], type[OperationError], str]] = {
    "name taken": (lambda c, w: create_location(c, w, "Airport"), Conflict, "location_exists"),
    "renamed to one that is taken": (
        lambda c, w: edit_location(c, w, "Airport", name="Downtown"),
        Conflict,
        "location_exists",
    ),
    "timezone unheard of": (lambda c, w: edit_location(c, w, "Airport", timezone="Mars/Base"), Invalid, "invalid"),
    "timezone that is a path": (lambda c, w: create_location(c, w, "Attic", "../etc/passwd"), Invalid, "invalid"),
    "timezone that is a folder": (lambda c, w: create_location(c, w, "Attic", "America"), Invalid, "invalid"),
    "edit of another account's": (lambda c, w: edit_location(c, w, "Harbour", name="Mine"), NotFound, "not_found"),
    "deletion of another account's": (lambda c, w: delete_location(c, w, "Harbour"), NotFound, "not_found"),
    "deletion with numbers": (lambda c, w: delete_location(c, w, "Downtown"), Conflict, "location_has_numbers"),
}


@pytest.mark.parametrize("refused", REFUSED)
def test_refused_change_of_a_location_leaves_nothing_behind(
    changes: Changes, who: Who, number: dict[str, Any], other: Who, refused: str
) -> None:
    """Neither a change number nor a half edited location."""
    operation, error, code = REFUSED[refused]
    before = change_counter(changes)
    with changes.database.reading() as session:
        locations = list_locations(session, who.account)

    with pytest.raises(error) as refusal:
        operation(changes, who)

    assert refusal.value.code == code
    assert change_counter(changes) == before
    with changes.database.reading() as session:
        assert list_locations(session, who.account) == locations


def test_location_without_numbers_is_deleted(changes: Changes, who: Who, number: dict[str, Any]) -> None:
    """The change keeps what it was."""
    delete_location(changes, who, "Airport")

    change = last_change(changes)
    assert change.before is not None
    assert (change.action, change.before["name"], change.after) == ("location.deleted", "Airport", None)
    with changes.database.reading() as session:
        assert [location["name"] for location in list_locations(session, who.account)] == ["Downtown"]
