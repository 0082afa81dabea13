"""/sync: how our numbers differ from those that Twilio has, and the repairs; and taking a number over.

There is no endpoint for importing many: that takes minutes to hours, at Twilio's pace, and a request must not. Programs
take over one number after another; people use `flask numbers import`, which shows its progress and can be stopped.
"""

from typing import Annotated, Literal

from pydantic import Field

from admin.api.answers import Changed, Created, ListOf, Row
from admin.api.asked import Asked
from admin.api.endpoint import Resource
from admin.api.numbers import ShownNumber
from admin.api.schema import Id, Label, PhoneNumber, Shown, Taken
from operations.in_force import Outcome
from operations.repair_numbers import repair_number
from operations.sync_numbers import compare_numbers, show_difference
from operations.take_over_number import take_over_number

Kind = Literal[
    "unknown_here",
    "gone_at_twilio",
    "wrong_webhooks",
    "overridden",
    "sid_missing",
    "sid_differs",
    "release_unfinished",
    "purchase_unfinished",
]
RepairableKind = Literal["gone_at_twilio", "wrong_webhooks", "overridden", "sid_missing", "sid_differs"]
Sides = Annotated[dict[str, str | None], Field(description="What it says of the fields that differ.")]
syncing = Resource("Sync")


class ShownDifference(Shown):
    """A number on which Twilio and we do not agree; `number_id` is null for one that nobody has here."""

    kind: Kind
    phone_number: str
    number_id: Id | None
    sentence: str
    here: Sides
    at_twilio: Sides
    repair: Literal["take_over", "release", "configure", "remember_sid", "finish"]


class Repair(Taken):
    """Which difference to repair. One of the kind gone_at_twilio is repaired by releasing the number here, for good."""

    number_id: Id
    kind: RepairableKind


class TakenOver(Taken):
    """A number that the Twilio account has, and who answers it from now on."""

    phone_number: PhoneNumber
    agent_id: Id
    location_id: Id | None = None
    label: Label = ""


@syncing.get("/sync", "number.compared", ListOf(ShownDifference), errors=(409, 502))
def show_all(asked: Asked) -> list[Row]:
    """Compare both sides, which reads all numbers of the Twilio account; nothing is changed.

    Numbers that nobody has here are told only while there is no other account that they could belong to.
    """
    compared = compare_numbers(
        asked.changes.database, asked.parts["twilio"], asked.parts["webhooks"], account_id=asked.account
    )
    return [show_difference(difference) for difference in compared.differences]


@syncing.post("/sync/repairs", "number.synced", Changed(ShownNumber), errors=(404, 409, 502))
def repair(asked: Asked, body: Repair) -> tuple[Row, Outcome]:
    """Repair one difference; one that is no more is only confirmed."""
    twilio, webhooks = asked.parts["twilio"], asked.parts["webhooks"]
    return repair_number(asked.changes, asked.who, twilio, webhooks, body.kind, body.number_id)


@syncing.post(
    "/numbers/take-over", "number.added", Created(ShownNumber, "/numbers/{id}", is_routed=True), errors=(404, 409)
)
def take_over(asked: Asked, body: TakenOver) -> tuple[Row, Outcome]:
    """Take over a number that the Twilio account has, and point it here; refused while several accounts share it."""
    return take_over_number(
        asked.changes,
        asked.who,
        asked.parts["twilio"],
        asked.parts["webhooks"],
        body.phone_number,
        body.agent_id,
        body.location_id,
        body.label,
    )
