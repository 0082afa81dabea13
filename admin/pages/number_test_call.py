"""Place a simulated call to a number; its story is read while it happens."""

from functools import partial

from flask import render_template, url_for
from werkzeug.wrappers import Response as AnyResponse

from admin.pages.answers import go_to, international, reading
from admin.pages.guard import Shown, changes, form, page, settings, signed_in
from admin.pages.kept_form import keep_unless_saved, typed
from admin.pages.number import NUMBER, read_number, show_number_page
from admin.simulated_calls import NobodyToCall, simulated_call
from admin.test_calls import place_in_background, read_story
from operations.checking import read_phone_number
from operations.errors import Conflict, NotFound, at_field
from operations.permissions import READ


@form(f"{NUMBER}/test-call", "call.placed")
def place_test_call(number_id: int) -> Shown:
    """Place the call, if calls are simulated here, and go where its story unfolds."""
    if not settings().uses_simulator:
        raise NotFound("Test calls are for the simulator. Call this number with a telephone.")
    fields = typed("caller", "through")
    place = partial(_place, number_id, fields)
    return keep_unless_saved(place, partial(show_number_page, number_id), fields, {})


def _place(number_id: int, fields: dict[str, str]) -> AnyResponse:
    with reading() as session:
        number, _ = read_number(session, number_id)
    with at_field("caller"):
        caller = read_phone_number(international(fields["caller"]))
    with at_field("through"):
        line = read_phone_number(fields["through"]) if fields["through"] else None
    try:
        call = simulated_call(settings(), changes(), caller, number["phone_number"], line)
    except NobodyToCall as why:
        raise Conflict("number_not_reachable", str(why)) from None
    place_in_background(settings(), call, signed_in().who.account, number_id)
    return go_to(url_for("pages.show_one_number", number_id=number_id, test_call=call.call_sid, _anchor="test-call"))


@page(f"{NUMBER}/test-call/<call_sid>", READ)
def show_story(number_id: int, call_sid: str) -> str:
    """Show how far a test call has come: what the page asks for again and again until its end."""
    with reading() as session:
        number, _ = read_number(session, number_id)
    story = read_story(settings(), signed_in().who.account, number_id, call_sid)
    if story is None:
        raise NotFound("There is no such test call.")
    return render_template("number/story.html", story=story, number=number)
