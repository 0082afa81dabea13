"""Search for numbers that can be got, with what each costs and needs; finding nothing says what to try instead."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Any

from models import Database, Price
from operations.changes import Who
from operations.errors import Invalid
from operations.number_wishes import (
    LARGEST_SEARCH,
    NORTH_AMERICA,
    Wishes,
    ask_for,
    read_wishes,
    say_filters,
    say_type,
    without,
)
from operations.permissions import check_may
from operations.prices import country_prices
from operations.twilio_account import AvailableNumber, TwilioAccount
from operations.twilio_errors import TwilioProblem

ADDRESSES = {
    "any": "An address is needed.",
    "local": "An address in the number's own city or region is needed.",
    "foreign": "An address outside of the number's country is needed.",
}
BUNDLE_NEEDED = "A regulatory bundle that Twilio has approved is needed."
# https://www.twilio.com/en-us/changelog/regulated-number-bundle-provisioning-requirement
BUNDLE_LIKELY = (
    "Most numbers outside of the US and Canada need a regulatory bundle; Twilio did not say whether this does."
)


def search_numbers(
    database: Database, twilio: TwilioAccount, who: Who, wishes: Wishes, limit: int = 20
) -> dict[str, Any]:
    """Return the numbers that can be got now; only those that take calls. Finding one does not reserve it.

    Shown are `country`, `type`, `numbers` and, when there are none, `advice`: a sentence, and as `suggestions` searches
    that find something. Raises Invalid for what cannot be searched, also for a country or a type that Twilio does not
    have; TwilioProblem when Twilio does not answer.
    """
    check_may(who.role, "number.searched")
    if not 1 <= limit <= LARGEST_SEARCH:
        raise Invalid(f"A search finds 1 to {LARGEST_SEARCH} numbers at a time.")
    wanted = _with_a_type(twilio, read_wishes(wishes))
    found = ask_for(twilio, wanted, limit)
    return {
        "country": wanted.country,
        "type": wanted.number_type,
        "numbers": list(_show_all(database, twilio, wanted, found)) if found else [],
        "advice": None if found else _advise(twilio, wanted),
    }


def _with_a_type(twilio: TwilioAccount, wishes: Wishes) -> Wishes:
    """Return the wishes with a type that the country has; without a wish, its first one."""
    types = twilio.number_types(wishes.country)
    if not types:
        raise Invalid(f"Twilio has no numbers in the country {wishes.country}.")
    if wishes.number_type is None:
        return replace(wishes, number_type=types[0])
    if wishes.number_type not in types:
        offered = ", ".join(map(say_type, types))
        raise Invalid(f"Twilio has no {say_type(wishes.number_type)} numbers in {wishes.country}. It has: {offered}.")
    return wishes


def _show_all(
    database: Database, twilio: TwilioAccount, wishes: Wishes, found: list[AvailableNumber]
) -> Iterator[dict[str, Any]]:
    price = country_prices(database, twilio, wishes.country).get(wishes.number_type or "")
    needs_bundle = _needs_bundle(twilio, wishes)
    return (_show_available(number, price, needs_bundle) for number in found)


def _needs_bundle(twilio: TwilioAccount, wishes: Wishes) -> bool | None:
    """Tell whether such numbers need a regulatory bundle; None if Twilio does not say."""
    if wishes.country in NORTH_AMERICA:
        return False
    with suppress(TwilioProblem):
        return twilio.is_regulated(wishes.country, wishes.number_type or "")
    return None


def _show_available(number: AvailableNumber, price: Price | None, needs_bundle: bool | None) -> dict[str, Any]:
    """Show a number that can be got. `needs` says in words what must be there first; None if nothing must be."""
    return {
        "phone_number": number.phone_number,
        "friendly_name": number.friendly_name,
        "country": number.iso_country,
        "type": number.number_type,
        "locality": number.locality,
        "region": number.region,
        "postal_code": number.postal_code,
        "capabilities": list(number.capabilities),
        "monthly_price": str(price.amount) if price else None,
        "price_unit": price.unit if price else None,
        "address_requirements": number.address_requirements,
        "bundle_required": needs_bundle,
        "needs": _say_needs(number.address_requirements, needs_bundle),
        "beta": number.is_beta,
    }


def _say_needs(address_requirements: str, needs_bundle: bool | None) -> str | None:
    address = ADDRESSES.get(address_requirements)
    bundle = {True: BUNDLE_NEEDED, None: BUNDLE_LIKELY, False: None}[needs_bundle]
    return " ".join(sentence for sentence in (address, bundle) if sentence) or None


def _advise(twilio: TwilioAccount, wishes: Wishes) -> dict[str, Any]:
    """Say what to try in the place of a search that found nothing; every suggestion was tried and finds something."""
    kind = f"There is no {say_type(wishes.number_type)} number in {wishes.country}"
    wished = f" with {say_filters(wishes.filters)}" if wishes.filters else ""
    suggestions = []
    hint = "Nothing near it is left either: try another country."
    try:
        for sentence, other in _neighbours(twilio, wishes):
            suggestions.append({"sentence": sentence, "search": _show_wishes(other)})
    except TwilioProblem:
        hint = "Twilio did not answer when it was asked for others: try with less."
    if suggestions:
        hint = "These searches find some:"
    return {"sentence": f"{kind}{wished}. {hint}", "suggestions": suggestions}


def _show_wishes(wishes: Wishes) -> dict[str, str]:
    return {"country": wishes.country, "type": wishes.number_type or "", **wishes.filters}


def _neighbours(twilio: TwilioAccount, wishes: Wishes) -> Iterator[tuple[str, Wishes]]:
    """Yield searches that find something: without one of the filters, else without any, and for other types."""
    has_one = False
    for name, value in wishes.filters.items():
        fewer = without(wishes, name)
        if ask_for(twilio, fewer, limit=1):
            has_one = True
            yield f"Leave out {say_filters({name: value})}.", fewer
    bare = without(wishes, *wishes.filters)
    if not has_one and len(wishes.filters) > 1 and ask_for(twilio, bare, limit=1):
        yield "Leave out all of these.", bare
    for number_type in twilio.number_types(wishes.country):
        other = replace(bare, number_type=number_type, contains=wishes.contains)
        if number_type != wishes.number_type and ask_for(twilio, other, limit=1):
            yield f"Search for {say_type(number_type)} numbers.", other
