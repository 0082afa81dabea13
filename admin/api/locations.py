"""/locations: the places that calls are for."""

from typing import Annotated

from pydantic import Field

from admin.api.answers import Changed, Created, Deleted, One, PageOf, Row
from admin.api.asked import Asked
from admin.api.endpoint import Resource
from admin.api.schema import LEFT_OUT, Etag, HeirQuery, Id, Moment, Name, PageQuery, Reference, Shown, Taken
from operations.in_force import Outcome
from operations.locations import create_location, delete_location, edit_location, get_location, read_locations
from operations.pages import Page
from operations.permissions import READ

LONGEST_TIMEZONE = 64
Timezone = Annotated[
    str, Field(min_length=1, max_length=LONGEST_TIMEZONE, description="An IANA name, such as America/Los_Angeles.")
]
locations = Resource("Locations")


class NewLocation(Taken):
    """A location to create."""

    name: Name
    timezone: Timezone = "UTC"


class LocationEdits(Taken):
    """What is to be different about a location."""

    name: Name = LEFT_OUT
    timezone: Timezone = LEFT_OUT


class ShownLocation(Shown):
    """A place that calls are for."""

    id: Id
    name: str
    timezone: str
    created_at: Moment
    agents: Annotated[list[Reference], Field(description="Those that share numbers with it. No part of the etag.")]
    numbers_count: int
    etag: Etag


@locations.get("/locations", READ, PageOf(ShownLocation))
def show_all(asked: Asked, query: PageQuery) -> Page:
    """List the locations by name."""
    with asked.reading() as session:
        return read_locations(session, asked.account, query.cursor, query.limit)


@locations.post("/locations", "location.created", Created(ShownLocation, "/locations/{id}"), errors=(409,))
def create(asked: Asked, body: NewLocation) -> Row:
    """Create a location."""
    return create_location(asked.changes, asked.who, **body.given())


@locations.get("/locations/{location_id}", READ, One(ShownLocation))
def show(asked: Asked, location_id: int) -> Row:
    """Show a location."""
    with asked.reading() as session:
        return get_location(session, asked.account, location_id)


@locations.patch("/locations/{location_id}", "location.edited", Changed(ShownLocation), errors=(409,), if_match=True)
def edit(asked: Asked, location_id: int, body: LocationEdits) -> tuple[Row, Outcome]:
    """Edit a location; the routes of all its numbers follow."""
    return edit_location(asked.changes, asked.who, location_id, if_match=asked.if_match, **body.given())


@locations.delete("/locations/{location_id}", "location.deleted", Deleted(), errors=(409,), if_match=True)
def delete(asked: Asked, location_id: int, query: HeirQuery) -> Outcome:
    """Delete a location, and say whose its numbers are to be if it has any."""
    return delete_location(asked.changes, asked.who, location_id, query.heir, asked.if_match)
