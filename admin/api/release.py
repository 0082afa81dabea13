"""Release a number, after having seen what that costs."""

from typing import Annotated

from pydantic import Field

from admin.api.answers import Changed, One, Row
from admin.api.asked import Asked
from admin.api.endpoint import Resource
from admin.api.numbers import ShownNumber, Status
from admin.api.schema import LEFT_OUT, Moment, Money, PhoneNumber, Reason, Reference, Shown, Taken
from operations.in_force import Outcome
from operations.permissions import READ
from operations.release_impact import release_impact
from operations.release_number import release_number

releasing = Resource("Numbers")


class Release(Taken):
    """The number once more, typed by the person who releases it, and why."""

    confirm: PhoneNumber
    reason: Reason | None = LEFT_OUT


class ForwardingLine(Shown):
    """A line of the business that still forwards to the number."""

    phone_number: str
    last_call_at: Annotated[Moment | None, Field(description="When a call last came through it.")]


class ReleaseImpact(Shown):
    """What a release would cost."""

    phone_number: str
    status: Status
    days: Annotated[int, Field(description="How many days of calls are counted.")]
    calls: int
    calls_handed_over: Annotated[int, Field(description="Those of the calls that were handed to an agent.")]
    agent_left_without_number: Reference | None
    location_left_without_number: Reference | None
    forwarded_lines: list[ForwardingLine]
    monthly_price: Annotated[Money | None, Field(description="What is saved every month.")]
    price_unit: str | None


@releasing.get("/numbers/{number_id}/release-impact", READ, One(ReleaseImpact))
def show_impact(asked: Asked, number_id: int) -> Row:
    """Tell what releasing a number would cost."""
    with asked.reading() as session:
        return release_impact(session, asked.account, number_id)


@releasing.post("/numbers/{number_id}/release", "number.released", Changed(ShownNumber), errors=(409,), if_match=True)
def release(asked: Asked, number_id: int, body: Release) -> tuple[Row, Outcome]:
    """Release a number for good: stop its calls, then give it back to Twilio.

    While `charged_until` is null, Twilio has not confirmed it yet; that is tried again by itself.
    """
    return release_number(
        asked.changes,
        asked.who,
        number_id,
        body.reason,
        twilio=asked.parts["twilio"],
        confirm=body.confirm,
        if_match=asked.if_match,
    )
