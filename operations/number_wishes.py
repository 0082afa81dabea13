"""What kind of number is wished: read from what people type, and asked of Twilio."""

import re
from dataclasses import dataclass, replace
from typing import Any

from operations.checking import LONGEST_NAME
from operations.errors import Invalid
from operations.twilio_account import NUMBER_TYPES, AvailableNumber, TwilioAccount
from operations.twilio_values import plain_type

LARGEST_SEARCH = 100
# Area codes are searched there only (https://www.twilio.com/docs/phone-numbers/api/availablephonenumberlocal-resource).
NORTH_AMERICA = ("US", "CA")
COUNTRY = re.compile(r"[A-Z]{2}", re.ASCII)
AREA_CODE = re.compile(r"[2-9][0-9]{2}", re.ASCII)
REGION = re.compile(r"[A-Z]{2}", re.ASCII)
PATTERN = re.compile(r"\+?[0-9A-Za-z*]{2,16}", re.ASCII)
WRITTEN_BETWEEN_DIGITS = re.compile(r"[\s().-]+")
FILTERS = {
    "area_code": "the area code {}",
    "city": "the city {}",
    "region": "the region {}",
    "contains": "the digits or letters {}",
}


@dataclass(frozen=True, slots=True)
class Wishes:
    """A country (ISO 3166) and whatever else is wished of a number; without a type it is the country's usual one."""

    country: str
    number_type: str | None = None
    area_code: str | None = None
    city: str | None = None
    region: str | None = None
    contains: str | None = None

    @property
    def filters(self) -> dict[str, str]:
        """The filters that were given, by name."""
        return {name: getattr(self, name) for name in FILTERS if getattr(self, name)}


def read_wishes(wishes: Wishes) -> Wishes:
    """Return wishes as Twilio takes them; raises Invalid with what can be wished instead."""
    country = wishes.country.strip().upper()
    if not COUNTRY.fullmatch(country):
        raise Invalid("A country is written with the two letters of ISO 3166, such as US.")
    return Wishes(
        country=country,
        number_type=_read_type(wishes.number_type),
        area_code=_read_area_code(wishes.area_code, country),
        city=_read_place(wishes.city, "city"),
        region=_read_region(wishes.region, country),
        contains=_read_pattern(wishes.contains),
    )


def ask_for(twilio: TwilioAccount, wishes: Wishes, limit: int) -> list[AvailableNumber]:
    """Ask Twilio for numbers of a type as wished; raises TwilioProblem."""
    return twilio.search(
        wishes.country,
        wishes.number_type or NUMBER_TYPES[0],
        area_code=wishes.area_code,
        city=wishes.city,
        region=wishes.region,
        contains=wishes.contains,
        limit=limit,
    )


def without(wishes: Wishes, *names: str) -> Wishes:
    """Return wishes without some of their filters."""
    nothing: dict[str, Any] = dict.fromkeys(names)
    return replace(wishes, **nothing)


def say_type(number_type: str | None) -> str:
    """Return a type as people write it, such as toll-free."""
    return (number_type or NUMBER_TYPES[0]).replace("_", "-")


def say_filters(names: dict[str, str]) -> str:
    """Return filters in words, such as `the city Oakland and the region CA`."""
    return " and ".join(FILTERS[name].format(value) for name, value in names.items())


def _read_type(text: str | None) -> str | None:
    if not text or not text.strip():
        return None
    number_type = plain_type(text)
    if number_type not in NUMBER_TYPES:
        raise Invalid(f"A type of number is one of {', '.join(map(say_type, NUMBER_TYPES))}.")
    return number_type


def _read_area_code(text: str | None, country: str) -> str | None:
    area_code = (text or "").strip()
    if not area_code:
        return None
    if country not in NORTH_AMERICA:
        raise Invalid("Area codes can be searched in the US and in Canada only. Say the digits by “contains” instead.")
    if not AREA_CODE.fullmatch(area_code):
        raise Invalid("An area code has three digits, the first from 2 to 9, such as 415.")
    return area_code


def _read_place(text: str | None, of_what: str) -> str | None:
    place = (text or "").strip()
    if len(place) > LONGEST_NAME or not place.isprintable():
        raise Invalid(f"The name of a {of_what} has at most {LONGEST_NAME} printable characters.")
    return place or None


def _read_region(text: str | None, country: str) -> str | None:
    region = _read_place(text, "region")
    if region is None or country not in NORTH_AMERICA:
        return region
    if not REGION.fullmatch(region.upper()):
        raise Invalid("A region of the US or of Canada is written with two letters, such as CA for California.")
    return region.upper()


def _read_pattern(text: str | None) -> str | None:
    pattern = WRITTEN_BETWEEN_DIGITS.sub("", text or "")
    if not pattern:
        return None
    if not PATTERN.fullmatch(pattern):
        raise Invalid("Say 2 to 16 digits or letters that the number contains; * is any digit.")
    return pattern
