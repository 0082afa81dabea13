"""/numbers/{number_id}/what-if: what a call would meet."""

from typing import Annotated

from pydantic import Field

from admin.api.answers import One, Row
from admin.api.asked import Asked
from admin.api.calls import Decision, Party, ShownHandoff, When
from admin.api.endpoint import Resource
from admin.api.schema import LEFT_OUT, Id, Moment, Reference, Shown, Taken
from operations.permissions import READ
from operations.what_if import Supposed, what_if

supposing = Resource("Numbers")


class SupposedCall(Taken):
    """The call that is supposed; a caller who shows a number, and now, if nothing is said."""

    caller: Annotated[Party, Field(alias="from")] = LEFT_OUT
    forwarded_from: Party = LEFT_OUT
    at: Annotated[When, Field(description="ISO 8601, not past: a pause may be over by then.")] = LEFT_OUT


class ShownWhatIf(Shown):
    """What the call would meet, from the call path's own functions over what the database says now."""

    number_id: Id
    phone_number: str
    at: Moment | None
    decision: Decision
    sentence: str
    reason: Annotated[str | None, Field(description="Why somebody would not be dialled.")]
    twiml: str
    agent: Reference | None
    location: Reference | None
    handoff: ShownHandoff | None
    dialled: Annotated[str | None, Field(description="The number that would be dialled in an agent's place.")]
    route_source: str
    change: int
    in_force: Annotated[bool, Field(description="Every host has followed the number's last change.")]
    unconfirmed: list[str]


@supposing.get("/numbers/{number_id}/what-if", READ, One(ShownWhatIf))
def show_what_if(asked: Asked, number_id: int, query: SupposedCall) -> Row:
    """Say what a call would meet, without a call and without a record."""
    supposed = Supposed(query.caller, query.forwarded_from, query.at)
    with asked.reading() as session:
        return what_if(session, asked.changes, asked.parts["call_path"], asked.account, number_id, supposed)
