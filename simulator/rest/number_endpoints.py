"""The account's numbers: ``/IncomingPhoneNumbers`` and its sub-resources by type.

https://www.twilio.com/docs/phone-numbers/api/incomingphonenumber-resource
"""

from flask import Blueprint, abort, current_app, request
from werkzeug.wrappers import Response

from simulator.rest.access import folder
from simulator.rest.errors import AREA_CODE_NOT_SUPPORTED, TwilioError
from simulator.rest.incoming_numbers import IncomingNumber, change_number, list_numbers, read_number, release_number
from simulator.rest.number_resources import API, incoming_number_resource
from simulator.rest.paging import page_of
from simulator.rest.purchase import buy
from simulator.rest.responses import empty_response, json_response
from simulator.rest.search_endpoints import TYPES

PATH = f"{API}/<account_sid>/IncomingPhoneNumbers"
OF_TYPE = f"{PATH}/<any(Local, Mobile, TollFree):type_path>.json"
ONE = f"{PATH}/<sid>.json"
blueprint = Blueprint("numbers", __name__)


@blueprint.post(f"{PATH}.json")
def create(account_sid: str) -> Response:
    """Buy a number by itself or by area code, with all its settings."""
    number = buy(folder(), account_sid, request.form.to_dict(), current_app.config["PROVISIONING"])
    return json_response(incoming_number_resource(number), 201)


@blueprint.post(OF_TYPE)
def create_of_type(account_sid: str, type_path: str) -> Response:
    """Buy a number of one type; these resources know no area codes."""
    form = request.form.to_dict()
    if "AreaCode" in form:
        raise TwilioError(AREA_CODE_NOT_SUPPORTED, "AreaCode Parameter not Supported")
    number = buy(folder(), account_sid, form, current_app.config["PROVISIONING"], TYPES[type_path])
    return json_response(incoming_number_resource(number), 201)


@blueprint.get(f"{PATH}.json")
def list_all(account_sid: str) -> Response:
    """List the account's numbers, page by page."""
    return _page(list_numbers(folder(), account_sid, request.args))


@blueprint.get(OF_TYPE)
def list_of_type(account_sid: str, type_path: str) -> Response:
    """List the account's numbers of one type, page by page."""
    numbers = list_numbers(folder(), account_sid, request.args)
    return _page([number for number in numbers if number.stock_number.number_type == TYPES[type_path]])


@blueprint.get(ONE)
def read(account_sid: str, sid: str) -> Response:
    """Show a number."""
    return _found(read_number(folder(), account_sid, sid))


@blueprint.post(ONE)
def update(account_sid: str, sid: str) -> Response:
    """Change a number's settings."""
    return _found(change_number(folder(), account_sid, sid, request.form.to_dict()))


@blueprint.delete(ONE)
def delete(account_sid: str, sid: str) -> Response:
    """Release a number."""
    if not release_number(folder(), account_sid, sid):
        abort(404)
    return empty_response()


def _found(number: IncomingNumber | None) -> Response:
    if number is None:
        abort(404)
    return json_response(incoming_number_resource(number))


def _page(numbers: list[IncomingNumber]) -> Response:
    resources = [(number.position, incoming_number_resource(number)) for number in numbers]
    return json_response(page_of("incoming_phone_numbers", resources, request.path, request.args.to_dict()))
