"""The account itself, and what numbers cost it: ``/Accounts/{AC}.json`` and ``/v1/PhoneNumbers/Countries``."""

from flask import Blueprint, abort
from werkzeug.wrappers import Response

from simulator.rest.access import folder
from simulator.rest.accounts import find_account
from simulator.rest.number_resources import API, rfc2822
from simulator.rest.pricing import country_entry, country_prices
from simulator.rest.responses import json_response
from simulator.rest.stock_blocks import COUNTRIES

PRICING = "/v1/PhoneNumbers/Countries"
SUBRESOURCES = {
    "available_phone_numbers": "AvailablePhoneNumbers",
    "calls": "Calls",
    "incoming_phone_numbers": "IncomingPhoneNumbers",
}
blueprint = Blueprint("account", __name__)


@blueprint.get(f"{API}/<account_sid>.json")
def read_account(account_sid: str) -> Response:
    """Tell the account's name and status; like Twilio's, the answer holds its token."""
    account = find_account(folder(), account_sid)
    if account is None:
        abort(404)
    uri = f"{API}/{account_sid}"
    return json_response(
        {
            "sid": account.account_sid,
            "auth_token": account.auth_token,
            "friendly_name": account.friendly_name,
            "owner_account_sid": account.account_sid,
            "status": "active",
            "type": "Full",
            "date_created": rfc2822(account.created_at),
            "date_updated": rfc2822(account.created_at),
            "uri": f"{uri}.json",
            "subresource_uris": {name: f"{uri}/{path}.json" for name, path in SUBRESOURCES.items()},
        }
    )


@blueprint.get(PRICING)
def list_priced_countries() -> Response:
    """List the countries that have prices, all on one page."""
    url = f"https://pricing.twilio.com{PRICING}?PageSize=50&Page=0"
    meta = {
        **{"page": 0, "page_size": 50, "key": "countries", "url": url, "first_page_url": url},
        **{"previous_page_url": None, "next_page_url": None},
    }
    return json_response({"countries": [country_entry(iso_country) for iso_country in COUNTRIES], "meta": meta})


@blueprint.get(f"{PRICING}/<iso_country>")
def read_prices(iso_country: str) -> Response:
    """Tell the prices of a country's numbers."""
    if iso_country.upper() not in COUNTRIES:
        abort(404)
    return json_response(country_prices(iso_country.upper()))
