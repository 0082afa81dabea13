"""The numbers of an agent or a location, each with a switch that gives it or takes it away at once.

Beside the page of whoever gets them it is a panel, without JavaScript a page of its own. A switch acts on one number
and on nothing else, so that two people at two panels undo nothing of each other's.
"""

from typing import Any

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from admin.pages.answers import REFUSED, national, reading, say, say_done, take_said
from admin.pages.guard import changes, form, page, signed_in
from admin.pages.kept_form import ID, searched
from operations.assign_number import assign_number
from operations.changes import Outcome
from operations.errors import Conflict
from operations.holders import AGENT, LOCATION, HolderKind
from operations.list_numbers import NumberFilters, read_numbers
from operations.numbers_of import take_number_from
from operations.permissions import READ

KINDS = {"agents": AGENT, "locations": LOCATION}
THESE = f"/<any({', '.join(KINDS)}):kinds>/{ID}holder_id>/numbers"
KEPT = ("search", "own", "cursor")


@page(THESE, READ)
def show_toggles(kinds: str, holder_id: int) -> str:
    """Show a page of the account's numbers and which of them are whose; all, or its own only."""
    kind = KINDS[kinds]
    with reading() as session:
        account_id = signed_in().who.account
        holder = kind.show(kind.find(session, account_id, holder_id))
        own: dict[str, Any] = {f"{kind.word}_id": holder_id} if request.args.get("own") else {}
        filters = NumberFilters(search=searched(), is_live=True, **own)
        numbers = read_numbers(session, account_id, filters, request.args.get("cursor"))
    return render_template(
        "holders/toggles.html",
        kind=kind,
        kinds=kinds,
        holder=holder,
        numbers=numbers,
        asked={name: request.args[name] for name in KEPT if request.args.get(name)},
        asking=request.args.get("asking", type=int),
        said=take_said(),
    )


@form(f"{THESE}/{ID}number_id>", "number.assigned")
def toggle(kinds: str, holder_id: int, number_id: int) -> AnyResponse:
    """Give a number or take it away; one that another has is asked about first, and given with `move`."""
    asking = None
    try:
        sentence, outcome = _give_or_take(KINDS[kinds], holder_id, number_id, request.form.get("give", ""))
        say_done(sentence, outcome)
    except Conflict as error:
        if error.code == f"number_has_{KINDS[kinds].word}":
            asking = number_id
        else:
            say(error.message, REFUSED)
    kept: dict[str, Any] = {name: request.form[name] for name in KEPT if request.form.get(name)}
    address = url_for("pages.show_toggles", kinds=kinds, holder_id=holder_id, asking=asking, **kept)
    return redirect(address, 303)


def _give_or_take(kind: HolderKind, holder_id: int, number_id: int, give: str) -> tuple[str, Outcome]:
    if give not in ("yes", "move"):
        number, outcome = take_number_from(changes(), signed_in().who, kind, holder_id, number_id)
        return f"{national(number['phone_number'])} is taken away.", outcome
    to: Any = {kind.word: holder_id}
    number, outcome = assign_number(changes(), signed_in().who, number_id, **to, move=give == "move")
    return f"{national(number['phone_number'])} {kind.has} “{number[kind.word]['name']}” now.", outcome
