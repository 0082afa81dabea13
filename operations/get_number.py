"""Get a number: from the order to the purchase at Twilio, so that it is bought once or not at all.

What is asked of Twilio is asked between two transactions, never inside of one. What fails there:

| what fails | what happens |
|---|---|
| Twilio refuses, or certainly was not reached | the pending number is removed, whoever asked is told why |
| Twilio's answer is lost | it is looked for; not found, it stays Pending and `finish_purchases.py` goes on |
| the number is in the Twilio account already | refused: to buy it would silently take its calls |
| this process, or the database after the purchase | it stays Pending and `finish_purchases.py` goes on |
"""

import re
from dataclasses import dataclass
from typing import Any

import phonenumbers
import structlog

from models import Database, Price
from operations.activate_numbers import activate_numbers
from operations.buy_at_twilio import buy, find_ours
from operations.changes import Changes, Who
from operations.checking import read_name, read_phone_number
from operations.end_purchase import record_bought, record_failed
from operations.errors import Conflict, DatabaseUnavailable, Invalid, OperationError, OutcomeUnknown
from operations.finish_purchases import finish_purchases
from operations.in_force import Outcome
from operations.intents import Intent
from operations.order_number import Order, Wish, find_order, order_number, see_order
from operations.permissions import check_may
from operations.prices import monthly_price
from operations.twilio_account import NUMBER_TYPES, TwilioAccount, Webhooks
from operations.twilio_errors import TwilioOutcomeUnknown

log = structlog.get_logger()
LONGEST_KEY = 255
UNKNOWN = "Nobody knows yet whether Twilio sold the number. It is looked for by itself, and by `flask numbers sync`."
ISO_COUNTRY = re.compile(r"[A-Z]{2}")
TYPES_TOLD = {
    phonenumbers.PhoneNumberType.FIXED_LINE: "local",
    phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE: "local",
    phonenumbers.PhoneNumberType.MOBILE: "mobile",
    phonenumbers.PhoneNumberType.TOLL_FREE: "toll_free",
}


@dataclass(frozen=True, slots=True)
class Getting:
    """How getting a number went. `is_certain` is False while nobody knows whether Twilio sold it: it is Pending then.

    `is_replay` tells that it was ordered before, under the same key, and nothing was done now.
    """

    number: dict[str, Any]
    outcome: Outcome
    intent: Intent
    is_certain: bool
    is_replay: bool = False


def get_number(
    changes: Changes,
    twilio: TwilioAccount,
    webhooks: Webhooks,
    who: Who,
    phone_number: str,
    *,
    agent: str | int | None = None,
    location: str | int | None = None,
    label: str = "",
    iso_country: str | None = None,
    number_type: str | None = None,
    idempotency_key: str | None = None,
) -> Getting:
    """Buy a number (E.164) for the account, with its webhooks set in the same request; agent, location by name or id.

    Raises what `order_number` raises, Conflict if the Twilio account has it already, and TwilioProblem when it was not
    bought. The same `idempotency_key` with the same request returns, or refuses, the same and buys nothing.
    """
    check_may(who.role, "number.ordered")
    wish = read_wish(phone_number, agent, location, label, iso_country, number_type, idempotency_key)
    order = find_order(changes, who, wish)
    order = order or order_number(changes, who, wish, quote_price(changes.database, twilio, wish))
    if order.is_replay:
        return _as_it_stands(order, is_replay=True)
    try:
        return _carry_out(changes, twilio, webhooks, who, order)
    except (TwilioOutcomeUnknown, DatabaseUnavailable, OutcomeUnknown) as problem:
        log.warning("purchase to be finished", phone_number=wish.phone_number, problem=problem.code)
        return Getting(order.number, order.outcome.warning(UNKNOWN), order.intent, is_certain=False)


def look_again(changes: Changes, twilio: TwilioAccount, webhooks: Webhooks, who: Who, getting: Getting) -> Getting:
    """Return how a pending number is doing by now, for somebody who waits for it; do what the housekeeper would do.

    Raises what the purchase failed for, and TwilioProblem.
    """
    if not getting.is_certain:
        finish_purchases(changes, twilio, webhooks)
    activate_numbers(changes, twilio)
    return _as_it_stands(see_order(changes, who, getting.intent), getting.is_replay)


def quote_price(database: Database, twilio: TwilioAccount, wish: Wish) -> Price | None:
    """Return what the number will cost a month, None when nobody knows."""
    if wish.iso_country is None or wish.number_type is None:
        return None
    return monthly_price(database, twilio, wish.iso_country, wish.number_type)


def read_wish(
    phone_number: str,
    agent: str | int | None = None,
    location: str | int | None = None,
    label: str = "",
    iso_country: str | None = None,
    number_type: str | None = None,
    idempotency_key: str | None = None,
) -> Wish:
    """Check what somebody asked for; raise Invalid. Country and type are told by the number if nobody said them."""
    wanted = read_phone_number(phone_number)
    if idempotency_key is not None and not _is_key(idempotency_key):
        raise Invalid(f"An Idempotency-Key has 1 to {LONGEST_KEY} printable ASCII characters.")
    if iso_country and not ISO_COUNTRY.fullmatch(iso_country):
        raise Invalid("A country is two capital letters, such as US.")
    if number_type and number_type not in NUMBER_TYPES:
        raise Invalid(f"A type of number is one of {', '.join(NUMBER_TYPES)}.")
    return Wish(
        wanted,
        agent or None,
        location or None,
        read_name(label, "a label") if label else "",
        iso_country or _country_told_by(wanted),
        number_type or _type_told_by(wanted),
        idempotency_key,
    )


def _country_told_by(phone_number: str) -> str | None:
    country = phonenumbers.region_code_for_number(phonenumbers.parse(phone_number, None))
    return country if ISO_COUNTRY.fullmatch(country or "") else None  # some numbers belong to no country


def _type_told_by(phone_number: str) -> str | None:
    return TYPES_TOLD.get(phonenumbers.number_type(phonenumbers.parse(phone_number, None)))


def _is_key(text: str) -> bool:
    return 1 <= len(text) <= LONGEST_KEY and text.isascii() and text.isprintable()


def _carry_out(changes: Changes, twilio: TwilioAccount, webhooks: Webhooks, who: Who, order: Order) -> Getting:
    intent = order.intent
    try:
        owned = find_ours(changes, twilio, intent) or buy(changes, twilio, webhooks, intent)
    except (TwilioOutcomeUnknown, DatabaseUnavailable):
        raise
    except OperationError as problem:
        record_failed(changes, who, intent, problem)
        raise
    if owned is None:  # a sync was quicker, and has ended it
        return _as_it_stands(see_order(changes, who, intent), is_replay=False)
    number, outcome = record_bought(changes, who, intent, owned)
    if number is None:
        raise Conflict("number_ordered_again", f"{intent.phone_number} was ordered again meanwhile. Look at its state.")
    return Getting(number, outcome, intent, is_certain=True)


def _as_it_stands(order: Order, is_replay: bool) -> Getting:
    outcome = order.outcome.warning(UNKNOWN) if order.is_open else order.outcome
    return Getting(order.number, outcome, order.intent, not order.is_open, is_replay)
