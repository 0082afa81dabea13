"""What PostgreSQL tells the hosts of a change: the routes as it left them, so that nobody has to ask for them.

It is told once the change is committed, to everybody who listens, in the order of the commits. It helps only whoever
stands exactly at the change that it leads on from; everybody else asks the database, as if nothing had been said.

The first line is JSON_VERSION, the id of the host on which the change was made, number and id of the change before and
of this one; each further line is a route.
"""

from collections.abc import Iterable
from typing import NamedTuple

from config.json_text import as_json, from_json
from routing.call_route import JSON_VERSION, LastChange, RoutesAsOf, RoutesStep, route_from_json

# "It must be shorter than 8000 bytes" (https://www.postgresql.org/docs/current/sql-notify.html).
LONGEST_BYTES = 7_999
# There is a change to look at, and that is all.
LOOK = ""


class Announcement(NamedTuple):
    """What was told of one change; `made_on` is the id of a host, empty if its process did not know it."""

    made_on: str
    step: RoutesStep


def write_announcement(made_on: str, step: RoutesStep | None) -> str:
    """Return what to tell of a change, in ASCII; LOOK if it is not known what it leads to, or that is too long."""
    if step is None:
        return LOOK
    changed = step.changed
    head = as_json([JSON_VERSION, made_on, *step.before, *changed.last_change]).decode()
    lines, length = [head], len(head)
    for route in changed.routes.values():
        lines.append(route.to_json())
        length += 1 + len(lines[-1])
        if length > LONGEST_BYTES:
            return LOOK
    return "\n".join(lines)


def read_announcement(text: str) -> Announcement | None:
    """Return what was told of one change; None for LOOK, and for what another version or somebody else has said."""
    try:
        head, *lines = text.split("\n")
        version, made_on, n_before, id_before, n, change_id = from_json(head.encode())
        if version != JSON_VERSION or n != n_before + 1 or not _are_ids(id_before, change_id):
            return None
        routes = {route.phone_number: route for route in map(route_from_json, lines)}
    except (TypeError, ValueError):
        return None
    return Announcement(made_on, RoutesStep(LastChange(n_before, id_before), RoutesAsOf(n, routes, change_id)))


def last_in_a_row(told: Iterable[Announcement | None]) -> list[Announcement]:
    """Return the last ones of what was told, each of which leads to where the next one leads on from."""
    row: list[Announcement] = []
    for announcement in reversed(list(told)):
        if announcement is None or (row and announcement.step.changed.last_change != row[-1].step.before):
            break
        row.append(announcement)
    return row[::-1]


def _are_ids(before: object, change_id: object) -> bool:
    """Tell whether these can be ids of changes: that of the one before may be unknown, or that of none."""
    return isinstance(before, str) and isinstance(change_id, str) and change_id != ""
