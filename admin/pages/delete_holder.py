"""Delete an agent or a location, once it is said who gets the numbers that it has."""

from typing import Any

from flask import render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from admin.pages.answers import REFUSED, done, go_to, reading, say
from admin.pages.guard import changes, signed_in
from admin.pages.holder_choices import holder_choices
from operations.delete_holder import NOBODY, delete_holder
from operations.errors import Changed, Conflict, Invalid
from operations.holders import HolderKind, phone_numbers_held


def ask_to_delete(kind: HolderKind, holder_id: int) -> str:
    """Show what is to be deleted and which numbers it has."""
    with reading() as session:
        account_id = signed_in().who.account
        holder = kind.show(kind.find(session, account_id, holder_id))
        others = holder_choices(session, account_id)[f"{kind.word}s"]
        heirs = [choice for choice in others if choice[0] != holder_id] if others is not None else None
        numbers = phone_numbers_held(session, kind, holder_id)
    return render_template("holders/delete.html", kind=kind, holder=holder, heirs=heirs, numbers=numbers, nobody=NOBODY)


def delete_now(kind: HolderKind, holder_id: int) -> AnyResponse:
    """Delete it; whatever has changed since the question was asked, the question is asked again."""
    etag, heir = request.form.get("etag"), request.form.get("reassign_to", "").strip() or None
    reassign_to = int(heir) if heir and heir.isascii() and heir.isdecimal() and len(heir) < 19 else heir
    with reading() as session:
        name = kind.find(session, signed_in().who.account, holder_id).name
    try:
        outcome = delete_holder(changes(), signed_in().who, kind, holder_id, reassign_to, etag)
    except (Changed, Invalid):
        say("Somebody else has changed this meanwhile. Nothing was deleted; please look again.", REFUSED)
    except Conflict as error:
        say(f"Nothing was deleted. {error.message}", REFUSED)
    else:
        return done(f"“{name}” is deleted.", outcome, url_for(f"pages.list_{kind.word}s"))
    again: dict[str, Any] = {f"{kind.word}_id": holder_id}
    return go_to(url_for(f"pages.delete_{kind.word}_form", **again))
