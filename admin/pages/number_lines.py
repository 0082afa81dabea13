"""The business's own lines that forward to a number: register, what to dial, verify by a call, remove."""

from functools import partial

import phonenumbers
from flask import render_template, url_for
from werkzeug.wrappers import Response as AnyResponse

from admin.pages.answers import done, international, reading
from admin.pages.guard import Shown, changes, form, page, signed_in
from admin.pages.kept_form import keep_unless_saved, typed
from admin.pages.number import NUMBER, read_number, show_number_page
from operations.forwarded_lines import add_line, get_line, remove_line
from operations.forwarding_codes import forwarding_codes
from operations.pages import LARGEST_ID
from operations.permissions import READ
from operations.verify_line import start_verification

LINE = f"{NUMBER}/lines/<int(max={LARGEST_ID}):line_id>"
CONDITIONS = {"always": "Always", "busy": "When busy", "no_answer": "When nobody answers"}


@form(f"{NUMBER}/lines", "line.added")
def add_one_line(number_id: int) -> Shown:
    """Register a line."""

    def save() -> AnyResponse:
        line, outcome = add_line(changes(), signed_in().who, number_id, international(fields["line"]))
        said = f"{line['phone_number']} is registered. Let its carrier forward it, then verify it with a call."
        return done(said, outcome, _url(number_id))

    fields = typed("line")
    return keep_unless_saved(save, partial(show_number_page, number_id), fields, {})


@page(f"{LINE}/codes", READ)
def show_forwarding_codes(number_id: int, line_id: int) -> str:
    """Show what to dial on the line, at the carriers of its country."""
    with reading() as session:
        line = get_line(session, signed_in().who.account, number_id, line_id)
    country = phonenumbers.region_code_for_number(phonenumbers.parse(line["phone_number"], None))
    codes = forwarding_codes(line["number"]["phone_number"], country)
    return render_template("number/codes.html", line=line, codes=codes, conditions=CONDITIONS)


@form(f"{LINE}/verify", "line.verifying")
def verify_line(number_id: int, line_id: int) -> Shown:
    """Begin to look for a call through the line."""

    def begin() -> AnyResponse:
        test_phone = international(fields["test_phone"]) or None
        line, outcome = start_verification(changes(), signed_in().who, number_id, line_id, test_phone)
        said = f"Call {line['phone_number']} now; this page shows when the call came through."
        return done(said, outcome, _url(number_id))

    fields = typed("test_phone")
    return keep_unless_saved(begin, partial(show_number_page, number_id, refused_line=line_id), fields, {})


@page(f"{LINE}/state", READ)
def show_line_state(number_id: int, line_id: int) -> str:
    """Show how the verification of a line stands: what a page asks for again and again while it waits."""
    with reading() as session:
        _, timezone = read_number(session, number_id)
        line = get_line(session, signed_in().who.account, number_id, line_id)
    return render_template("number/line_state.html", line=line, timezone=timezone)


@page(f"{LINE}/remove", "line.removed")
def remove_line_form(number_id: int, line_id: int) -> str:
    """Ask before a line is removed."""
    with reading() as session:
        line = get_line(session, signed_in().who.account, number_id, line_id)
    return render_template("number/remove_line.html", line=line)


@form(f"{LINE}/remove", "line.removed")
def remove_one_line(number_id: int, line_id: int) -> AnyResponse:
    """Remove a line."""
    outcome = remove_line(changes(), signed_in().who, number_id, line_id)
    said = "The line is removed. Its carrier forwards on until it is told to stop."
    return done(said, outcome, _url(number_id))


def _url(number_id: int) -> str:
    return url_for("pages.show_one_number", number_id=number_id)
