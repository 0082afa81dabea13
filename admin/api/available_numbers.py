"""/available-numbers: the numbers that can be got now."""

from typing import Annotated, Literal

from pydantic import Field

from admin.api.answers import One, Row
from admin.api.asked import Asked
from admin.api.endpoint import Resource
from admin.api.schema import LEFT_OUT, LONGEST_WRITTEN_NUMBER, Money, Shown, Taken
from operations.checking import LONGEST_NAME
from operations.number_wishes import LARGEST_SEARCH, Wishes
from operations.search_numbers import search_numbers

available_numbers = Resource("Available numbers")
Country = Annotated[str, Field(min_length=2, max_length=2, description="ISO 3166, such as US.")]
Place = Annotated[str, Field(max_length=LONGEST_NAME)]
# What Twilio may refuse, besides a search that cannot be (422): what it does not have, and our own credentials (502).
REFUSALS = (404, 409, 502)


class AvailableNumbersQuery(Taken):
    """What is wished of a number. Without a type it is the country's usual one."""

    country: Country = "US"
    type: Annotated[str, Field(max_length=20, description="local, toll_free, mobile, national …")] = LEFT_OUT
    area_code: Annotated[str, Field(max_length=10, description="Three digits; US and Canada only.")] = LEFT_OUT
    city: Place = LEFT_OUT
    region: Annotated[str, Field(max_length=LONGEST_NAME, description="A state or province, such as CA.")] = LEFT_OUT
    contains: Annotated[
        str,
        Field(max_length=LONGEST_WRITTEN_NUMBER, description="Digits or letters (as on a keypad); * is any digit."),
    ] = LEFT_OUT
    limit: Annotated[int, Field(ge=1, le=LARGEST_SEARCH, description="How many at most.")] = 20

    @property
    def wishes(self) -> Wishes:
        return Wishes(self.country, self.type, self.area_code, self.city, self.region, self.contains)


class ShownAvailableNumber(Shown):
    """A number that can be got now, in E.164. Having seen it does not reserve it."""

    phone_number: str
    friendly_name: str
    country: str
    type: str
    locality: str | None
    region: str | None
    postal_code: str | None
    capabilities: list[str]
    monthly_price: Money | None
    price_unit: str | None
    address_requirements: Literal["none", "any", "local", "foreign"]
    bundle_required: Annotated[bool | None, Field(description="A regulatory bundle; null if Twilio does not say.")]
    needs: Annotated[str | None, Field(description="In words, what must be there before it can be got.")]
    beta: bool


class ShownSuggestion(Shown):
    """A search that finds something, as the parameters of this very address."""

    sentence: str
    search: dict[str, str]


class ShownAdvice(Shown):
    """What to try when nothing was found."""

    sentence: str
    suggestions: list[ShownSuggestion]


class ShownSearch(Shown):
    """What a search found; if nothing, what to try instead."""

    country: str
    type: str
    numbers: list[ShownAvailableNumber]
    advice: ShownAdvice | None


@available_numbers.get("/available-numbers", "number.searched", One(ShownSearch), errors=REFUSALS)
def search(asked: Asked, query: AvailableNumbersQuery) -> Row:
    """Search for numbers that take calls, with what each costs and needs."""
    return search_numbers(asked.changes.database, asked.parts["twilio"], asked.who, query.wishes, query.limit)
