"""Delete an agent or a location, once it is said who gets the numbers that it has."""

from functools import partial
from typing import Any

from flask import render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from admin.pages.answers import done, reading
from admin.pages.guard import Shown, changes, signed_in
from admin.pages.holder_choices import holder_choices
from admin.pages.kept_form import keep_unless_saved, typed
from operations.delete_holder import HEIR, NOBODY, delete_holder
from operations.holders import HolderKind, phone_numbers_held


def ask_to_delete(kind: HolderKind, holder_id: int, fields: dict[str, str] | None = None, **more: Any) -> str:
    """Show what is to be deleted and which numbers it has; with what was typed when that was refused."""
    with reading() as session:
        account_id = signed_in().who.account
        holder = kind.show(kind.find(session, account_id, holder_id))
        others = holder_choices(session, account_id)[f"{kind.word}s"]
        heirs = [choice for choice in others if choice[0] != holder_id] if others is not None else None
        numbers = phone_numbers_held(session, kind, holder_id)
    shown = {"kind": kind, "holder": holder, "heirs": heirs, "numbers": numbers, "nobody": NOBODY, "typed": fields}
    return render_template("holders/delete.html", **shown, **more)


def delete_now(kind: HolderKind, holder_id: int) -> Shown:
    """Delete it, or ask again and say why it stays: nothing is deleted of what somebody else has changed meanwhile."""

    def delete() -> AnyResponse:
        with reading() as session:
            name = kind.find(session, signed_in().who.account, holder_id).name
        heir, etag = _read_heir(fields[HEIR]), request.form.get("etag")
        outcome = delete_holder(changes(), signed_in().who, kind, holder_id, heir, etag)
        return done(f"“{name}” is deleted.", outcome, url_for(f"pages.list_{kind.word}s"))

    fields = typed(HEIR)
    return keep_unless_saved(delete, partial(ask_to_delete, kind, holder_id), fields, {})


def _read_heir(text: str) -> str | int | None:
    """Return the id or name that was chosen, None if nothing is said."""
    is_id = text.isascii() and text.isdecimal() and len(text) < 19
    return int(text) if is_id else text or None
