"""Log in, log out, and choose another password."""

from flask import Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from admin.pages.answers import done
from admin.pages.guard import (
    changes,
    client_address,
    cookie_name,
    form,
    local_path,
    page,
    pages,
    seal,
    settings,
    signed_in,
)
from operations.change_password import change_password
from operations.errors import OperationError
from operations.log_in import LONGEST_SESSION, AwaitsCode, LogInTooOld, log_in, log_in_with_code, log_out
from operations.permissions import READ


@pages.get("/log-in")
def log_in_form() -> str:
    """Ask who it is."""
    return render_template("log_in/log_in.html", next=request.args.get("next"))


@pages.post("/log-in")
def log_in_now() -> AnyResponse | tuple[str, int]:
    """Let in who knows the password, with a session of its own, or ask for a code: what a browser had before is worth
    nothing.
    """
    email, password = request.form.get("email", ""), request.form.get("password", "")
    wanted = request.form.get("next")
    try:
        entered = log_in(changes().database, seal(), email, password, client_address(), str(request.user_agent))
    except OperationError as error:
        return render_template("log_in/log_in.html", next=wanted, email=email, problem=error.message), error.status
    if isinstance(entered, AwaitsCode):
        return render_template("log_in/code.html", next=wanted, proof=entered.proof), 200
    return _enter(entered, wanted)


@pages.post("/log-in/code")
def log_in_code_now() -> AnyResponse | tuple[str, int]:
    """Let in who gives a code of the second factor after the password, or a recovery code."""
    proof, code, wanted = (request.form.get(name, "") for name in ("proof", "code", "next"))
    try:
        secret = log_in_with_code(changes(), seal(), proof, code, client_address(), str(request.user_agent))
    except LogInTooOld as error:
        return render_template("log_in/log_in.html", next=wanted, problem=error.message), error.status
    except OperationError as error:
        return render_template("log_in/code.html", next=wanted, proof=proof, problem=error.message), error.status
    return _enter(secret, wanted)


@form("/log-out", READ)
def log_out_now() -> AnyResponse:
    """End the session here and on every server."""
    log_out(changes().database, signed_in())
    response: Response = redirect(url_for("pages.log_in_form"), 303)  # type: ignore[assignment]
    response.delete_cookie(cookie_name(), secure=settings().public_base.startswith("https"), httponly=True)
    return response


@page("/password", READ)
def password_form() -> str:
    """Ask for another password."""
    return render_template("log_in/password.html")


@form("/password", READ)
def password_now() -> AnyResponse | tuple[str, int]:
    """Change one's own password; all other sessions end."""
    try:
        old, new = (request.form.get(name, "") for name in ("old", "new"))
        change_password(changes(), signed_in(), old, new, client_address())
    except OperationError as error:
        return render_template("log_in/password.html", problem=error.message), error.status
    sentence = "Your password is changed. Every other browser is logged out."
    return done(sentence, None, url_for("pages.overview"))


def _enter(secret: str, wanted: str | None) -> AnyResponse:
    """Give the browser its session, and lead it where it wanted to go."""
    response = redirect(local_path(wanted), 303)
    response.set_cookie(
        cookie_name(),
        secret,
        max_age=LONGEST_SESSION,
        secure=settings().public_base.startswith("https"),
        httponly=True,
        samesite="Lax",
    )
    return response
