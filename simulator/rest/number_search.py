"""Find available numbers by the filters of AvailablePhoneNumbers.

https://www.twilio.com/docs/phone-numbers/api/availablephonenumberlocal-resource

A capability is a wish when it says true, and nothing when it says false
(https://github.com/twilio/twilio-node/issues/344). Inferred: that filters which a country does not know find nothing,
that an area code which cannot be one is 21451 here too, and the codes for a bad ``Contains``.
"""

import re
from collections.abc import Callable, Iterable, Mapping

from simulator.rest.errors import BAD_REQUEST, INVALID_AREA_CODE, TwilioError
from simulator.rest.inventory import StockNumber

Fits = Callable[[StockNumber], bool]
AREA_CODE = re.compile(r"(?!\d11)[2-9][0-8]\d")
PATTERN = re.compile(r"\+?[0-9A-Za-z*%]+\$?")
KEYPAD = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "22233344455566677778889999")
NOT_SIMULATED = ("NearNumber", "NearLatLong", "Distance")


def find_numbers(numbers: Iterable[StockNumber], wishes: Mapping[str, str]) -> list[StockNumber]:
    """Return the numbers that fit every wish; unknown parameters are ignored, as Twilio does."""
    for name in NOT_SIMULATED:
        if wishes.get(name):
            raise TwilioError(BAD_REQUEST, f"The simulator cannot search by {name}.")
    filters = [make(wishes[name]) for name, make in FILTERS.items() if wishes.get(name)]
    return [number for number in numbers if all(fits(number) for fits in filters)]


def check_area_code(area_code: str) -> None:
    """Refuse what cannot be an area code of North America."""
    if not AREA_CODE.fullmatch(area_code):
        raise TwilioError(INVALID_AREA_CODE, f"AreaCode {area_code} is invalid.")


def _in_area_code(area_code: str) -> Fits:
    check_area_code(area_code)
    return lambda number: number.area_code in (area_code, None)


def _contains(pattern: str) -> Fits:
    """Read the pattern: ``*`` one digit, ``%`` any, letters as on a keypad, ``+`` the beginning, ``$`` the end.

    A plus in a query string arrives as a space if the client did not encode it.
    """
    pattern = pattern.replace(" ", "+")
    if not 2 <= len(pattern) <= 16 or not PATTERN.fullmatch(pattern):
        raise TwilioError(BAD_REQUEST, "Contains has 2 to 16 digits, letters or wildcards.")
    digits = pattern.strip("+$").upper().translate(KEYPAD)
    expression = digits.replace("*", r"\d").replace("%", r"\d*")
    beginning = r"^\+" if pattern.startswith("+") else ""
    matcher = re.compile(beginning + expression + ("$" if pattern.endswith("$") else ""))
    return lambda number: matcher.search(number.phone_number) is not None


def _in(part: str) -> Callable[[str], Fits]:
    """Compare a part of the number's place, without regard to case."""

    def make(wish: str) -> Fits:
        return lambda number: (getattr(number.place, part) or "").casefold() == wish.casefold()

    return make


def _if_true(fits: Fits) -> Callable[[str], Fits]:
    return lambda wish: fits if wish.lower() == "true" else lambda number: True


def _beta(wish: str) -> Fits:
    """Return new numbers too, unless they are not wanted."""
    return lambda number: wish.lower() != "false" or not number.is_beta


FILTERS: dict[str, Callable[[str], Fits]] = {
    "AreaCode": _in_area_code,
    "Contains": _contains,
    "InRegion": _in("region"),
    "InLocality": _in("locality"),
    "InPostalCode": _in("postal_code"),
    "InLata": _in("lata"),
    "InRateCenter": _in("locality"),
    "VoiceEnabled": _if_true(lambda number: True),
    "SmsEnabled": _if_true(lambda number: number.has_sms),
    "MmsEnabled": _if_true(lambda number: number.has_mms),
    "FaxEnabled": _if_true(lambda number: False),
    "ExcludeAllAddressRequired": _if_true(lambda number: number.address_requirements == "none"),
    "ExcludeLocalAddressRequired": _if_true(lambda number: number.address_requirements != "local"),
    "ExcludeForeignAddressRequired": _if_true(lambda number: number.address_requirements != "foreign"),
    "Beta": _beta,
}
