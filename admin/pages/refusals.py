"""What was refused or failed, in words: on a page of its own or, for a part of a page, on the page that is open."""

from typing import Any

import structlog
from flask import Response, g, make_response, render_template, request, url_for
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

from admin.pages.answers import REFUSED, go_to, say
from admin.pages.guard import POLLING, local_path, pages, signed_in
from operations.errors import DatabaseUnavailable, Forbidden, NotFound, OperationError, OutcomeUnknown
from routing.deadline import DatabaseTooSlow

log = structlog.get_logger()
OUR_MISTAKE = "Something went wrong here; it is in the log. Calls are answered all the same. Please try again."
AWAY = "The database does not answer. Calls go on as they were; nothing was changed. Please try again."
# As htmx names what it asks for and who asks: the side panel's content, and a form in it (`answers_in_panel`).
PANEL, FORM_IN_PANEL = "div#panel-content", "form#panel-form"
FOR_A_WHOLE_PAGE = ("HX-Boosted", "HX-History-Restore-Request")
# Whatever was to be replaced stays, with what was typed into it; `clara.js` takes the alert away when something else is
# asked for. What a page asks for again and again by itself is replaced by the alert: so it is said once.
# https://four.htmx.org/reference/headers/HX-Retarget
ONLY_THE_ALERT = {"HX-Reselect": "[data-refusal]", "HX-Push-Url": "false"}
IN_PLACE = ONLY_THE_ALERT | {"HX-Reswap": "outerHTML"}
BESIDE = ONLY_THE_ALERT | {
    "HX-Reswap": "beforeend",
    "HX-Retarget": "dialog[open] .refusals, body:not(:has(dialog[open])) #said",
}


@pages.errorhandler(OperationError)
def say_refusal(error: OperationError) -> AnyResponse:
    """Say a refusal on the page where the person was; what was asked for by a link gets a page of its own."""
    if isinstance(error, Forbidden) and "signed_in" in g:
        log.warning("request forbidden", endpoint=request.endpoint, user_id=signed_in().user_id)
    if isinstance(error, DatabaseUnavailable | OutcomeUnknown):
        return _say_without_the_database(error.message)
    if request.method == "GET" or isinstance(error, NotFound) or "signed_in" not in g:
        return _refuse(_title(error.status), error.message, error.status)
    say(error.message, REFUSED)
    return go_to(local_path(request.referrer))


@pages.errorhandler(SQLAlchemyError)
@pages.errorhandler(DatabaseTooSlow)
def say_database_is_away(_error: Exception) -> AnyResponse:
    """Say that the database does not answer."""
    return _say_without_the_database(AWAY)


@pages.errorhandler(HTTPException)
def say_http_error(error: HTTPException) -> AnyResponse:
    """Say what is wrong with a request, or with us."""
    status = error.code or 500
    return _refuse(_title(status), OUR_MISTAKE if status == 500 else error.description or "", status)


def _say_without_the_database(sentence: str) -> Response:
    g.pop("signed_in", None)
    return _refuse("Not available", sentence, 503)


def _refuse(title: str, sentence: str, status: int) -> Response:
    said: dict[str, Any] = {"title": title, "sentence": sentence}
    asked = request.headers
    if "HX-Request" not in asked or any(header in asked for header in FOR_A_WHOLE_PAGE):
        return make_response(render_template("error.html", back=_way_back(), **said), status)
    if asked.get("HX-Target") == PANEL and asked.get("HX-Source") != FORM_IN_PANEL:
        return make_response(render_template("refused_in_panel.html", **said), status)
    headers = IN_PLACE if POLLING in asked else BESIDE
    return make_response(render_template("refused.html", **said), status, headers)


def _way_back() -> str | None:
    """Return the page where a form was sent; the start page has a link of its own."""
    back = local_path(request.referrer) if request.method == "POST" else url_for("pages.overview")
    return None if back == url_for("pages.overview") else back


def _title(status: int) -> str:
    return {403: "Not allowed", 404: "Not found"}.get(status, "That did not work")
