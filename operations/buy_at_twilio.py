"""Buy a number at Twilio, once, whatever was cut off before and whatever becomes of the answer.

To buy a number that the Twilio account has already changes its URLs instead, under the same SID
(https://github.com/danielberkompas/ex_twilio/pull/116). So it is looked for first: one that an earlier try of ours
bought is adopted, and one that was there before is left alone, because calls may be going to it.
"""

from contextlib import suppress

from sqlalchemy import select

from models import Purchase
from operations.changes import Changes
from operations.errors import Conflict, OperationError
from operations.finding import is_only_account
from operations.intents import Intent, tagged
from operations.not_available import not_available
from operations.twilio_account import OwnedNumber, TwilioAccount, Webhooks
from operations.twilio_errors import TwilioOutcomeUnknown, TwilioRefused


def find_ours(changes: Changes, twilio: TwilioAccount, intent: Intent) -> OwnedNumber | None:
    """Return the number as an earlier try bought it, or None if the Twilio account has it not.

    Raises Conflict if the account has it for another reason, TwilioProblem or DatabaseUnavailable if nobody can tell.
    """
    owned = twilio.find(intent.phone_number)
    if owned is None or is_ours(changes, intent, owned):
        return owned
    if not changes.ask(is_only_account):
        raise not_available()  # whose it is, all the accounts here must not be told
    raise Conflict(
        "number_owned",
        f"{owned.phone_number} is in your Twilio account already. Take it over: on the start page, under “Differences"
        " from Twilio”, or by `flask numbers add`.",
    )


def is_ours(changes: Changes, intent: Intent, owned: OwnedNumber) -> bool:
    """Tell whether this purchase bought it, or one that was given up too early, which nobody else has a claim to."""
    query = tagged(owned.phone_number, owned.friendly_name)
    purchase = changes.ask(lambda connection: connection.execute(query).first())
    return purchase is not None and (purchase.id == intent.purchase_id or purchase.state == "failed")


def buy(changes: Changes, twilio: TwilioAccount, webhooks: Webhooks, intent: Intent) -> OwnedNumber | None:
    """Buy the number with all its URLs in one request, and look for it when the answer got lost, or is a refusal.

    It may be refused because a request before it, of which nobody knows what became, has just been carried out.
    Returns None, having done nothing, if somebody else has ended the purchase meanwhile. Raises TwilioOutcomeUnknown if
    it may yet turn out to be bought, and the other TwilioProblems if it certainly was not.
    """
    if not is_open(changes, intent):
        return None
    try:
        return twilio.buy(intent.phone_number, intent.friendly_name, webhooks)
    except (TwilioOutcomeUnknown, TwilioRefused):
        with suppress(OperationError):
            if owned := find_ours(changes, twilio, intent):
                return owned
        raise


def is_open(changes: Changes, intent: Intent) -> bool:
    """Tell whether the purchase is still intended, by what is committed now."""
    query = select(Purchase.state).where(Purchase.id == intent.purchase_id)
    return changes.ask(lambda connection: connection.scalar(query)) == "intended"
