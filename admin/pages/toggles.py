"""The numbers of an agent or a location, each with a switch that gives it or takes it away at once.

Beside the page of whoever gets them it is a panel, without JavaScript a page of its own. A switch acts on one number
and on nothing else, so that two people at two panels undo nothing of each other's.
"""

from typing import Any

from flask import redirect, render_template, request, url_for

from admin.pages.answers import REFUSED, national, reading, say, say_done, take_said
from admin.pages.guard import Shown, changes, form, page, signed_in
from admin.pages.kept_form import ID, searched
from admin.pages.number import read_number
from admin.pages.number_assigned import whose_now
from operations.assign_number import assign_number
from operations.errors import Changed, Conflict
from operations.holders import AGENT, LOCATION, HolderKind
from operations.in_force import Outcome
from operations.list_numbers import NumberFilters, read_numbers
from operations.numbers_of import take_number_from
from operations.permissions import READ

KINDS = {"agents": AGENT, "locations": LOCATION}
THESE = f"/<any({', '.join(KINDS)}):kinds>/{ID}holder_id>/numbers"
KEPT = ("search", "own", "cursor")


@page(THESE, READ)
def show_toggles(kinds: str, holder_id: int) -> str:
    """Show a page of the account's numbers and which of them are whose; all, or its own only."""
    return _show(kinds, holder_id, asking=request.args.get("asking", type=int), said=take_said())


@form(f"{THESE}/{ID}number_id>", "number.assigned")
def toggle(kinds: str, holder_id: int, number_id: int) -> Shown:
    """Give a number or take it away; one that another has is asked about first, and given with `move`.

    One that somebody else has changed since it was shown stays as it is, and it is said whose it is now.
    """
    kind, asking = KINDS[kinds], None
    try:
        sentence, outcome = _give_or_take(kind, holder_id, number_id, request.form.get("give", ""))
        say_done(sentence, outcome)
    except Changed as error:
        return _show(kinds, holder_id, said=[(REFUSED, _say_what_changed(kind, number_id))]), error.status
    except Conflict as error:
        if error.code == f"number_has_{kind.word}":
            asking = number_id
        else:
            say(error.message, REFUSED)
    return redirect(url_for("pages.show_toggles", kinds=kinds, holder_id=holder_id, asking=asking, **_kept()), 303)


def _show(kinds: str, holder_id: int, **more: Any) -> str:
    kind, asked = KINDS[kinds], _kept()
    with reading() as session:
        account_id = signed_in().who.account
        holder = kind.show(kind.find(session, account_id, holder_id))
        own: dict[str, Any] = {f"{kind.word}_id": holder_id} if "own" in asked else {}
        filters = NumberFilters(search=searched(), is_live=True, **own)
        numbers = read_numbers(session, account_id, filters, asked.get("cursor"))
    shown = {"kind": kind, "kinds": kinds, "holder": holder, "numbers": numbers, "asked": asked}
    return render_template("holders/toggles.html", **shown, **more)


def _kept() -> dict[str, Any]:
    """Return which page of which numbers is looked at; a switch sends that along."""
    return {name: request.values[name] for name in KEPT if request.values.get(name)}


def _give_or_take(kind: HolderKind, holder_id: int, number_id: int, give: str) -> tuple[str, Outcome]:
    who, seen = signed_in().who, request.form.get("etag")
    if give not in ("yes", "move"):
        number, outcome = take_number_from(changes(), who, kind, holder_id, number_id, if_match=seen)
        return f"{national(number['phone_number'])} is taken away. {whose_now(kind, number[kind.word])}", outcome
    to: Any = {kind.word: holder_id}
    number, outcome = assign_number(changes(), who, number_id, **to, move=give == "move", if_match=seen)
    return f"{national(number['phone_number'])} {kind.has} “{number[kind.word]['name']}” now.", outcome


def _say_what_changed(kind: HolderKind, number_id: int) -> str:
    with reading() as session:
        number, _ = read_number(session, number_id)
    whose = whose_now(kind, number[kind.word])
    return f"Somebody else has changed {national(number['phone_number'])} meanwhile. {whose} Nothing was overwritten."
