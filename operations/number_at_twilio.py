"""What Twilio says of one number, and what has to be different there for its calls to reach us."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import phonenumbers

from models import Database, Number
from operations.checking import LONGEST_NAME
from operations.intents import TAG
from operations.prices import monthly_price
from operations.twilio_account import OwnedNumber, TwilioAccount, Webhooks

POST = "POST"


@dataclass(frozen=True, slots=True)
class TwilioFacts:
    """What we keep of a number at Twilio: `monthly_price` in whole units of `price_unit`, None when nobody knows."""

    sid: str
    iso_country: str | None
    number_type: str | None
    monthly_price: Decimal | None = None
    price_unit: str | None = None

    def remember(self, number: Number) -> None:
        """Write the facts down with the number; what is not known leaves what was known before.

        The price is that of the purchase: it only changes if this is another purchase.
        """
        is_another_purchase = number.sid not in (None, self.sid)
        if self.monthly_price is not None and (number.monthly_price is None or is_another_purchase):
            number.monthly_price, number.price_unit = self.monthly_price, self.price_unit
        number.sid = self.sid
        number.iso_country = self.iso_country or number.iso_country
        number.number_type = self.number_type or number.number_type


def read_facts(database: Database, twilio: TwilioAccount, owned: OwnedNumber) -> TwilioFacts:
    """Return the facts of a number, with its price if anybody knows it."""
    country, number_type = _country_of(owned.phone_number), owned.number_type
    price = monthly_price(database, twilio, country, number_type) if country and number_type else None
    amount, unit = (price.amount, price.unit) if price else (None, None)
    return TwilioFacts(owned.sid, country, number_type, amount, unit)


def settings_of(owned: OwnedNumber) -> dict[str, Any]:
    """Return where Twilio sends a number's calls, under Twilio's own names, for the audit trail and for comparisons."""
    return {
        "sid": owned.sid,
        "friendly_name": owned.friendly_name,
        "voice_url": owned.voice_url,
        "voice_method": owned.voice_method,
        "voice_fallback_url": owned.voice_fallback_url,
        "voice_fallback_method": owned.voice_fallback_method,
        "status_callback": owned.status_callback,
        "status_callback_method": owned.status_callback_method,
        "voice_application_sid": owned.voice_application_sid,
        "trunk_sid": owned.trunk_sid,
    }


def shown_settings(owned: OwnedNumber) -> dict[str, Any]:
    """Return `settings_of` a number as people may see them: somebody's URLs without the secrets that may be in them."""
    return {name: shown_url(value) if "://" in value else value for name, value in settings_of(owned).items()}


def shown_url(url: str) -> str:
    """Return a URL without its user, password and query, which is where the keys of other services stand."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "…"
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, host, parts.path, "…" if parts.query else "", parts.fragment))


def wanted_settings(webhooks: Webhooks) -> dict[str, str]:
    """Return what `settings_of` a number is when its calls come to us."""
    return {
        "voice_url": webhooks.voice_url,
        "voice_method": POST,
        "voice_fallback_url": webhooks.fallback_url,
        "voice_fallback_method": POST,
        "status_callback": webhooks.status_callback_url,
        "status_callback_method": POST,
        "voice_application_sid": "",
        "trunk_sid": "",
    }


def wrong_settings(owned: OwnedNumber, webhooks: Webhooks) -> Iterator[tuple[str, str, str]]:
    """Yield each setting that is not as it should be: its name, what Twilio has, what we want."""
    said = settings_of(owned)
    for name, wanted in wanted_settings(webhooks).items():
        if said[name] != wanted:
            yield name, shown_url(said[name]) if "://" in said[name] else said[name], wanted


def label_of(owned: OwnedNumber) -> str:
    """Return the friendly name as a label; nothing if it is Twilio's own, which is just the number, or a purchase's."""
    if TAG.search(owned.friendly_name):
        return ""
    name = " ".join("".join(char if char.isprintable() else " " for char in owned.friendly_name).split())
    digits = "".join(char for char in name if char.isdigit())
    says_the_number = bool(digits) and owned.phone_number.endswith(digits) and not any(map(str.isalpha, name))
    return "" if says_the_number else name[:LONGEST_NAME]


def _country_of(phone_number: str) -> str | None:
    """Return the country of a phone number (ISO 3166); Twilio's own resource does not tell it."""
    country: str | None = phonenumbers.region_code_for_number(phonenumbers.parse(phone_number, None))
    return country if country and country.isalpha() else None
