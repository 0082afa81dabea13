"""Create, edit and delete locations. An edit renews the routes of all the location's numbers."""

from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Location, Number
from operations.changes import Changes, Outcome, Who
from operations.checking import read_name
from operations.errors import Conflict, Invalid
from operations.finding import find_location
from operations.named import check_name_is_free, find_all
from operations.showing import show_location


def create_location(changes: Changes, who: Who, name: str, timezone: str = "UTC") -> dict[str, Any]:
    """Create a location; raises Conflict when the name is taken, Invalid for an unknown timezone."""
    name = read_name(name, "a location")
    location = Location(account_id=who.account, name=name, timezone=_read_timezone(timezone))
    with changes.making(who, "location.created") as draft:
        check_name_is_free(draft.session, location)
        draft.session.add(location)
        draft.session.flush()
        draft.record([], None, show_location(location))
    return show_location(location)


def edit_location(changes: Changes, who: Who, location: str, **edits: str | None) -> tuple[dict[str, Any], Outcome]:
    """Edit a location's `name` or `timezone`."""
    with changes.making(who, "location.edited") as draft:
        found = find_location(draft.session, who.account, location)
        before = show_location(found)
        if (name := edits.get("name")) is not None:
            found.name = read_name(name, "a location")
        if (timezone := edits.get("timezone")) is not None:
            found.timezone = _read_timezone(timezone)
        check_name_is_free(draft.session, found)
        after = show_location(found)
        if after != before:
            draft.record(numbers_of_location(draft.session, found.id), before, after)
    return after, draft.outcome


def delete_location(changes: Changes, who: Who, location: str) -> None:
    """Delete a location; raises Conflict naming its numbers while it still has any."""
    with changes.making(who, "location.deleted") as draft:
        found = find_location(draft.session, who.account, location)
        if numbers := numbers_of_location(draft.session, found.id):
            raise Conflict("location_has_numbers", f"“{found.name}” still has {', '.join(numbers[:20])}.")
        draft.session.delete(found)
        draft.record([], show_location(found), None)


def list_locations(session: Session, account_id: int) -> list[dict[str, Any]]:
    """Return the locations of an account by name."""
    return [show_location(location) for location in find_all(session, Location, account_id)]


def numbers_of_location(session: Session, location_id: int) -> list[str]:
    """Return the phone numbers of a location, in order."""
    query = select(Number.phone_number).where(Number.location_id == location_id).order_by(Number.phone_number)
    return list(session.scalars(query))


def _read_timezone(text: str) -> str:
    try:
        return ZoneInfo(text).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Invalid(f"“{text[:40]}” is not a timezone such as America/Los_Angeles.") from None
