"""/numbers: the phone numbers of an account, whose they are and how they are called."""

from typing import Annotated, Literal

from pydantic import Field

from admin.api.answers import Changed, One, PageOf, Row
from admin.api.asked import Asked
from admin.api.endpoint import Resource
from admin.api.schema import LEFT_OUT, Etag, Id, Label, Moment, Money, PageQuery, Reference, Shown, Taken
from operations.assign_number import assign_number
from operations.finding import find_number
from operations.in_force import Outcome
from operations.list_numbers import NumberFilters, read_numbers
from operations.pages import Page
from operations.permissions import READ
from operations.showing import show_number

Status = Literal["active", "paused", "pending", "released"]
Treatment = Literal["busy", "not_in_service", "message", "forward"]
numbers = Resource("Numbers")


class NumbersQuery(PageQuery):
    """Which numbers, and which part of them."""

    status: Status = LEFT_OUT
    agent_id: Id = LEFT_OUT
    location_id: Id = LEFT_OUT
    needs_attention: Annotated[bool, Field(description="Unanswered, still pending, or not let go by Twilio.")] = (
        LEFT_OUT
    )
    search: Annotated[str, Field(max_length=100, description="A part of the number or of the label.")] = LEFT_OUT


class NumberEdits(Taken):
    """Whose a number is to be (null takes it away), and how it is to be called."""

    agent_id: Id | None = None
    location_id: Id | None = None
    label: Label = LEFT_OUT
    move: Annotated[bool, Field(description="Take it from whoever has it now.")] = False


class ShownPause(Shown):
    """What callers of a paused number meet, and when it resumes by itself."""

    treatment: Treatment
    message: str | None
    forward_to: str | None
    resume_at: Moment | None


class ShownNumber(Shown):
    """A phone number of the account, in E.164."""

    id: Id
    phone_number: str
    label: str
    status: Status
    receiving_calls: bool
    agent: Reference | None
    location: Reference | None
    country: str | None
    type: str | None
    monthly_price: Money | None
    price_unit: str | None
    paused: ShownPause | None
    purchased_at: Moment
    released_at: Moment | None
    charged_until: Moment | None
    etag: Etag


@numbers.get("/numbers", READ, PageOf(ShownNumber))
def show_all(asked: Asked, query: NumbersQuery) -> Page:
    """List the numbers, released ones too, by phone number."""
    wanted = query.given()
    place = {name: wanted.pop(name) for name in ("cursor", "limit") if name in wanted}
    with asked.reading() as session:
        return read_numbers(session, asked.account, NumberFilters(**wanted), **place)


@numbers.get("/numbers/{number_id}", READ, One(ShownNumber))
def show(asked: Asked, number_id: int) -> Row:
    """Show a number."""
    with asked.reading() as session:
        return show_number(find_number(session, asked.account, number_id))


@numbers.patch("/numbers/{number_id}", "number.assigned", Changed(ShownNumber), errors=(409,), if_match=True)
def edit(asked: Asked, number_id: int, body: NumberEdits) -> tuple[Row, Outcome]:
    """Assign a number to an agent or a location, or take it from them, or change its label."""
    edits = body.given()
    for name in ("agent", "location"):
        if f"{name}_id" in edits:
            edits[name] = edits.pop(f"{name}_id") or ""
    return assign_number(asked.changes, asked.who, number_id, **edits, if_match=asked.if_match)
