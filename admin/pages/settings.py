"""The settings of the account: its name and limits, and whether Twilio can be reached."""

from typing import Any

from flask import current_app, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from admin.pages.answers import done, reading
from admin.pages.guard import changes, form, page, signed_in
from admin.pages.pause_form import read_treatment
from operations.accounts import LONGEST_RETENTION_DAYS, MOST_PURCHASES_PER_DAY, edit_account, get_account
from operations.errors import Changed, Invalid, OperationError
from operations.permissions import READ
from operations.twilio_connection import MOST_COUNTED, try_connection
from operations.twilio_errors import TwilioProblem

LIMITS = {"most_purchases": MOST_PURCHASES_PER_DAY, "longest_retention": LONGEST_RETENTION_DAYS}


@page("/settings", READ)
def settings_start() -> Response:
    """Begin with the account."""
    return redirect(url_for("pages.account_form"))


@page("/settings/account", READ)
def account_form() -> str:
    """Show the account, with its fields for whoever may edit it."""
    return render_template("settings/account.html", account_row=_account(), **LIMITS)


@form("/settings/account", "account.edited")
def account_now() -> Response | str | tuple[str, int]:
    """Save the account; to keep calls for a shorter time is asked for twice, because it deletes what is older."""
    present, typed = _account(), {**request.form}
    try:
        wanted: dict[str, Any] = {name: _whole_number(name) for name in ("purchases_per_day", "call_retention_days")}
        kept = wanted["call_retention_days"]
        if kept < present["call_retention_days"] and request.form.get("confirmed") != str(kept):
            return render_template("settings/account.html", account_row=present | typed, shortened=kept, **LIMITS)
        wanted |= {f"paused_{name}": value for name, value in read_treatment("paused_").items()}
        name, etag = request.form.get("name", ""), request.form.get("etag")
        _, outcome = edit_account(changes(), signed_in().who, name=name, if_match=etag, **wanted)
    except OperationError as error:
        # What was typed stays. Whoever was told of another's change and saves again, knows of it.
        etag = present["etag"] if isinstance(error, Changed) else typed.get("etag")
        row = present | typed | {"etag": etag}
        return render_template("settings/account.html", account_row=row, problem=error.message, **LIMITS), error.status
    return done("The account is saved.", outcome, url_for("pages.account_form"))


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


def _account() -> dict[str, Any]:
    with reading() as session:
        return get_account(session, signed_in().who.account)


def _whole_number(name: str) -> int:
    found = request.form.get(name, type=int)
    if found is None:
        raise Invalid("Please write a whole number, such as 25, into each field of a limit.")
    return found
