"""/changes: who changed what, and whether it is in force on every host."""

from typing import Any

from admin.api.answers import One, Row
from admin.api.asked import Asked
from admin.api.endpoint import Resource
from admin.api.schema import Id, Moment, Shown
from operations.finding import find_change
from operations.permissions import READ
from operations.showing import show_change

changes = Resource("Changes")


class ShownChange(Shown):
    """A committed change: who did what, from what, to what; in force, or not yet on the hosts that are named."""

    n: Id
    made_at: Moment
    made_by: str
    action: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    reason: str | None
    in_force: bool
    unconfirmed: list[str]


@changes.get("/changes/{n}", READ, One(ShownChange))
def show(asked: Asked, n: int) -> Row:
    """Show a change, and whether it is in force on every host by now."""
    with asked.reading() as session:
        shown = show_change(find_change(session, asked.account, n))
    unconfirmed = asked.changes.hosts_without(n)
    return shown | {"in_force": not unconfirmed, "unconfirmed": list(unconfirmed)}
