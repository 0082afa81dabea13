"""/numbers/…/lines: the business's own lines that forward to a number, and whether they really do."""

from typing import Annotated, Literal

from pydantic import Field

from admin.api.answers import Changed, Created, Deleted, ListOf, One, Row
from admin.api.asked import Asked
from admin.api.available_numbers import Country
from admin.api.endpoint import Resource
from admin.api.schema import LEFT_OUT, Id, Moment, PhoneNumber, Shown, Taken
from operations.finding import find_number
from operations.forwarded_lines import add_line, get_line, list_lines, remove_line
from operations.forwarding_codes import forwarding_codes
from operations.in_force import Outcome
from operations.permissions import READ
from operations.verify_line import start_verification

lines = Resource("Forwarded lines")


class NewLine(Taken):
    """The line, in E.164."""

    phone_number: PhoneNumber


class Verification(Taken):
    """From which telephone the line will be called, for carriers that hide the line."""

    test_phone: PhoneNumber = LEFT_OUT


class CodesQuery(Taken):
    """Where the line is."""

    country: Country = LEFT_OUT


class NumberOfLine(Shown):
    """The number that a line forwards to."""

    id: Id
    phone_number: str


class ShownLine(Shown):
    """A line that forwards to a number, and how its verification stands."""

    id: Id
    phone_number: str
    number: NumberOfLine
    state: Literal["registered", "waiting", "expired", "verified"]
    test_phone: str | None
    verifying_since: Moment | None
    verify_until: Moment | None
    verified_at: Moment | None
    verified_by: Annotated[str | None, Field(description="CallSid of the call that came through it.")]
    last_call_at: Annotated[Moment | None, Field(description="When the last call came whose carrier named it.")]
    created_at: Moment


class ShownCode(Shown):
    """What to dial to forward always, when busy, or when nobody answers; and to stop that."""

    condition: Literal["always", "busy", "no_answer"]
    activate: str
    deactivate: str


class ShownCarrier(Shown):
    """A carrier's codes; `note` says what varies."""

    name: str
    codes: list[ShownCode]
    note: str
    source: str


class ShownCodes(Shown):
    """What carriers of a country want to be dialled on a line, to forward it to the number."""

    phone_number: str
    country: str | None
    carriers: list[ShownCarrier]


@lines.get("/numbers/{number_id}/lines", READ, ListOf(ShownLine))
def show_all(asked: Asked, number_id: int) -> list[Row]:
    """List the lines that forward to a number."""
    with asked.reading() as session:
        return list_lines(session, asked.account, number_id)


@lines.post(
    "/numbers/{number_id}/lines",
    "line.added",
    Created(ShownLine, "/numbers/{number[id]}/lines/{id}", is_routed=True),
    errors=(409,),
)
def add(asked: Asked, number_id: int, body: NewLine) -> tuple[Row, Outcome]:
    """Register a line that forwards to a number."""
    return add_line(asked.changes, asked.who, number_id, body.phone_number)


@lines.get("/numbers/{number_id}/lines/{line_id}", READ, One(ShownLine))
def show(asked: Asked, number_id: int, line_id: int) -> Row:
    """Show a line."""
    with asked.reading() as session:
        return get_line(session, asked.account, number_id, line_id)


@lines.delete("/numbers/{number_id}/lines/{line_id}", "line.removed", Deleted())
def remove(asked: Asked, number_id: int, line_id: int) -> Outcome:
    """Remove a line; its carrier forwards on until told to stop."""
    return remove_line(asked.changes, asked.who, number_id, line_id)


@lines.post("/numbers/{number_id}/lines/{line_id}/verify", "line.verifying", Changed(ShownLine), errors=(409,))
def verify(asked: Asked, number_id: int, line_id: int, body: Verification) -> tuple[Row, Outcome]:
    """Begin to look for a call through a line: call it within ten minutes."""
    return start_verification(asked.changes, asked.who, number_id, line_id, body.test_phone)


@lines.get("/numbers/{number_id}/forwarding-codes", READ, One(ShownCodes))
def codes(asked: Asked, number_id: int, query: CodesQuery) -> Row:
    """Say what to dial on a line to forward it to a number."""
    with asked.reading() as session:
        number = find_number(session, asked.account, number_id)
    return forwarding_codes(number.phone_number, query.country)
