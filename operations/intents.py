"""What a purchase was meant to be, as it is handed between the steps, and the tag by which Twilio's number tells it.

https://www.twilio.com/docs/phone-numbers/api/incomingphonenumber-resource: a purchase has no key of the client's, but
a friendly name of up to 64 characters. With the tag in it, a number whose purchase was cut off is known as ours.
"""

import re
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, select

from models import Purchase

FRIENDLY_NAME = "Clara Voice Router {tag}"
TAG = re.compile(r"\b[0-9a-f]{32}\b")


@dataclass(frozen=True, slots=True)
class Intent:
    """A purchase that was written down: of which number (E.164), for which account, since when, under which tag."""

    purchase_id: int
    account_id: int
    phone_number: str
    tag: str
    intended_at: datetime

    @property
    def friendly_name(self) -> str:
        """Return the name that the number gets at Twilio."""
        return FRIENDLY_NAME.format(tag=self.tag)


def intent_of(purchase: Purchase) -> Intent:
    """Return the value of a purchase's row."""
    return Intent(purchase.id, purchase.account_id, purchase.phone_number, purchase.tag, purchase.intended_at)


def tagged(phone_number: str, friendly_name: str) -> Select[Purchase]:
    """Select the purchase of this number whose tag is in its friendly name at Twilio; none if it is none of ours."""
    tags = TAG.findall(friendly_name)
    return select(Purchase).where(Purchase.tag.in_(tags), Purchase.phone_number == phone_number).limit(1)
