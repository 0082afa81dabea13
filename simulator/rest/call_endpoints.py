"""The calls that were recorded in the simulator: ``/Calls``."""

from flask import Blueprint, abort, request
from werkzeug.wrappers import Response

from simulator.rest.access import folder
from simulator.rest.call_ledger import CallLedger
from simulator.rest.call_search import call_resource, fits
from simulator.rest.number_resources import API
from simulator.rest.paging import page_of
from simulator.rest.responses import json_response

PATH = f"{API}/<account_sid>/Calls"
blueprint = Blueprint("calls", __name__)


@blueprint.get(f"{PATH}.json")
def list_calls(account_sid: str) -> Response:
    """List the account's calls that fit, page by page."""
    wishes = request.args.to_dict()
    calls = [call for call in CallLedger(folder()).calls_of(account_sid) if fits(call, wishes)]
    resources = [(call.position, call_resource(call)) for call in calls]
    return json_response(page_of("calls", resources, request.path, wishes))


@blueprint.get(f"{PATH}/<call_sid>.json")
def read_call(account_sid: str, call_sid: str) -> Response:
    """Show a call."""
    for call in CallLedger(folder()).calls_of(account_sid):
        if call.call_sid == call_sid:
            return json_response(call_resource(call))
    abort(404)
