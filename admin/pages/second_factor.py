"""One's own second factor: turn it on with an app that scans a picture, and off again; a reset for others."""

import segno
from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from admin.pages.answers import done, reading
from admin.pages.guard import changes, client_address, form, page, seal, signed_in
from admin.pages.shown_once import show_once
from admin.pages.users import USER
from operations.errors import OperationError
from operations.finding import find_user
from operations.log_in import LogInTooOld
from operations.permissions import READ
from operations.second_factor import propose, reset_second_factor, turn_off, turn_on
from operations.showing import show_user as shown


@page("/settings/you/second-factor", READ)
def second_factor_form() -> str | Response:
    """Show how it is turned on, with a new secret each time; or how it is turned off. One's own page says why not."""
    if not seal().is_usable:
        return redirect(url_for("pages.own_user"))
    return render_template("settings/second_factor_off.html") if _is_on() else _show_proposal()


@form("/settings/you/second-factor/on", "user.second_factor_on")
def turn_second_factor_on() -> Response | tuple[str, int]:
    """Turn it on, and show the recovery codes once."""
    sealed, password, code = (request.form.get(name, "") for name in ("sealed", "password", "code"))
    try:
        codes = turn_on(changes(), seal(), signed_in(), sealed, password, code, client_address())
    except LogInTooOld as error:
        return _show_proposal(problem="That took too long. Here is a new secret: please scan this one."), error.status
    except OperationError as error:
        return _show_proposal(sealed, error.message), error.status
    sentence = (
        "Your second factor is on: from now on the log-in asks for a code of your app, and every other browser is"
        " logged out. Each of these recovery codes lets you in once without the app. They are shown only now: print"
        " them, or keep them where you keep your passwords."
    )
    return show_once("Recovery codes", sentence, "\n".join(codes), "pages.own_user")


@form("/settings/you/second-factor/off", "user.second_factor_off")
def turn_second_factor_off() -> Response | tuple[str, int]:
    """Turn it off."""
    password, code = request.form.get("password", ""), request.form.get("code", "")
    try:
        outcome = turn_off(changes(), seal(), signed_in(), password, code, client_address())
    except OperationError as error:
        return render_template("settings/second_factor_off.html", problem=error.message), error.status
    sentence = "Your second factor is off, and every other browser is logged out."
    return done(sentence, outcome, url_for("pages.own_user"))


@page(f"{USER}/second-factor", "user.second_factor_reset")
def reset_second_factor_form(user_id: int) -> str:
    """Ask whether somebody's second factor is to be taken away."""
    with reading() as session:
        user = shown(find_user(session, signed_in().who.account, user_id))
    return render_template("settings/user_second_factor.html", user=user)


@form(f"{USER}/second-factor", "user.second_factor_reset")
def reset_second_factor_now(user_id: int) -> Response:
    """Take somebody's second factor away."""
    user, outcome = reset_second_factor(changes(), signed_in().who, user_id)
    sentence = f"{user['email']} logs in with the password alone, and is logged out everywhere."
    return done(sentence, outcome, url_for("pages.show_user", user_id=user_id))


def _show_proposal(sealed: str | None = None, problem: str | None = None) -> str:
    proposal = propose(seal(), signed_in(), sealed)
    picture = segno.make(proposal.url, micro=False).svg_data_uri(scale=5, dark="#000", light="#fff")
    return render_template("settings/second_factor_on.html", proposal=proposal, picture=picture, problem=problem)


def _is_on() -> bool:
    with reading() as session:
        return bool(shown(find_user(session, signed_in().who.account, signed_in().user_id))["second_factor"])
