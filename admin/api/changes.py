"""/changes: who changed what, and whether it is in force on every host."""

from typing import Annotated, Any

from pydantic import Field

from admin.api.answers import One, PageOf, Row
from admin.api.asked import Asked
from admin.api.endpoint import Resource
from admin.api.schema import LEFT_OUT, Id, Moment, PageQuery, PhoneNumber, Shown
from operations.list_changes import ChangeFilters, get_change, list_changes
from operations.pages import Page
from operations.permissions import READ

When = Annotated[str, Field(max_length=40, description="A day (of UTC) or a moment, in ISO 8601.")]
changes = Resource("Changes")


class ChangesQuery(PageQuery):
    """Which changes. `until` is a day that still counts, or a moment that does not any more."""

    number: PhoneNumber = LEFT_OUT
    action: Annotated[
        str, Field(max_length=40, description="Such as number.paused, or the kind of thing, such as agent.")
    ] = LEFT_OUT
    made_by: Annotated[str, Field(max_length=254, description="Exactly as it is shown.")] = LEFT_OUT
    since: Annotated[When, Field(alias="from")] = LEFT_OUT
    until: When = LEFT_OUT
    first: Annotated[Id, Field(description="The smallest change number.")] = LEFT_OUT
    last: Annotated[Id, Field(description="The largest change number.")] = LEFT_OUT


class Difference(Shown):
    """A field that differs; `of` is the phone number where a change named several."""

    of: str | None
    field: str
    before: Any
    after: Any


class ListedChange(Shown):
    """A committed change: who did what, from what, to what. Several numbers are under `numbers`, in the same order."""

    n: Id
    made_at: Moment
    made_by: str
    action: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    reason: str | None
    changed: list[Difference]
    sentence: str


class ShownChange(ListedChange):
    """A committed change; in force, or not yet on the hosts that are named."""

    in_force: bool
    unconfirmed: list[str]


@changes.get("/changes", READ, PageOf(ListedChange))
def show_all(asked: Asked, query: ChangesQuery) -> Page:
    """List the changes, newest first: the audit trail."""
    wanted = query.given()
    place = {name: wanted.pop(name) for name in ("cursor", "limit") if name in wanted}
    with asked.reading() as session:
        return list_changes(session, asked.account, ChangeFilters(**wanted), **place)


@changes.get("/changes/{n}", READ, One(ShownChange))
def show(asked: Asked, n: int) -> Row:
    """Show a change, and whether it is in force on every host by now."""
    with asked.reading() as session:
        shown = get_change(session, asked.account, n)
    unconfirmed = asked.changes.hosts_without(n)
    return shown | {"in_force": not unconfirmed, "unconfirmed": list(unconfirmed)}
