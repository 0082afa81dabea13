"""/account: the account of whoever asks, with its limits."""

from typing import Annotated

from pydantic import Field

from admin.api.answers import Changed, One, Row
from admin.api.asked import Asked
from admin.api.endpoint import Resource
from admin.api.numbers import Treatment
from admin.api.schema import LEFT_OUT, Etag, Id, Moment, Name, PhoneNumber, Shown, Taken
from operations.accounts import LONGEST_RETENTION_DAYS, MOST_PURCHASES_PER_DAY, edit_account, get_account
from operations.in_force import Outcome
from operations.pause import LONGEST_MESSAGE
from operations.permissions import READ

account = Resource("Account")


class AccountEdits(Taken):
    """What is to be different about the account."""

    name: Name = LEFT_OUT
    purchases_per_day: Annotated[
        int, Field(ge=0, le=MOST_PURCHASES_PER_DAY, description="How many numbers it may get in 24 hours.")
    ] = LEFT_OUT
    call_retention_days: Annotated[
        int, Field(ge=1, le=LONGEST_RETENTION_DAYS, description="For how long its calls are kept.")
    ] = LEFT_OUT
    paused_treatment: Annotated[
        Treatment, Field(description="What callers of a paused number meet when the pause does not say.")
    ] = LEFT_OUT
    paused_message: Annotated[
        str, Field(min_length=1, max_length=LONGEST_MESSAGE, description="Spoken; for the treatment message.")
    ] = LEFT_OUT
    paused_forward_to: PhoneNumber = LEFT_OUT


class ShownAccount(Shown):
    """A business."""

    id: Id
    name: str
    purchases_per_day: int
    call_retention_days: int
    paused_treatment: Treatment
    paused_message: str | None
    paused_forward_to: str | None
    created_at: Moment
    etag: Etag


@account.get("/account", READ, One(ShownAccount))
def show(asked: Asked) -> Row:
    """Show the account that the token belongs to."""
    with asked.reading() as session:
        return get_account(session, asked.account)


@account.patch("/account", "account.edited", Changed(ShownAccount), errors=(409,), if_match=True)
def edit(asked: Asked, body: AccountEdits) -> tuple[Row, Outcome]:
    """Rename the account, change its limits, or what callers of paused numbers usually meet."""
    return edit_account(asked.changes, asked.who, **body.given(), if_match=asked.if_match)
