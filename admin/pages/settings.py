"""The settings of the account: its name and limits, and whether Twilio can be reached."""

from typing import Any

from flask import current_app, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from admin.pages.answers import done, reading
from admin.pages.guard import Shown, changes, form, page, signed_in
from admin.pages.kept_form import keep_unless_saved, typed
from admin.pages.pause_form import read_treatment
from operations.accounts import LONGEST_RETENTION_DAYS, MOST_PURCHASES_PER_DAY, edit_account, get_account
from operations.errors import Invalid, at_field
from operations.permissions import READ
from operations.showing import check_is_unchanged
from operations.twilio_connection import MOST_COUNTED, try_connection
from operations.twilio_errors import TwilioProblem

FIELDS = ("name", "purchases_per_day", "call_retention_days", "paused_treatment", "paused_message", "paused_forward_to")
LIMITS = {"most_purchases": MOST_PURCHASES_PER_DAY, "longest_retention": LONGEST_RETENTION_DAYS}


@page("/settings", READ)
def settings_start() -> Response:
    """Begin with the account."""
    return redirect(url_for("pages.account_form"))


@page("/settings/account", READ)
def account_form() -> str:
    """Show the account, with its fields for whoever may edit it."""
    return _show_account()


@form("/settings/account", "account.edited")
def account_now() -> Shown:
    """Save the account; to keep calls for a shorter time is asked for twice, because it deletes what is older."""

    def save() -> Shown:
        wanted: dict[str, Any] = {name: _whole_number(name) for name in ("purchases_per_day", "call_retention_days")}
        kept, present, etag = wanted["call_retention_days"], _account(), request.form.get("etag")
        check_is_unchanged(present, etag)
        if kept < present["call_retention_days"] and request.form.get("confirmed") != str(kept):
            return _show_account(fields, shortened=kept, seen=etag)
        wanted |= {f"paused_{name}": value for name, value in read_treatment("paused_").items()}
        _, outcome = edit_account(changes(), signed_in().who, name=fields["name"], if_match=etag, **wanted)
        return done("The account is saved.", outcome, url_for("pages.account_form"))

    fields = typed(*FIELDS)
    return keep_unless_saved(save, _show_account, fields, {})


@page("/settings/twilio", READ)
def twilio_page() -> str:
    """Show what Twilio is told to ask, and a button that tries the connection."""
    return render_template("settings/twilio.html", webhooks=current_app.extensions["webhooks"])


@form("/settings/twilio", "number.compared")
def check_twilio_now() -> str:
    """Ask Twilio who we are, and say what it answers."""
    found: dict[str, Any] = {"webhooks": current_app.extensions["webhooks"], "most_counted": MOST_COUNTED}
    try:
        twilio = current_app.extensions["twilio"]
        found["connection"] = try_connection(changes().database, twilio, signed_in().who.account)
    except TwilioProblem as problem:
        found["problem"] = problem.message
    return render_template("settings/twilio.html", **found)


def _show_account(fields: dict[str, Any] | None = None, **more: Any) -> str:
    account = _account()
    return render_template("settings/account.html", account_row=account, fields=fields or account, **LIMITS, **more)


def _account() -> dict[str, Any]:
    with reading() as session:
        return get_account(session, signed_in().who.account)


def _whole_number(name: str) -> int:
    found = request.form.get(name, type=int)
    if found is None:
        with at_field(name):
            raise Invalid("Please write a whole number, such as 25.")
    return found
