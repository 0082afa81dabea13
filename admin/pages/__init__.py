"""The pages: one file a resource, server-rendered, over the same operations as the JSON API.

How to add a page. In the file of its resource:

    @page("/things/<int:thing_id>", "account.read")              # the action is one of operations/permissions.py
    def show_thing(thing_id: int) -> str:
        with reading() as session:
            thing = read_thing(session, signed_in().who.account, thing_id)
        return render_template("things/thing.html", thing=thing)

    @form("/things/<int:thing_id>/rename", "thing.edited")       # POST: the guard has checked the CSRF token
    def rename_thing(thing_id: int) -> Response:
        thing, outcome = edit_thing(changes(), signed_in().who, thing_id, name=request.form["name"])
        return done(f"“{thing['name']}” is its name now.", outcome, url_for("pages.show_thing", thing_id=thing_id))

A refused operation (OperationError) becomes its sentence on the page where the person was (`refusals.py`). Templates
extend `base.html` and use `macros.html`; `static/clara.js` is all of our JavaScript, and every form works without it.
"""

from flask import Flask

from admin.pages import (
    agents,
    audit_trail,
    billing,
    calls,
    clock,
    get_number,
    holder_choices,
    locations,
    log_in,
    many_numbers,
    number,
    number_assigned,
    number_lines,
    number_paused,
    number_released,
    number_test_call,
    numbers,
    overview,
    own_user,
    plain_value,
    refusals,
    second_factor,
    settings,
    shown_once,
    sync,
    timezone,
    toggles,
    tokens,
    users,
)
from admin.pages.guard import pages

__all__ = [
    "agents",
    "audit_trail",
    "billing",
    "calls",
    "clock",
    "get_number",
    "holder_choices",
    "locations",
    "log_in",
    "many_numbers",
    "number",
    "number_assigned",
    "number_lines",
    "number_paused",
    "number_released",
    "number_test_call",
    "numbers",
    "overview",
    "own_user",
    "pages",
    "plain_value",
    "refusals",
    "register_pages",
    "second_factor",
    "settings",
    "shown_once",
    "sync",
    "timezone",
    "toggles",
    "tokens",
    "users",
]


def register_pages(app: Flask) -> None:
    """Give the application its pages."""
    app.register_blueprint(pages)
