"""Log in, log out, and choose another password."""

from flask import Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from admin.pages.answers import done
from admin.pages.guard import changes, client_address, cookie_name, form, local_path, page, pages, settings, signed_in
from operations.change_password import change_password
from operations.errors import OperationError
from operations.log_in import LONGEST_SESSION, log_in, log_out
from operations.permissions import READ


@pages.get("/log-in")
def log_in_form() -> str:
    """Ask who it is."""
    return render_template("log_in/log_in.html", next=request.args.get("next"))


@pages.post("/log-in")
def log_in_now() -> AnyResponse | tuple[str, int]:
    """Let in who knows the password, with a session of its own: what a browser had before is worth nothing."""
    email, password = request.form.get("email", ""), request.form.get("password", "")
    wanted = request.form.get("next")
    try:
        secret = log_in(changes().database, email, password, client_address(), str(request.user_agent))
    except OperationError as error:
        return render_template("log_in/log_in.html", next=wanted, email=email, problem=error.message), error.status
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
        change_password(changes(), signed_in(), request.form.get("old", ""), request.form.get("new", ""))
    except OperationError as error:
        return render_template("log_in/password.html", problem=error.message), error.status
    sentence = "Your password is changed. Every other browser is logged out."
    return done(sentence, None, url_for("pages.overview"))
