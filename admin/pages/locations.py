"""Locations: the list, and one location with its timezone."""

from functools import partial
from typing import Any

from flask import render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from admin.pages.answers import done, reading
from admin.pages.clock import viewers_timezone
from admin.pages.delete_holder import ask_to_delete, delete_now
from admin.pages.guard import Shown, changes, form, page, signed_in
from admin.pages.kept_form import ID, keep_unless_saved, problems_of, searched, typed
from operations.checking import read_name
from operations.holders import LOCATION
from operations.locations import (
    create_location,
    edit_location,
    get_location,
    read_locations,
    read_timezone,
    usual_timezones,
)
from operations.numbers_of import list_numbers_of
from operations.permissions import READ

FIELDS = ("name", "timezone")
THIS = f"/locations/{ID}location_id>"


@page("/locations", READ)
def list_locations() -> str:
    """Show a page of the locations, those with something in their name if asked."""
    search = searched()
    with reading() as session:
        locations = read_locations(session, signed_in().who.account, request.args.get("cursor"), search=search)
    return render_template("locations/list.html", locations=locations, search=search)


@page("/locations/new", "location.created")
def new_location() -> str:
    """Ask what it is called and on whose clock it lives."""
    return _show_new()


@form("/locations/new", "location.created")
def create_location_now() -> Shown:
    """Create a location; its page is where it gets its numbers."""

    def save() -> AnyResponse:
        made = create_location(changes(), signed_in().who, **fields)
        return done(f"“{made['name']}” is created.", None, url_for("pages.show_location", location_id=made["id"]))

    fields = typed(*FIELDS)
    return keep_unless_saved(save, _show_new, fields, _problems(fields))


@page(THIS, READ)
def show_location(location_id: int) -> str:
    """Show a location, its numbers, and the agents that follow from them."""
    return _show(location_id)


@form(THIS, "location.edited")
def edit_location_now(location_id: int) -> Shown:
    """Edit a location; the routes of all its numbers follow."""

    def save() -> AnyResponse:
        etag = request.form.get("etag")
        edited, outcome = edit_location(changes(), signed_in().who, location_id, if_match=etag, **fields)
        return done(f"“{edited['name']}” is saved.", outcome, url_for("pages.show_location", location_id=location_id))

    fields = typed(*FIELDS)
    return keep_unless_saved(save, partial(_show, location_id), fields, _problems(fields))


@page(f"{THIS}/delete", "location.deleted")
def delete_location_form(location_id: int) -> str:
    """Ask which location gets its numbers."""
    return ask_to_delete(LOCATION, location_id)


@form(f"{THIS}/delete", "location.deleted")
def delete_location_now(location_id: int) -> Shown:
    """Delete a location, and hand its numbers on."""
    return delete_now(LOCATION, location_id)


def _show_new(fields: dict[str, Any] | None = None, **more: Any) -> str:
    usual = {"name": "", "timezone": viewers_timezone()}
    return render_template("locations/new.html", fields=fields or usual, timezones=usual_timezones(), **more)


def _show(location_id: int, fields: dict[str, Any] | None = None, **more: Any) -> str:
    with reading() as session:
        account_id = signed_in().who.account
        location = get_location(session, account_id, location_id)
        numbers = list_numbers_of(session, account_id, LOCATION, location_id)
    return render_template(
        "locations/location.html",
        location=location,
        numbers=numbers,
        fields=fields or location,
        timezones=usual_timezones(),
        **more,
    )


def _problems(fields: dict[str, str]) -> dict[str, str]:
    return problems_of(
        {
            "name": lambda: read_name(fields["name"], "a location"),
            "timezone": lambda: read_timezone(fields["timezone"]),
        }
    )
