"""Answer for an address that is nowhere: a problem below the API, a page for browsers, Werkzeug's words for others."""

from flask import Flask, Response, make_response, render_template, request
from werkzeug.exceptions import HTTPException

from admin.api.answers import PREFIX
from admin.api.problems import say_http_problem
from admin.pages.guard import be_careful

NOWHERE = "There is no such page."


def register_nowhere(app: Flask) -> None:
    """Answer for what belongs to no blueprint, because no endpoint has such an address or such a method."""
    app.register_error_handler(404, _answer)
    app.register_error_handler(405, _answer)


def _answer(error: HTTPException) -> Response | HTTPException:
    if request.path.startswith(f"{PREFIX}/"):
        return say_http_problem(error)
    if error.code == 404 and "text/html" in request.headers.get("Accept", ""):
        page = render_template("error.html", title="Not found", sentence=NOWHERE, me=None)
        return be_careful(make_response(page, 404))
    return error
