"""How our numbers differ from those that Twilio has, and the repairs. Twilio is asked only when somebody wants it."""

from functools import partial
from typing import Any

from flask import current_app, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from admin.pages.answers import done, is_for_panel, reading
from admin.pages.guard import Shown, changes, form, page, signed_in
from admin.pages.holder_choices import FIND, holder_choices, holder_named
from admin.pages.kept_form import keep_unless_saved, typed
from operations.checking import read_phone_number
from operations.errors import NotFound, OperationError
from operations.finding import find_number
from operations.pages import LARGEST_ID
from operations.repair_numbers import repair_number
from operations.showing import show_number
from operations.sync_numbers import GONE_AT_TWILIO, compare_numbers, show_difference
from operations.take_over_number import take_over_number


@page("/sync", "number.compared")
def show_differences() -> Shown:
    """Compare both sides, which reads all numbers of the Twilio account."""
    twilio, webhooks = current_app.extensions["twilio"], current_app.extensions["webhooks"]
    differences, problem = None, None
    try:
        compared = compare_numbers(changes().database, twilio, webhooks, account_id=signed_in().who.account)
        differences = [show_difference(difference) for difference in compared.differences]
    except OperationError as error:
        problem = error
    template = "sync/differences.html" if is_for_panel() else "sync/page.html"
    return render_template(template, differences=differences, problem=problem), problem.status if problem else 200


@page("/sync/release", "number.synced")
def release_gone_form() -> str:
    """Ask before a number that Twilio has no more is released here, for good."""
    with reading() as session:
        number = show_number(find_number(session, signed_in().who.account, _id(request.args.get("number_id", ""))))
    return render_template("sync/release.html", number=number, kind=GONE_AT_TWILIO)


@form("/sync/repairs", "number.synced")
def repair_difference() -> AnyResponse:
    """Repair one difference; one that is no more is only confirmed."""
    twilio, webhooks = current_app.extensions["twilio"], current_app.extensions["webhooks"]
    kind, number_id = request.form.get("kind", ""), _id(request.form.get("number_id", ""))
    number, outcome = repair_number(changes(), signed_in().who, twilio, webhooks, kind, number_id)
    return done(f"{number['phone_number']} is repaired.", outcome, url_for("pages.show_differences"))


@page("/sync/take-over", "number.added")
def take_over_form() -> str:
    """Ask who shall answer a number that Twilio has and nobody here."""
    return _ask_who_answers(read_phone_number(request.args.get("phone_number", "")))


@form("/sync/take-over", "number.added")
def take_over() -> Shown:
    """Take a number over, and point its calls here."""
    phone_number, fields = read_phone_number(request.form.get("phone_number", "")), typed("agent", "location", "label")

    def save() -> AnyResponse:
        twilio, webhooks = current_app.extensions["twilio"], current_app.extensions["webhooks"]
        number, outcome = take_over_number(changes(), signed_in().who, twilio, webhooks, phone_number, **fields)
        return done(f"{number['phone_number']} is taken over.", outcome, url_for("pages.show_differences"))

    return keep_unless_saved(save, partial(_ask_who_answers, phone_number), fields, {})


def _ask_who_answers(phone_number: str, fields: dict[str, str] | None = None, **more: Any) -> str:
    with reading() as session:
        account_id = signed_in().who.account
        choices = holder_choices(session, account_id)
        chosen = {word: holder_named(session, account_id, word, (fields or {}).get(word, "")) for word in FIND}
    shown = {"phone_number": phone_number, "fields": fields or {}, "chosen": chosen}
    return render_template("sync/take_over.html", **shown, **choices, **more)


def _id(text: str) -> int:
    """Read the id of a number; raises NotFound for what can be none."""
    if text.isascii() and text.isdecimal() and int(text[:20]) <= LARGEST_ID:
        return int(text[:20])
    raise NotFound("There is no such number in this account.")
