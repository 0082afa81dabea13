"""The page that shows a secret once: loading it again neither shows it again nor does again what made it."""

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from admin.pages.guard import changes, cookie_name, page, signed_in
from operations.permissions import READ
from operations.shown_once import ShownOnce, keep_for_once, take_once


def show_once(title: str, sentence: str, secret: str, next_page: str) -> Response:
    """Send the browser to the page that shows a secret; `next_page` is the endpoint that one goes on to."""
    shown = ShownOnce(title, sentence, secret, url_for(next_page))
    keep_for_once(changes().database, signed_in(), request.cookies[cookie_name()], shown)
    return redirect(url_for("pages.shown_once"), 303)


@page("/settings/shown-once", READ)
def shown_once() -> str | tuple[str, int]:
    """Show what was kept to be shown once, or say that it is no longer here."""
    shown = take_once(changes().database, signed_in(), request.cookies[cookie_name()])
    if shown is None:
        sentence = "It was shown once, and is kept nowhere. Whoever has not kept it makes a new one."
        return render_template("error.html", title="No longer here", sentence=sentence), 410
    return render_template("settings/secret.html", shown=shown)
