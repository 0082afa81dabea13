"""Forms that are shown again, with what was typed, when they cannot be saved."""

from collections.abc import Callable, Mapping
from typing import Any

from flask import request

from admin.pages.guard import Shown
from operations.errors import Changed, Forbidden, Invalid, NotFound, OperationError
from operations.pages import LARGEST_ID

Show = Callable[..., str]
LONGEST_SEARCH = 100
# For the rules of views: a larger id is one that no database has.
ID = f"<int(max={LARGEST_ID}):"


def typed(*names: str) -> dict[str, str]:
    """Return what was typed into fields, without the space around it."""
    return {name: request.form.get(name, "").strip() for name in names}


def searched() -> str | None:
    """Return what the address or a form searches for."""
    return read_search(request.values.get("search", ""))


def read_search(text: str) -> str | None:
    """Return what is to be searched for; what nobody can have meant is nothing."""
    search = text.strip()[:LONGEST_SEARCH]
    return search if search and search.isprintable() else None


def problems_of(readers: Mapping[str, Callable[[], object]]) -> dict[str, str]:
    """Return for each field that cannot be used what is wrong with it."""
    found = {}
    for name, read in readers.items():
        try:
            read()
        except Invalid as error:
            found[name] = error.message
    return found


def keep_unless_saved(save: Callable[[], Shown], show: Show, fields: dict[str, Any], problems: dict[str, str]) -> Shown:
    """Save, or `show` the form again with what was typed, and say why: by a field, or above all of them.

    What is shown again was seen when it was seen first: only whoever was told of another's change knows of it.
    """
    if problems:
        return show(fields=fields, problems=problems, seen=request.form.get("etag")), Invalid.status
    try:
        return save()
    except Forbidden:
        raise
    except OperationError as error:
        if isinstance(error, NotFound) and error.field not in fields:
            raise
        is_changed = isinstance(error, Changed)
        told = {"seen": None if is_changed else request.form.get("etag"), "is_changed": is_changed}
        if error.field in fields:
            return show(fields=fields, problems={error.field: error.message}, **told), error.status
        return show(fields=fields, alert=error.message, **told), error.status
