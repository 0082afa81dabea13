"""Say who answers a number, which location it belongs to, and what people call it."""

from typing import Any

from flask import render_template, request, url_for

from admin.pages.answers import done, is_for_panel, reading
from admin.pages.guard import Shown, changes, form, signed_in
from admin.pages.kept_form import typed
from admin.pages.number import NUMBER, read_number, show_number_page
from operations.assign_number import assign_number
from operations.errors import Changed, Conflict, NotFound
from operations.holders import AGENT, LOCATION, HolderKind
from operations.pages import LARGEST_ID


@form(f"{NUMBER}/agent", "number.assigned")
def assign_agent(number_id: int) -> Shown:
    """Give the number to an agent, or to nobody; ask first when another one has it."""
    return _assign(number_id, AGENT)


@form(f"{NUMBER}/location", "number.assigned")
def assign_location(number_id: int) -> Shown:
    """Give the number to a location, or to none; ask first when another one has it."""
    return _assign(number_id, LOCATION)


@form(f"{NUMBER}/label", "number.labelled")
def label_number(number_id: int) -> Shown:
    """Say what people call the number."""
    label, seen = request.form.get("label", ""), request.form.get("if_match")
    try:
        number, outcome = assign_number(changes(), signed_in().who, number_id, label=label, if_match=seen)
    except Changed as changed:
        return _ask_again(number_id, "label", label), changed.status
    said = f"It is called “{number['label']}” now." if number["label"] else "It has no label now."
    return done(said, outcome, url_for("pages.show_one_number", number_id=number_id))


def _assign(number_id: int, kind: HolderKind) -> Shown:
    chosen, seen = _chosen(kind.word), request.form.get("if_match")
    wish: dict[str, Any] = {kind.word: chosen}
    is_to_move = request.form.get("move") == "yes"
    try:
        number, outcome = assign_number(changes(), signed_in().who, number_id, **wish, move=is_to_move, if_match=seen)
    except Changed as changed:
        return _ask_again(number_id, kind.word, _name(kind, chosen)), changed.status
    except Conflict as conflict:
        if conflict.code != f"number_has_{kind.word}":
            raise
        return _ask_before_moving(number_id, kind, chosen), conflict.status
    except NotFound as error:
        if error.field != kind.word or is_for_panel():
            raise
        wrong: dict[str, Any] = {"problems": {kind.word: error.message}}
        return show_number_page(number_id, typed(kind.word, "if_match"), **wrong), error.status
    return done(whose_now(kind, number[kind.word]), outcome, url_for("pages.show_one_number", number_id=number_id))


def whose_now(kind: HolderKind, holder: dict[str, str] | None) -> str:
    """Say who of a kind has a number now."""
    if kind is AGENT:
        return f"“{holder['name']}” answers its calls now." if holder else "Nobody answers its calls now."
    return f"It belongs to “{holder['name']}” now." if holder else "It belongs to no location now."


def _chosen(name: str) -> str | int:
    """Return the id or name that was chosen, or the empty string for nobody."""
    given = request.form.get(name, "").strip()
    return min(int(given), LARGEST_ID) if given.isdecimal() else given


def _ask_before_moving(number_id: int, kind: HolderKind, chosen: str | int) -> str:
    with reading() as session:
        number, _ = read_number(session, number_id)
        holder = kind.show(kind.find(session, signed_in().who.account, chosen))
    return render_template("number/move.html", number=number, kind=kind, holder=holder)


def _ask_again(number_id: int, field: str, wanted: str) -> str:
    """Show what somebody else has made of it meanwhile, and ask whether what was chosen is still meant."""
    with reading() as session:
        number, _ = read_number(session, number_id)
    present = number[field]["name"] if isinstance(number[field], dict) else number[field]
    sent = {name: request.form[name] for name in (field, "move") if name in request.form}
    said = {"present": _quoted(present), "wanted": _quoted(wanted)}
    return render_template("number/changed.html", number=number, field=field, sent=sent, url=request.path, **said)


def _name(kind: HolderKind, chosen: str | int) -> str:
    """Return the name of a holder that was chosen, empty for nobody and for one that is gone."""
    if chosen == "":
        return ""
    with reading() as session:
        try:
            return str(kind.show(kind.find(session, signed_in().who.account, chosen))["name"])
        except NotFound:
            return ""


def _quoted(text: str | None) -> str:
    return f"“{text}”" if text else "none"
