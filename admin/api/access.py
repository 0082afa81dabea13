"""Who asks: the one place where a request becomes somebody of an account, with a role."""

from functools import partial

from flask import current_app, request

from admin.api.problems import Unauthorized
from operations.changes import Who
from operations.recognise_token import recognise_token
from routing.deadline import DeadlinedDatabase

# A server that stands still must not keep a thread for long that could answer a call.
WITHIN_SECONDS = 2.0


def who_asks() -> Who:
    """Return who asks, by the bearer token; raise Unauthorized, or DATABASE_FAILURES when nobody can tell.

    Cookies are not looked at: what a browser sends by itself would need a guard against forged requests, too.
    """
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not secret.strip():
        raise Unauthorized("Say who you are, with the header Authorization: Bearer clara_….")
    deadlined: DeadlinedDatabase = current_app.extensions["deadlined_access"]
    who = deadlined.ask(partial(recognise_token, secret=secret.strip()), WITHIN_SECONDS)
    if who is None:
        raise Unauthorized("This token does not hold: it never did, or it was revoked.")
    return who
