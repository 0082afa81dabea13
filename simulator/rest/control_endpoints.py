"""Ask for faults over HTTP: ``POST /simulator/faults`` with ``{"method", "resource", "effect", …}``.

No part of Twilio, and open to everybody who reaches the simulator: it listens on this machine only.
"""

from flask import Blueprint, abort, request
from werkzeug.wrappers import Response

from simulator.rest.access import folder
from simulator.rest.faults import ANY, CONTROL, Fault, Faults
from simulator.rest.responses import empty_response, json_response

PATH = f"{CONTROL}faults"
blueprint = Blueprint("control", __name__)


@blueprint.post(PATH)
def add_fault() -> Response:
    """Let the next matching requests meet a fault; ``times`` of them, one if not said."""
    asked = request.get_json()
    try:
        fault = Fault(asked["effect"], bool(asked.get("is_done", False)), float(asked.get("seconds", 0)))
    except (KeyError, TypeError, ValueError) as error:
        abort(400, str(error))
    faults = Faults(folder())
    faults.next(asked.get("method", ANY), asked.get("resource", ANY), fault, int(asked.get("times", 1)))
    return json_response({"waiting": faults.waiting()}, 201)


@blueprint.get(PATH)
def count_faults() -> Response:
    """Tell how many faults nobody has met yet."""
    return json_response({"waiting": Faults(folder()).waiting()})


@blueprint.delete(PATH)
def clear_faults() -> Response:
    """Forget them."""
    Faults(folder()).clear()
    return empty_response()
