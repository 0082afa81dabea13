"""What a number costs a month, by country and type, as Twilio's Pricing API tells it.

https://www.twilio.com/docs/phone-numbers/pricing. Prices are strings, in the words of that API ("toll free"); the
figures are examples. For a country without numbers 404 is inferred.
"""

from typing import Any

from simulator.rest.inventory import number_types
from simulator.rest.stock_blocks import COUNTRIES, LOCAL, MOBILE, TOLL_FREE

PRICES = {
    ("AU", LOCAL): "3.00",
    ("AU", MOBILE): "6.50",
    ("CA", LOCAL): "1.15",
    ("DE", LOCAL): "1.15",
    ("GB", LOCAL): "1.15",
    ("GB", MOBILE): "1.15",
    ("GB", TOLL_FREE): "2.15",
    ("US", LOCAL): "1.15",
    ("US", TOLL_FREE): "2.15",
}


def country_prices(iso_country: str) -> dict[str, Any]:
    """Return what the numbers of a country cost, in US dollars a month."""
    prices = {number_type: PRICES[iso_country, number_type] for number_type in number_types(iso_country)}
    return {
        **country_entry(iso_country),
        "phone_number_prices": [
            {"number_type": number_type.replace("_", " "), "base_price": price, "current_price": price}
            for number_type, price in prices.items()
        ],
        "price_unit": "USD",
    }


def country_entry(iso_country: str) -> dict[str, Any]:
    """Return a country as the list of countries shows it."""
    return {
        "country": COUNTRIES[iso_country],
        "iso_country": iso_country,
        "url": f"https://pricing.twilio.com/v1/PhoneNumbers/Countries/{iso_country}",
    }
