"""Finish at Twilio what was cut off: purchases, activations and releases; bring back what was bought for nobody."""

from collections.abc import Iterable
from datetime import timedelta

from sqlalchemy import select

from models import Purchase
from models.base import now
from operations.activate_numbers import activate_numbers
from operations.changes import Changes
from operations.finish_purchases import adopt_orphan, finish_purchases
from operations.finish_releases import finish_releases
from operations.twilio_account import OwnedNumber, TwilioAccount, Webhooks

LOOKED_FOR = timedelta(days=7)


def finish_at_twilio(changes: Changes, twilio: TwilioAccount, webhooks: Webhooks) -> dict[str, str]:
    """Finish all that can be finished now; return why the rest cannot, in a sentence by phone number.

    Raises TwilioProblem if Twilio does not answer for a pending number, and what a change raises.
    """
    purchases = finish_purchases(changes, twilio, webhooks, at_once=True)
    activate_numbers(changes, twilio)
    releases = finish_releases(changes, twilio)
    open_purchases = {one.phone_number: one.problem or "" for one in purchases if one.state == "intended"}
    return open_purchases | {release.phone_number: release.problem for release in releases}


def adopt_lost_purchases(changes: Changes, twilio: TwilioAccount) -> list[str]:
    """Bring back what Twilio sold after we had given it up; a chore, which asks only if anything was given up."""
    given_up = select(Purchase.phone_number).where(Purchase.state == "failed", Purchase.ended_at > now() - LOOKED_FOR)
    with changes.database.reading() as session:
        wanted = set(session.scalars(given_up))
    return (
        adopt_orphans(changes, (one for one in twilio.every_number() if one.phone_number in wanted)) if wanted else []
    )


def adopt_orphans(changes: Changes, unknown: Iterable[OwnedNumber]) -> list[str]:
    """Bring back, of numbers that nobody has here, those bought for a purchase that had been given up; name them."""
    return [owned.phone_number for owned in unknown if adopt_orphan(changes, owned)]
