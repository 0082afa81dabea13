"""Let people choose an agent or a location: in a drop-down, or of many by a name that is completed while they type.

Forms and addresses take either, an id or a name. Without JavaScript a name is typed as it is.
"""

from typing import Any

from flask import render_template, request
from sqlalchemy.orm import Session

from admin.pages.answers import reading
from admin.pages.guard import page, signed_in
from admin.pages.kept_form import read_search
from models import Agent, Location
from operations.errors import NotFound
from operations.finding import find_agent, find_location
from operations.named import names_of
from operations.permissions import READ

# More than these nobody reads through, and every page with a drop-down would carry them all.
MOST_IN_A_DROP_DOWN = 100
MOST_SUGGESTED = 20
KINDS: dict[str, type[Any]] = {"agents": Agent, "locations": Location}
FIND: dict[str, Any] = {"agent": find_agent, "location": find_location}


@page(f"/<any({', '.join(KINDS)}):kinds>/names", READ)
def suggest_names(kinds: str) -> str:
    """Show the first names that have in them what is being typed, for the list below the field."""
    typed = read_search(next(iter(request.args.values()), ""))
    with reading() as session:
        account_id = signed_in().who.account
        found = names_of(session, KINDS[kinds], account_id, MOST_SUGGESTED, typed)
    return render_template("holders/names.html", names=[name for _, name in found])


def holder_choices(session: Session, account_id: int) -> dict[str, list[tuple[int, str]] | None]:
    """Return the account's agents and locations by name, None for more of them than a drop-down is for."""
    found = {kinds: names_of(session, kind, account_id, MOST_IN_A_DROP_DOWN + 1) for kinds, kind in KINDS.items()}
    return {kinds: names if len(names) <= MOST_IN_A_DROP_DOWN else None for kinds, names in found.items()}


def asked_holder(session: Session, account_id: int, word: str) -> dict[str, Any] | None:
    """Return whom the address asks for as `agent` or `location`, as `holder_named` does."""
    return holder_named(session, account_id, word, request.args.get(word, ""))


def holder_named(session: Session, account_id: int, word: str, text: str) -> dict[str, Any] | None:
    """Return id and name of the `agent` or `location` that is called so or has this id; None if none is named.

    What is not there any more, or never was, has what was typed in both places.
    """
    typed = text.strip()
    if not typed:
        return None
    try:
        found = FIND[word](session, account_id, typed)
    except NotFound:
        return {"id": typed, "name": typed}
    return {"id": found.id, "name": found.name}
