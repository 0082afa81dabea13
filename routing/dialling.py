"""What may be dialled: nothing that costs the business a fortune, and nothing that would come back to us. Pure.

Toll fraud: whoever can set a target could let calls be put through to a premium-rate number of his own. Such numbers
are known by their type in libphonenumber's metadata, and by the country codes below, which are no country's.

Loops: a leg that we dial and that ends at a line which forwards here comes back as a new inbound call. It has a CallSid
of its own, and as From mostly the first caller, so nothing in it says that it is ours. It is stopped before it is
dialled, because never dialled is

* the dialled number itself, or any other number that is live here: Twilio would ask us again at once;
* a line that is registered as forwarding to the dialled number (`CallRoute.lines`), verified or not;
* the line that the carrier names as ForwardedFrom, registered or not: it has just forwarded this very call.

What nobody can see is a line that forwards here, is not registered, and whose carrier hides it. Such a loop grows by a
leg a round until a carrier's limit of diversions or Twilio's of calls ends it; to register the line is the cure.

Two things look like a loop and are none by themselves, so that calls with them are answered as any other: From equal to
To (callers pretend to be the number that they call; a withheld caller whom we put through shows it too), and
ForwardedFrom equal to To (carriers send that with direct calls).
"""

from collections.abc import Callable
from functools import lru_cache

import phonenumbers
from phonenumbers import PhoneNumberType

from routing.call_route import CallRoute

# ITU-T Recommendation E.164, list of assigned country codes (https://www.itu.int/pub/T-SP-E.164D). +800 is left out: it
# is free to call.
COSTLY_COUNTRY_CODES = {
    "+808": "an international shared-cost number",
    "+870": "a satellite telephone",
    "+878": "a number of a global network",
    "+881": "a satellite telephone",
    "+882": "a number of a global network",
    "+883": "a number of a global network",
    "+888": "a number of a global network",
    "+979": "an international premium-rate number",
    "+991": "a number of a global network",
}
# https://github.com/google/libphonenumber/blob/master/FAQ.md: types as each country's numbering plan gives them. What
# the plans call shared cost is charged at premium rates in part, and always to whoever dials.
COSTLY_TYPES = {
    PhoneNumberType.PREMIUM_RATE: "a premium-rate number",
    PhoneNumberType.SHARED_COST: "a shared-cost number",
}
NAMES_REMEMBERED = 32_768


@lru_cache(NAMES_REMEMBERED)
def why_costly(phone_number: str) -> str | None:
    """Say of an E.164 number what makes it too costly to dial, such as “a premium-rate number”; None if nothing."""
    if kind := COSTLY_COUNTRY_CODES.get(phone_number[:4]):
        return kind
    try:
        return COSTLY_TYPES.get(phonenumbers.number_type(phonenumbers.parse(phone_number, None)))
    except phonenumbers.NumberParseException:
        return None


@lru_cache(NAMES_REMEMBERED)
def read_line(forwarded_from: str | None, to_number: str) -> str | None:
    """Return the line that a carrier names, in E.164, as if dialled in the country of `to_number`.

    None is no line: nothing, garbage (a country code twice, 23 digits), or the called number itself.
    """
    if not forwarded_from:
        return None
    try:
        region = phonenumbers.region_code_for_number(phonenumbers.parse(to_number, None))
        parsed = phonenumbers.parse(forwarded_from, region)
    except phonenumbers.NumberParseException:
        return None
    line = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    return line if phonenumbers.is_possible_number(parsed) and line != to_number else None


def why_not_dialled(
    target: str, called: CallRoute, forwarded_from: str | None, is_ours: Callable[[str], bool]
) -> str | None:
    """Say why a call to `called` must not be put through to `target` (E.164); None if it may.

    `forwarded_from` is as the carrier sent it. `is_ours` tells whether a number is live here; it is asked last.
    """
    if kind := why_costly(target):
        return f"{target} is {kind}"
    if target == called.phone_number:
        return f"{target} is the number that was called (loop)"
    if target in called.lines or target == read_line(forwarded_from, called.phone_number):
        return f"{target} forwards here (loop)"
    if is_ours(target):
        return f"{target} is one of our own numbers (loop)"
    return None
