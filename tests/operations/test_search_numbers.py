"""A search tells place, price and needs of each number, and what to try when there is none."""

from typing import Any

import pytest
from flask import Flask

from operations.changes import Changes, Who
from operations.errors import Forbidden, Invalid
from operations.number_wishes import Wishes
from operations.permissions import ADMIN, MEMBER
from operations.search_numbers import search_numbers
from operations.twilio_account import TwilioAccount
from operations.twilio_errors import TwilioRefused, TwilioUnavailable
from simulator.rest import RunningSimulator, internal_error


class Searching:
    """An account's search."""

    def __init__(self, app: Flask, who: Who) -> None:
        changes: Changes = app.extensions["changes"]
        self.database, self.who = changes.database, who
        self.twilio: TwilioAccount = app.extensions["twilio"]

    def __call__(self, country: str = "US", limit: int = 20, **wishes: str) -> dict[str, Any]:
        return search_numbers(self.database, self.twilio, self.who, Wishes(country, **wishes), limit)


@pytest.fixture
def search(twilio_server: RunningSimulator, app: Flask, who: Who) -> Searching:
    """Search at the simulated Twilio: `search("US", area_code="415")`."""
    return Searching(app, who)


def test_result_tells_everything_that_the_choice_needs(search: Searching) -> None:
    """Place, capabilities, price; nothing is needed for a local number of the US."""
    found = search(area_code="415", limit=2)

    assert (found["country"], found["type"], found["advice"]) == ("US", "local", None)
    assert [number["phone_number"] for number in found["numbers"]] == ["+14155550100", "+14155550101"]
    assert found["numbers"][0] == {
        "phone_number": "+14155550100",
        "friendly_name": "(415) 555-0100",
        "country": "US",
        "type": "local",
        "locality": "San Francisco",
        "region": "CA",
        "postal_code": "94105",
        "capabilities": ["mms", "sms", "voice"],
        "monthly_price": "1.15",
        "price_unit": "USD",
        "address_requirements": "none",
        "bundle_required": False,
        "needs": None,
        "beta": False,
    }


@pytest.mark.parametrize(
    ("wishes", "place"),
    [
        ({"city": "Oakland"}, "Oakland"),
        ({"city": " oakland ", "region": "ca"}, "Oakland"),
        ({"area_code": "512"}, "Austin"),
        ({"region": "wa"}, "Seattle"),
        ({"contains": "(312) 555-01**"}, "Chicago"),
        ({"contains": "+1617"}, "Boston"),
        ({"contains": "312LLL"}, "Chicago"),
    ],
)
def test_each_filter_narrows_the_search(search: Searching, wishes: dict[str, str], place: str) -> None:
    """As people write them."""
    numbers = search(**wishes)["numbers"]

    assert numbers
    assert {number["locality"] for number in numbers} == {place}


@pytest.mark.parametrize("number_type", ["toll-free", "TOLL_FREE", "toll free"])
def test_type_is_read_in_each_of_its_spellings(search: Searching, number_type: str) -> None:
    """With its own price."""
    [number] = search(number_type=number_type, limit=1)["numbers"]

    assert (number["type"], number["monthly_price"]) == ("toll_free", "2.15")


@pytest.mark.parametrize(
    ("country", "number_type", "address", "bundle", "said"),
    [
        ("GB", "local", "any", False, "An address is needed."),
        ("AU", "local", "local", False, "own city"),
        ("GB", "mobile", "none", True, "regulatory bundle that Twilio has approved is needed."),
        ("DE", "local", "local", True, "own city or region is needed. A regulatory bundle"),
    ],
)
def test_papers_that_a_number_needs_are_said_before(
    search: Searching, country: str, number_type: str, address: str, bundle: bool, said: str
) -> None:
    """So that nobody learns it from a refused purchase."""
    [number] = search(country, number_type=number_type, limit=1)["numbers"]

    assert (number["address_requirements"], number["bundle_required"]) == (address, bundle)
    assert said in number["needs"]


def test_bundle_that_twilio_does_not_tell_of_is_said_to_be_likely(
    search: Searching, twilio_server: RunningSimulator
) -> None:
    """Outside of North America; what is not known is not said to be so."""
    twilio_server.faults.next("GET", "RegulatoryCompliance", internal_error(), times=2)

    [number] = search("GB", limit=1)["numbers"]

    assert number["bundle_required"] is None
    assert "Twilio did not say" in number["needs"]


def test_search_without_prices_finds_numbers_all_the_same(search: Searching, twilio_server: RunningSimulator) -> None:
    """A price that nobody knows is shown as unknown."""
    twilio_server.faults.next("GET", "PhoneNumbers", internal_error())

    [number] = search(limit=1)["numbers"]

    assert (number["monthly_price"], number["price_unit"]) == (None, None)


def test_number_that_was_bought_is_found_no_more(search: Searching) -> None:
    """Not by anybody."""
    bought = search(limit=1)["numbers"][0]["phone_number"]
    search.twilio._client.incoming_phone_numbers.create(phone_number=bought)

    assert bought not in {number["phone_number"] for number in search(limit=100)["numbers"]}


def test_empty_search_suggests_what_finds_something(search: Searching) -> None:
    """Each filter left out in turn, and the country's other types."""
    found = search(city="Oakland", area_code="415")

    assert found["numbers"] == []
    assert found["advice"]["sentence"] == (
        "There is no local number in US with the area code 415 and the city Oakland. These searches find some:"
    )
    assert [suggestion["sentence"] for suggestion in found["advice"]["suggestions"]] == [
        "Leave out the area code 415.",
        "Leave out the city Oakland.",
        "Search for toll-free numbers.",
    ]


def test_every_suggestion_finds_something(search: Searching) -> None:
    """It is a search as it stands."""
    suggestions = search(city="Oakland", region="NY", contains="999")["advice"]["suggestions"]

    assert suggestions[0]["sentence"] == "Leave out all of these."
    for suggestion in suggestions:
        number_type = suggestion["search"].pop("type")
        assert search(number_type=number_type, **suggestion["search"])["numbers"]


def test_only_suggestions_that_find_something_are_made(search: Searching) -> None:
    """Digits that no type has leave nothing but to drop them."""
    suggestions = search(contains="999999")["advice"]["suggestions"]

    assert [suggestion["search"] for suggestion in suggestions] == [{"country": "US", "type": "local"}]


def test_empty_search_is_told_although_twilio_then_fails(
    search: Searching, twilio_server: RunningSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its advice does not pretend that there is nothing else."""
    ask = search.twilio.search

    def ask_and_fail_next(*arguments: Any, **wishes: Any) -> Any:
        found = ask(*arguments, **wishes)
        twilio_server.faults.next("GET", "AvailablePhoneNumbers", internal_error())
        return found

    monkeypatch.setattr(search.twilio, "search", ask_and_fail_next)

    found = search(area_code="215")

    assert (found["numbers"], found["advice"]["suggestions"]) == ([], [])
    assert "Twilio did not answer when it was asked for others" in found["advice"]["sentence"]


@pytest.mark.parametrize(
    ("wishes", "said"),
    [
        ({"country": "USA"}, "two letters"),
        ({"country": "AQ"}, "no numbers in the country AQ"),
        ({"number_type": "mobile"}, "no mobile numbers in US. It has: local, toll-free."),
        ({"number_type": "fancy"}, "one of local, toll-free"),
        ({"area_code": "15"}, "three digits"),
        ({"area_code": "٤١٥"}, "three digits"),
        ({"country": "GB", "area_code": "207"}, "in the US and in Canada only"),
        ({"region": "California"}, "such as CA"),
        ({"city": "x" * 101}, "at most 100"),
        ({"contains": "4"}, "2 to 16"),
        ({"contains": "41%"}, "2 to 16"),
        ({"contains": "4" * 17}, "2 to 16"),
        ({"limit": 0}, "1 to 100"),
        ({"limit": 101}, "1 to 100"),
    ],
)
def test_what_cannot_be_searched_is_said(search: Searching, wishes: dict[str, Any], said: str) -> None:
    """With what can be."""
    with pytest.raises(Invalid, match=said):
        search(**wishes)


def test_area_code_that_cannot_be_one_is_refused_by_twilio(search: Searching) -> None:
    """Its error is told in a sentence."""
    with pytest.raises(TwilioRefused, match="no such area code"):
        search(area_code="911")


def test_country_without_a_type_wished_is_searched_for_its_first_one(search: Searching) -> None:
    """Local where there are any."""
    assert search("gb", limit=1)["type"] == "local"


def test_search_needs_the_role_that_gets_numbers(search: Searching) -> None:
    """A member does not buy."""
    search.who = Who(search.who.account, "member", MEMBER)
    with pytest.raises(Forbidden):
        search()

    search.who = Who(search.who.account, "admin", ADMIN)
    assert search(limit=1)["numbers"]


def test_twilio_that_cannot_be_reached_is_told(app: Flask, who: Who) -> None:
    """Not as an empty result."""
    with pytest.raises(TwilioUnavailable, match="cannot be reached"):
        Searching(app, who)()
