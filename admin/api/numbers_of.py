"""/agents/…/numbers and /locations/…/numbers: which numbers one has; and many numbers assigned at once."""

from typing import Annotated

from pydantic import Field

from admin.api.answers import Changed, PageOf, Row
from admin.api.asked import Asked
from admin.api.endpoint import Resource
from admin.api.numbers import ShownNumber
from admin.api.schema import Etag, Id, PageQuery, Shown, Taken
from operations.assign_number import assign_number, assign_numbers
from operations.finding import MOST_NUMBERS_AT_ONCE
from operations.holders import AGENT, LOCATION, HolderKind
from operations.in_force import Outcome
from operations.numbers_of import etag_of_numbers, list_numbers_of, set_numbers_of, take_number_from
from operations.pages import Page
from operations.permissions import READ

ASSIGNED = "number.assigned"
Move = Annotated[bool, Field(description="Take what somebody else has now.")]
assigning, numbers_of_agents, numbers_of_locations = Resource("Numbers"), Resource("Agents"), Resource("Locations")


class ManyAssigned(Taken):
    """Which numbers are assigned, all or none, and to whom; null takes them away."""

    numbers: Annotated[list[Id], Field(min_length=1, max_length=MOST_NUMBERS_AT_ONCE)]
    agent_id: Id | None = None
    location_id: Id | None = None
    move: Move = False


class WholeSet(Taken):
    """All the numbers that one is to have; any other is taken away."""

    numbers: Annotated[list[Id], Field(max_length=MOST_NUMBERS_AT_ONCE)]
    move: Move = False


class Toggle(Taken):
    """How a number is given."""

    move: Move = False


class AssignedNumbers(Shown):
    """The numbers that were named, as they are now."""

    numbers: list[ShownNumber]


class ShownSet(AssignedNumbers):
    """All the numbers that one has; the etag changes with which ones they are."""

    etag: Etag


@assigning.post("/numbers/assign", ASSIGNED, Changed(AssignedNumbers), errors=(404, 409))
def assign_many(asked: Asked, body: ManyAssigned) -> tuple[Row, Outcome]:
    """Assign many numbers to an agent or a location, or take them away, in one change."""
    given = body.given()
    to = {word: given[f"{word}_id"] or "" for word in ("agent", "location") if f"{word}_id" in given}
    numbers, outcome = assign_numbers(asked.changes, asked.who, body.numbers, **to, move=body.move)
    return {"numbers": numbers}, outcome


@numbers_of_agents.get("/agents/{agent_id}/numbers", READ, PageOf(ShownNumber, has_etag=True))
def show_numbers_of_agent(asked: Asked, agent_id: int, query: PageQuery) -> Page:
    """List the numbers that an agent answers; the etag is that of the whole set."""
    return _show(asked, AGENT, agent_id, query)


@numbers_of_agents.put("/agents/{agent_id}/numbers", ASSIGNED, Changed(ShownSet), errors=(409,), if_match=True)
def set_numbers_of_agent(asked: Asked, agent_id: int, body: WholeSet) -> tuple[Row, Outcome]:
    """Give an agent exactly these numbers, in one change."""
    return _set(asked, AGENT, agent_id, body)


@numbers_of_agents.put("/agents/{agent_id}/numbers/{number_id}", ASSIGNED, Changed(ShownNumber), errors=(409,))
def give_to_agent(asked: Asked, agent_id: int, number_id: int, body: Toggle) -> tuple[Row, Outcome]:
    """Give an agent one more number."""
    return assign_number(asked.changes, asked.who, number_id, agent=agent_id, move=body.move)


@numbers_of_agents.delete("/agents/{agent_id}/numbers/{number_id}", ASSIGNED, Changed(ShownNumber))
def take_from_agent(asked: Asked, agent_id: int, number_id: int) -> tuple[Row, Outcome]:
    """Take a number from an agent; one that another agent has stays there."""
    return take_number_from(asked.changes, asked.who, AGENT, agent_id, number_id)


@numbers_of_locations.get("/locations/{location_id}/numbers", READ, PageOf(ShownNumber, has_etag=True))
def show_numbers_of_location(asked: Asked, location_id: int, query: PageQuery) -> Page:
    """List the numbers of a location; the etag is that of the whole set."""
    return _show(asked, LOCATION, location_id, query)


@numbers_of_locations.put("/locations/{location_id}/numbers", ASSIGNED, Changed(ShownSet), errors=(409,), if_match=True)
def set_numbers_of_location(asked: Asked, location_id: int, body: WholeSet) -> tuple[Row, Outcome]:
    """Give a location exactly these numbers, in one change."""
    return _set(asked, LOCATION, location_id, body)


@numbers_of_locations.put("/locations/{location_id}/numbers/{number_id}", ASSIGNED, Changed(ShownNumber), errors=(409,))
def give_to_location(asked: Asked, location_id: int, number_id: int, body: Toggle) -> tuple[Row, Outcome]:
    """Give a location one more number."""
    return assign_number(asked.changes, asked.who, number_id, location=location_id, move=body.move)


@numbers_of_locations.delete("/locations/{location_id}/numbers/{number_id}", ASSIGNED, Changed(ShownNumber))
def take_from_location(asked: Asked, location_id: int, number_id: int) -> tuple[Row, Outcome]:
    """Take a number from a location; one that another location has stays there."""
    return take_number_from(asked.changes, asked.who, LOCATION, location_id, number_id)


def _show(asked: Asked, kind: HolderKind, holder_id: int, query: PageQuery) -> Page:
    with asked.reading() as session:
        return list_numbers_of(session, asked.account, kind, holder_id, query.cursor, query.limit)


def _set(asked: Asked, kind: HolderKind, holder_id: int, body: WholeSet) -> tuple[Row, Outcome]:
    numbers, outcome = set_numbers_of(
        asked.changes, asked.who, kind, holder_id, body.numbers, move=body.move, if_match=asked.if_match
    )
    return {"numbers": numbers, "etag": etag_of_numbers([number["id"] for number in numbers])}, outcome
