"""Put the parts together: the resources, who may use them, and what goes wrong on demand."""

from collections.abc import Iterable
from pathlib import Path
from wsgiref.types import StartResponse, WSGIEnvironment

from flask import Flask, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound
from werkzeug.wrappers import Response

from simulator.account import SimulatedAccount, load_or_create_account
from simulator.rest import (
    account_endpoints,
    call_endpoints,
    control_endpoints,
    number_endpoints,
    regulation_endpoints,
    search_endpoints,
)
from simulator.rest.access import require_login
from simulator.rest.accounts import add_account
from simulator.rest.errors import METHOD_NOT_ALLOWED, TwilioError, not_found
from simulator.rest.fault_injection import FaultInjection
from simulator.rest.faults import Faults
from simulator.rest.provisioning import AT_ONCE, Provisioning
from simulator.rest.responses import error_response

ENDPOINTS = (
    account_endpoints,
    call_endpoints,
    control_endpoints,
    number_endpoints,
    regulation_endpoints,
    search_endpoints,
)


class Simulator:
    """Twilio's REST API as a WSGI application: the folder's own account, and the faults that requests will meet."""

    def __init__(self, folder: Path, account: SimulatedAccount, application: Flask) -> None:
        self.folder = folder
        self.account = account
        self.faults = Faults(folder)
        self._application = FaultInjection(application.wsgi_app, self.faults)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        return self._application(environ, start_response)


def create_simulator(folder: Path, provisioning: Provisioning = AT_ONCE) -> Simulator:
    """Return the simulated Twilio of a folder, with the account that also signs simulated calls."""
    account = add_account(folder, "Simulated account", load_or_create_account(folder))
    application = Flask("simulator.rest", static_folder=None)
    application.config.update(FOLDER=folder, PROVISIONING=provisioning)
    for endpoints in ENDPOINTS:
        application.register_blueprint(endpoints.blueprint)
    application.before_request(require_login)
    application.register_error_handler(TwilioError, error_response)
    application.register_error_handler(HTTPException, _http_error)
    return Simulator(folder, account, application)


def _http_error(error: HTTPException) -> Response:
    if isinstance(error, NotFound):
        return error_response(not_found(request.path))
    if isinstance(error, MethodNotAllowed):
        return error_response(TwilioError(METHOD_NOT_ALLOWED, "Method not allowed", 405))
    status = error.code or 500
    return error_response(TwilioError(status, error.name, status))
