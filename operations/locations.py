"""Create, edit and delete locations. An edit renews the routes of all the location's numbers."""

from functools import cache
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from sqlalchemy.orm import Session

from models import Location
from operations.changes import Changes, Who
from operations.checking import read_name
from operations.delete_holder import delete_holder
from operations.errors import Invalid
from operations.finding import find_location
from operations.holders import LOCATION, phone_numbers_held
from operations.in_force import Outcome
from operations.named import check_name_is_free, find_all, find_named
from operations.pages import USUAL_PAGE, Order, Page, read_page
from operations.shared_numbers import with_agents
from operations.showing import check_is_unchanged, show_location

BY_NAME = Order((Location.name, Location.id))


def create_location(changes: Changes, who: Who, name: str, timezone: str = "UTC") -> dict[str, Any]:
    """Create a location; raises Conflict when the name is taken, Invalid for an unknown timezone."""
    name = read_name(name, "a location")
    location = Location(account_id=who.account, name=name, timezone=read_timezone(timezone))
    with changes.making(who, "location.created") as draft:
        check_name_is_free(draft.session, location)
        draft.session.add(location)
        draft.session.flush()
        draft.record([], None, show_location(location))
        [shown] = with_agents(draft.session, [show_location(location)])
    return shown


def edit_location(
    changes: Changes, who: Who, location: str | int, *, if_match: str | None = None, **edits: str | None
) -> tuple[dict[str, Any], Outcome]:
    """Edit a location's `name` or `timezone`."""
    with changes.making(who, "location.edited") as draft:
        found = find_location(draft.session, who.account, location)
        before = show_location(found)
        check_is_unchanged(before, if_match)
        if (name := edits.get("name")) is not None:
            found.name = read_name(name, "a location")
        if (timezone := edits.get("timezone")) is not None:
            found.timezone = read_timezone(timezone)
        check_name_is_free(draft.session, found)
        after = show_location(found)
        if after != before:
            draft.record(phone_numbers_held(draft.session, LOCATION, found.id), before, after)
        [shown] = with_agents(draft.session, [after])
    return shown, draft.outcome


def delete_location(
    changes: Changes, who: Who, location: str | int, reassign_to: str | int | None = None, if_match: str | None = None
) -> Outcome:
    """Delete a location; raises Conflict naming its numbers unless it is said which location they go to, or “none”."""
    return delete_holder(changes, who, LOCATION, location, reassign_to, if_match)


def list_locations(session: Session, account_id: int) -> list[dict[str, Any]]:
    """Return the locations of an account by name, each with its agents."""
    return with_agents(session, [show_location(location) for location in find_all(session, Location, account_id)])


def read_locations(
    session: Session, account_id: int, cursor: str | None = None, limit: int = USUAL_PAGE, search: str | None = None
) -> Page:
    """Return a page of the locations of an account by name, each with its agents; those with `search` in their name."""
    query = find_named(Location, account_id, search)
    page = read_page(session, query, BY_NAME, show_location, cursor, limit)
    return Page(with_agents(session, page.rows), page.next_cursor)


def get_location(session: Session, account_id: int, location: str | int) -> dict[str, Any]:
    """Return a location (by name or id) with its agents; raises NotFound."""
    [shown] = with_agents(session, [show_location(find_location(session, account_id, location))])
    return shown


def read_timezone(text: str) -> str:
    """Return the name of a timezone as the IANA database has it; raise Invalid for another."""
    try:
        return ZoneInfo(text).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Invalid(f"“{text[:40]}” is not a timezone such as America/Los_Angeles.") from None


@cache
def usual_timezones() -> tuple[str, ...]:
    """Return the names of the timezones that people live in, in order, and UTC."""
    unusual = ("Etc/", "SystemV/", "US/", "posix/", "right/")
    return ("UTC", *sorted(name for name in available_timezones() if "/" in name and not name.startswith(unusual)))
