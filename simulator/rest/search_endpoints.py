"""What can be bought: ``/AvailablePhoneNumbers``.

https://www.twilio.com/docs/phone-numbers/api/availablephonenumber-resource. A type that a country does not have is 404
(https://github.com/twilio/twilio-node/issues/159). The answer to a search is one list without pages, as seen at Twilio
(https://github.com/RestComm/Restcomm-Connect/issues/70); the limit of 50 without ``PageSize`` is inferred.
"""

from typing import Any

from flask import Blueprint, abort, request
from werkzeug.wrappers import Response

from simulator.rest.access import folder
from simulator.rest.inventory import available_numbers, number_types
from simulator.rest.number_resources import API, available_number_resource
from simulator.rest.number_search import find_numbers
from simulator.rest.paging import page_size
from simulator.rest.responses import json_response
from simulator.rest.stock_blocks import COUNTRIES, LOCAL, MOBILE, TOLL_FREE
from simulator.rest.store import open_store

TYPES = {"Local": LOCAL, "Mobile": MOBILE, "TollFree": TOLL_FREE}
PATHS = {number_type: path for path, number_type in TYPES.items()}
blueprint = Blueprint("search", __name__, url_prefix=f"{API}/<account_sid>")


@blueprint.get("/AvailablePhoneNumbers.json")
def list_countries(account_sid: str) -> Response:
    """List the countries that have numbers."""
    countries = [_country(account_sid, iso_country) for iso_country in COUNTRIES]
    return json_response({"countries": countries, "uri": request.path})


@blueprint.get("/AvailablePhoneNumbers/<iso_country>.json")
def read_country(account_sid: str, iso_country: str) -> Response:
    """Tell which types of number a country has."""
    if iso_country.upper() not in COUNTRIES:
        abort(404)
    return json_response(_country(account_sid, iso_country.upper()))


@blueprint.get("/AvailablePhoneNumbers/<iso_country>/<type_path>.json")
def search(account_sid: str, iso_country: str, type_path: str) -> Response:
    """List the numbers of a type that fit, as many as fit on a page."""
    iso_country, number_type = iso_country.upper(), TYPES.get(type_path)
    if number_type not in number_types(iso_country):
        abort(404)
    with open_store(folder()) as store:
        numbers = [
            number
            for number in available_numbers(store)
            if (number.iso_country, number.number_type) == (iso_country, number_type)
        ]
    wishes = request.args.to_dict()
    found = find_numbers(numbers, wishes)[: page_size(wishes)]
    return json_response(
        {"available_phone_numbers": list(map(available_number_resource, found)), "uri": request.full_path.rstrip("?")}
    )


def _country(account_sid: str, iso_country: str) -> dict[str, Any]:
    uri = f"{API}/{account_sid}/AvailablePhoneNumbers/{iso_country}"
    return {
        "country_code": iso_country,
        "country": COUNTRIES[iso_country],
        "uri": f"{uri}.json",
        "beta": False,
        "subresource_uris": {
            number_type: f"{uri}/{PATHS[number_type]}.json" for number_type in number_types(iso_country)
        },
    }
