"""The people of the account: let somebody in, change what they may do, give them a new password, delete them."""

from functools import partial
from typing import Any

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from admin.pages.answers import done, reading
from admin.pages.guard import Shown, changes, form, page, signed_in
from admin.pages.kept_form import keep_unless_saved, typed
from admin.pages.shown_once import show_once
from models import ROLES
from operations.errors import OperationError
from operations.finding import find_user
from operations.pages import LARGEST_ID
from operations.permissions import READ, ROLE_NAMES, may_manage
from operations.showing import show_user as shown
from operations.users import create_user as create
from operations.users import delete_user as delete
from operations.users import edit_user as edit
from operations.users import list_users as read_users
from operations.users import set_password as renew

USER = f"/settings/users/<int(max={LARGEST_ID}):user_id>"


@page("/settings/users", READ)
def list_users() -> str:
    """Show who may log in, and a form to let somebody in."""
    return _show_list()


@form("/settings/users", "user.created")
def create_user() -> Response | tuple[str, int]:
    """Let somebody in, and show the password once."""
    email, role = request.form.get("email", ""), request.form.get("role", "")
    try:
        user = create(changes(), signed_in().who, email, role)
    except OperationError as error:
        return _show_list(problem=error.message, email=email, role=role), error.status
    return _show_password(user, "can log in now")


@page(USER, READ)
def show_user(user_id: int) -> str:
    """Show somebody, with what may be done about them."""
    return _show(user_id)


@form(USER, "user.edited")
def edit_user(user_id: int) -> Shown:
    """Give somebody another role or address."""

    def save() -> Response:
        wanted = {name: request.form.get(name) for name in ("email", "role")}
        user, outcome = edit(changes(), signed_in().who, user_id, **wanted, if_match=request.form.get("etag"))
        sentence = f"{user['email']} is saved, as {ROLE_NAMES[user['role']]}."
        return done(sentence, outcome, url_for("pages.show_user", user_id=user_id))

    return keep_unless_saved(save, partial(_show, user_id), typed("email", "role"), {})


@page(f"{USER}/password", "user.password_set")
def set_password_form(user_id: int) -> str:
    """Ask whether somebody is to get a new password."""
    return render_template("settings/user_password.html", user=_user(user_id))


@form(f"{USER}/password", "user.password_set")
def set_password(user_id: int) -> Response:
    """Give somebody a new password, and show it once; one's own is changed by who knows it."""
    if user_id == signed_in().user_id:
        return redirect(url_for("pages.password_form"), 303)
    return _show_password(renew(changes(), signed_in().who, user_id), "has a new password")


@page(f"{USER}/delete", "user.deleted")
def delete_user_form(user_id: int) -> str:
    """Ask whether somebody is to be deleted."""
    return render_template("settings/user_delete.html", user=_user(user_id))


@form(f"{USER}/delete", "user.deleted")
def delete_user(user_id: int) -> Response:
    """Delete somebody."""
    email = _user(user_id)["email"]
    outcome = delete(changes(), signed_in().who, user_id, if_match=request.form.get("etag"))
    return done(f"{email} is deleted and logged out everywhere.", outcome, url_for("pages.list_users"))


def role_choices() -> list[tuple[str, str]]:
    """Return the roles that who is here may give away, for a drop-down."""
    return [(role, ROLE_NAMES[role]) for role in ROLES if may_manage(signed_in().who.role, role)]


def _user(user_id: int) -> dict[str, Any]:
    with reading() as session:
        return shown(find_user(session, signed_in().who.account, user_id))


def _show(user_id: int, fields: dict[str, Any] | None = None, **more: Any) -> str:
    user = _user(user_id)
    return render_template("settings/user.html", user=user, fields=fields or user, **_choices(), **more)


def _choices() -> dict[str, Any]:
    mine = signed_in().who.role
    return {"role_choices": role_choices(), "role_names": ROLE_NAMES, "manages": lambda role: may_manage(mine, role)}


def _show_list(**more: Any) -> str:
    with reading() as session:
        users = read_users(session, signed_in().who.account, request.args.get("cursor"))
    return render_template("settings/users.html", users=users, **_choices(), **more)


def _show_password(user: dict[str, Any], what: str) -> Response:
    sentence = f"{user['email']} {what}. The password below is shown only now; whoever logs in with it chooses another."
    return show_once("Password", sentence, user["password"], "pages.list_users")
