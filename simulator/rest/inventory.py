"""The numbers that Twilio could sell, the same at every start; those that nobody has now are available.

A released number is available again at once. At Twilio it rests for a while first, mostly for months.
"""

import functools
import sqlite3
from dataclasses import dataclass

from simulator.rest.stock_blocks import BLOCKS, COUNTRIES, Block, Place


@dataclass(frozen=True, slots=True)
class StockNumber:
    """A number that can be bought, and what is known of it before."""

    phone_number: str
    iso_country: str
    number_type: str
    place: Place
    address_requirements: str
    needs_bundle: bool
    has_sms: bool
    is_beta: bool

    @property
    def is_north_american(self) -> bool:
        """Whether it has an area code."""
        return self.phone_number.startswith("+1")

    @property
    def area_code(self) -> str | None:
        """The three digits after +1."""
        return self.phone_number[2:5] if self.is_north_american else None

    @property
    def friendly_name(self) -> str:
        """The number as people write it; outside North America as in E.164, which is inferred."""
        if not self.is_north_american:
            return self.phone_number
        return f"({self.phone_number[2:5]}) {self.phone_number[5:8]}-{self.phone_number[8:]}"

    @property
    def has_mms(self) -> bool:
        """Pictures go where text goes, within North America."""
        return self.has_sms and self.is_north_american


@functools.cache
def stock() -> dict[str, StockNumber]:
    """Return all that was ever for sale, by phone number."""
    numbers = (_number(block, index) for block in BLOCKS for index in range(block.size))
    return {number.phone_number: number for number in numbers}


def available_numbers(store: sqlite3.Connection) -> list[StockNumber]:
    """Return what nobody has, in the order of the stock."""
    taken = {row["phone_number"] for row in store.execute("SELECT phone_number FROM incoming_number")}
    return [number for number in stock().values() if number.phone_number not in taken]


def number_types(iso_country: str) -> list[str]:
    """Return the types that a country has; none if it has no numbers at all."""
    if iso_country not in COUNTRIES:
        return []
    return sorted({block.number_type for block in BLOCKS if block.iso_country == iso_country})


def _number(block: Block, index: int) -> StockNumber:
    """Make one number; in North America those in 9 are for voice only and those in 8 new to Twilio ("beta")."""
    is_north_american = block.prefix.startswith("+1")
    return StockNumber(
        phone_number=f"{block.prefix}{block.first + index:0{block.digits}}",
        iso_country=block.iso_country,
        number_type=block.number_type,
        place=block.place,
        address_requirements=block.address_requirements,
        needs_bundle=block.needs_bundle,
        has_sms=index % 10 != 9 if is_north_american else block.number_type == "mobile",
        is_beta=is_north_american and index % 10 == 8,
    )
