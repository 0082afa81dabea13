"""The tokens with which programs use the JSON API: create one, which is shown once, and revoke it."""

from typing import Any

from flask import render_template, request, url_for
from werkzeug.wrappers import Response

from admin.pages.answers import done, reading
from admin.pages.clock import viewers_timezone
from admin.pages.guard import changes, form, page, signed_in
from admin.pages.shown_once import show_once
from admin.pages.users import role_choices
from operations.errors import OperationError
from operations.finding import find_token
from operations.pages import LARGEST_ID
from operations.permissions import READ, ROLE_NAMES, may_manage
from operations.showing import show_token
from operations.tokens import create_token as create
from operations.tokens import list_tokens as read_tokens
from operations.tokens import revoke_token as revoke

TOKEN = f"/settings/tokens/<int(max={LARGEST_ID}):token_id>"


@page("/settings/tokens", READ)
def list_tokens() -> str:
    """Show the tokens, without their secrets, and a form to create one."""
    return _show_list()


@form("/settings/tokens", "token.created")
def create_token() -> Response | tuple[str, int]:
    """Create a token, and show it once."""
    name, role = request.form.get("name", ""), request.form.get("role", "")
    try:
        token = create(changes(), signed_in().who, role, name)
    except OperationError as error:
        return _show_list(problem=error.message, name=name, role=role), error.status
    sentence = f"The token “{token['name']}” may do what a {ROLE_NAMES[token['role']]} may. It is shown only now."
    return show_once("API token", sentence, token["token"], "pages.list_tokens")


@page(f"{TOKEN}/revoke", "token.revoked")
def revoke_token_form(token_id: int) -> str:
    """Ask whether a token is to be revoked."""
    with reading() as session:
        token = show_token(find_token(session, signed_in().who.account, token_id))
    return render_template("settings/token_revoke.html", token=token)


@form(f"{TOKEN}/revoke", "token.revoked")
def revoke_token(token_id: int) -> Response:
    """Revoke a token from the next request on."""
    token, outcome = revoke(changes(), signed_in().who, token_id)
    return done(f"The token “{token['name']}” lets nobody in any more.", outcome, url_for("pages.list_tokens"))


def _show_list(**more: Any) -> str:
    mine = signed_in().who
    with reading() as session:
        tokens = read_tokens(session, mine.account, request.args.get("cursor"))
    more |= {"role_choices": role_choices(), "role_names": ROLE_NAMES, "timezone": viewers_timezone()}
    return render_template(
        "settings/tokens.html", tokens=tokens, manages=lambda role: may_manage(mine.role, role), **more
    )
