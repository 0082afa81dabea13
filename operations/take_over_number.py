"""Take over a number of the Twilio account on behalf of somebody who belongs to one account here."""

from typing import Any

from operations.add_number import add_number
from operations.changes import Changes, Who
from operations.errors import Conflict, Invalid, at_field
from operations.finding import is_only_account
from operations.in_force import Outcome
from operations.permissions import check_may
from operations.twilio_account import TwilioAccount, Webhooks


def take_over_number(
    changes: Changes,
    who: Who,
    twilio: TwilioAccount,
    webhooks: Webhooks,
    phone_number: str,
    agent: str | int,
    location: str | int | None = None,
    label: str = "",
) -> tuple[dict[str, Any], Outcome]:
    """Add a number as `add_number` does, if there is no other account that it could belong to; else raise Conflict.

    All accounts share one account at Twilio, which does not say whose a number is. Among several of them, only the
    operator can: with `flask numbers add`. It must have an agent, because its calls, which somebody answers now, come
    here at once.
    """
    check_may(who.role, "number.added")
    if agent == "":
        with at_field("agent"):
            raise Invalid("Say which agent is to answer its calls.")
    with changes.database.reading() as session:
        is_certain = is_only_account(session)
    if not is_certain:
        sentence = "Several accounts share this Twilio account. Ask its operator to take the number over for you."
        raise Conflict("twilio_account_shared", sentence)
    return add_number(changes, who, phone_number, agent, location, label, twilio=twilio, webhooks=webhooks)
