"""POST /numbers: buy a number at Twilio."""

from dataclasses import dataclass
from typing import Annotated

from flask import Response, request
from pydantic import Field

from admin.api.answers import IN_FORCE, PREFIX, Said, with_outcome
from admin.api.asked import Asked
from admin.api.endpoint import Resource
from admin.api.json_writer import write_json
from admin.api.numbers import ShownNumber
from admin.api.schema import LEFT_OUT, Id, Label, PhoneNumber, Taken
from operations.get_number import Getting, get_number
from operations.showing import show_outcome

getting = Resource("Numbers")
NOT_YET = (
    "Ordered, and Pending: nobody knows yet whether Twilio sold it, or hosts have not confirmed it. It goes on by"
    " itself; ask GET /numbers/{number_id}, or send the same again with the same Idempotency-Key."
)


class NewNumber(Taken):
    """A number to buy, and to whom it is to go."""

    phone_number: PhoneNumber
    agent_id: Id | None = None
    location_id: Id | None = None
    label: Label = ""
    country: Annotated[
        str, Field(max_length=2, pattern="^[A-Z]{2}$", description="As the search shows it; told by the number.")
    ] = LEFT_OUT
    type: Annotated[str, Field(max_length=20, description="As the search shows it; told by the number.")] = LEFT_OUT


@dataclass(frozen=True, slots=True)
class Ordered:
    """A number that was ordered. The header Idempotency-Replayed tells whether that was before, under the same key."""

    def said(self) -> dict[int, Said]:
        """Say which answers there are, by their status."""
        model, headers = with_outcome(ShownNumber), ("Location", "ETag", "Idempotency-Replayed")
        return {
            status: Said(sentence, model, headers=headers) for status, sentence in ((201, IN_FORCE), (202, NOT_YET))
        }

    def write(self, result: Getting) -> Response:
        """Write what the view returned."""
        number, outcome = result.number, result.outcome
        headers = {
            "Location": f"{request.script_root}{PREFIX}/numbers/{number['id']}",
            "ETag": f'"{number["etag"]}"',
            "Idempotency-Replayed": "true" if result.is_replay else "false",
        }
        is_done = result.is_certain and outcome.in_force
        return write_json(201 if is_done else 202, number | show_outcome(outcome), headers)


@getting.post("/numbers", "number.ordered", Ordered(), errors=(404, 409, 429, 502), idempotency_key=True)
def get(asked: Asked, body: NewNumber) -> Getting:
    """Get a number: buy it at Twilio, with its webhooks set."""
    return get_number(
        asked.changes,
        asked.parts["twilio"],
        asked.parts["webhooks"],
        asked.who,
        body.phone_number,
        agent=body.agent_id,
        location=body.location_id,
        label=body.label,
        iso_country=body.country,
        number_type=body.type,
        idempotency_key=asked.idempotency_key,
    )
