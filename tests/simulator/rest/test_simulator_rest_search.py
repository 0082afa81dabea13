"""Searching for numbers: the filters, the countries and their types, what numbers cost."""

from decimal import Decimal
from typing import Any

import pytest
import requests
from twilio.rest import Client

from rest.sdk import refused
from simulator.rest import RunningSimulator


def found(twilio: Client, country: str = "US", **wishes: Any) -> list[str]:
    return [number.phone_number for number in twilio.available_phone_numbers(country).local.list(**wishes)]


def test_countries_say_which_types_they_have(twilio: Client) -> None:
    """The sub-resources are what tells whether a type exists."""
    types = {country.country_code: set(country.subresource_uris) for country in twilio.available_phone_numbers.list()}

    assert types["US"] == {"local", "toll_free"}
    assert types["GB"] == {"local", "mobile", "toll_free"}
    assert set(twilio.available_phone_numbers("CA").fetch().subresource_uris) == {"local"}


def test_type_that_a_country_lacks_is_not_found(twilio: Client) -> None:
    """404, not an empty list."""
    with refused(20404, 404):
        twilio.available_phone_numbers("US").mobile.list()
    with refused(20404, 404):
        twilio.available_phone_numbers("FR").fetch()


def test_number_tells_its_place(twilio: Client) -> None:
    """What the pages show beside a number."""
    [number] = twilio.available_phone_numbers("US").local.list(contains="+14155550100")

    assert (number.friendly_name, number.locality, number.region) == ("(415) 555-0100", "San Francisco", "CA")
    assert (number.iso_country, number.postal_code, number.address_requirements) == ("US", "94105", "none")
    assert number.latitude == Decimal("37.774900")


def test_case_of_capabilities_differs_between_resources(twilio: Client) -> None:
    """Readers must not rely on it."""
    [found_number] = twilio.available_phone_numbers("US").local.list(contains="+14155550100")
    bought = twilio.incoming_phone_numbers.create(phone_number="+14155550100")

    assert set(found_number.capabilities) == {"voice", "SMS", "MMS", "fax"}
    assert set(bought.capabilities) == {"voice", "sms", "mms", "fax"}


@pytest.mark.parametrize(
    ("wishes", "count", "beginning"),
    [
        ({"area_code": 206}, 50, "+1206555"),
        ({"area_code": 907}, 0, ""),
        ({"in_region": "ca", "area_code": 510}, 50, "+1510555"),
        ({"in_locality": "chicago"}, 50, "+1312555"),
        ({"in_postal_code": "78701"}, 50, "+1512555"),
        ({"contains": "4155550****"}, 0, ""),
        ({"contains": "415555010*"}, 10, "+141555501"),
        ({"contains": "415JKL0142"}, 1, "+14155550142"),
        ({"contains": "+1212%"}, 2, "+1212555"),
        ({"contains": "0131$", "in_region": "WA"}, 1, "+12065550131"),
        ({"area_code": 415, "sms_enabled": True}, 45, "+1415555"),
        ({"area_code": 415, "sms_enabled": False}, 50, "+1415555"),
        ({"area_code": 415, "beta": False}, 45, "+1415555"),
        ({"area_code": 415, "voice_enabled": True, "page_size": 7}, 7, "+1415555"),
        ({"area_code": 415, "fax_enabled": True}, 0, ""),
    ],
)
def test_filter_finds_what_fits(twilio: Client, wishes: dict[str, Any], count: int, beginning: str) -> None:
    """Each filter alone or with another."""
    numbers = found(twilio, **wishes)

    assert len(numbers) == count
    assert all(number.startswith(beginning) for number in numbers)


def test_numbers_that_need_an_address_can_be_left_out(twilio: Client) -> None:
    """All of them, or those that need a local one."""
    assert found(twilio, "GB", exclude_all_address_required=True) == []
    assert found(twilio, "AU", exclude_local_address_required=True) == []
    assert len(found(twilio, "GB", exclude_local_address_required=True)) == 20


def test_search_without_a_page_size_shows_fifty(twilio: Client) -> None:
    """And says where it was asked."""
    assert len(found(twilio)) == 50


@pytest.mark.parametrize(
    ("wishes", "code"),
    [
        ({"area_code": "12"}, 21451),
        ({"area_code": "911"}, 21451),
        ({"contains": "4"}, 400),
        ({"near_number": "1"}, 400),
    ],
)
def test_wish_that_cannot_be_is_refused(twilio: Client, wishes: dict[str, Any], code: int) -> None:
    """A wrong area code, a pattern too short, and what the simulator does not know."""
    with refused(code):
        found(twilio, **wishes)


def test_all_numbers_are_fictional(twilio: Client) -> None:
    """In North America: 555 01xx."""
    numbers = found(twilio, page_size=1000) + found(twilio, "CA", page_size=1000)

    assert len(numbers) > 400
    assert {(number[:2], number[5:10]) for number in numbers} == {("+1", "55501")}


def test_plus_that_was_not_encoded_still_means_the_beginning(running: RunningSimulator) -> None:
    """A plus in a query string is a space to every parser."""
    account = running.simulator.account
    url = f"{running.base_url}/2010-04-01/Accounts/{account.account_sid}/AvailablePhoneNumbers/US/Local.json?Contains="

    answer = requests.get(f"{url}+1212", auth=(account.account_sid, account.auth_token), timeout=5).json()

    assert len(answer["available_phone_numbers"]) == 2
    assert "next_page_uri" not in answer


def test_prices_are_strings_by_type(twilio: Client) -> None:
    """In the pricing API's own words for the types."""
    country = twilio.pricing.v1.phone_numbers.countries("us").fetch()

    assert country.price_unit == "USD"
    assert {price["number_type"]: price["current_price"] for price in country.phone_number_prices} == {
        "local": "1.15",
        "toll free": "2.15",
    }


def test_countries_with_prices_are_listed(twilio: Client) -> None:
    """One page; others are not found."""
    assert [c.iso_country for c in twilio.pricing.v1.phone_numbers.countries.list()] == ["AU", "CA", "DE", "GB", "US"]
    with refused(20404, 404):
        twilio.pricing.v1.phone_numbers.countries("FR").fetch()


def test_every_type_has_a_price(twilio: Client) -> None:
    """Whatever can be found can be priced."""
    for country in twilio.available_phone_numbers.list():
        prices = twilio.pricing.v1.phone_numbers.countries(country.country_code).fetch().phone_number_prices

        types = {price["number_type"].replace(" ", "_") for price in prices}
        assert types == set(country.subresource_uris)
