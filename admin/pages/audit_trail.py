"""The audit trail: who changed what, in sentences, and each change with what was before and after."""

from collections.abc import Iterator
from typing import Any

from flask import render_template, request

from admin.pages.answers import international, reading
from admin.pages.clock import viewers_timezone
from admin.pages.guard import changes, page, signed_in
from operations.change_differences import DERIVED, pairs
from operations.days import read_days
from operations.errors import Invalid
from operations.list_changes import ChangeFilters, get_change
from operations.list_changes import list_changes as read_changes
from operations.pages import LARGEST_ID, Page
from operations.permissions import LEAST_ROLES, READ

FILTERS = ("number", "action", "made_by", "from", "until")
MOST_SHOWN = 500
# What people call the actions of the table, where its own word would not do.
KINDS = {"line": "forwarded line", "calls": "call records"}


@page("/settings/changes", READ)
def list_changes() -> str | tuple[str, int]:
    """Show a page of the changes that are asked for, newest first; a filter that cannot be read is said above it."""
    timezone, problem, found = viewers_timezone(), None, Page([])
    try:
        with reading() as session:
            account_id, cursor = signed_in().who.account, request.args.get("cursor")
            found = read_changes(session, account_id, _filters(timezone), cursor, timezone=timezone)
    except Invalid as error:
        problem = error.message
    shown = render_template(
        "settings/changes.html",
        changes=found,
        problem=problem,
        timezone=timezone,
        asked=_asked(),
        action_choices=_action_choices(),
    )
    return shown if problem is None else (shown, Invalid.status)


@page(f"/settings/changes/<int(max={LARGEST_ID}):n>", READ)
def show_change(n: int) -> str:
    """Show a change, and whether it is in force on every server by now."""
    timezone = viewers_timezone()
    with reading() as session:
        change = get_change(session, signed_in().who.account, n, timezone)
    rows = change["changed"] or list(_whole(change))
    return render_template(
        "settings/change.html",
        change=change,
        rows=rows[:MOST_SHOWN],
        left_out=len(rows[MOST_SHOWN:]),
        unconfirmed=changes().hosts_without(n),
        timezone=timezone,
    )


def _asked() -> dict[str, str]:
    return {name: text for name in FILTERS if (text := request.args.get(name, "").strip())}


def _filters(timezone: str) -> ChangeFilters:
    """Read the filters of the address; days are those of the viewer's clock. Raises Invalid."""
    asked = _asked()
    number, since, until = asked.get("number"), asked.get("from"), asked.get("until")
    return ChangeFilters(
        number=international(number) if number else None,
        action=asked.get("action"),
        made_by=asked.get("made_by"),
        since=read_days(since, since, timezone)[0].begins.isoformat() if since else None,
        until=read_days(until, until, timezone)[0].ends.isoformat() if until else None,
    )


def _action_choices() -> list[tuple[str, str]]:
    """Return the kinds of things and, below each, its actions; what only looks is no change."""
    actions = [action for action in LEAST_ROLES if action != READ]
    kinds = dict.fromkeys(action.partition(".")[0] for action in actions)
    choices: list[tuple[str, str]] = []
    for kind in kinds:
        name = KINDS.get(kind, kind)
        choices.append((kind, f"{name}: anything"))
        verbs = [action.partition(".")[2] for action in actions if action.startswith(f"{kind}.")]
        choices += [(f"{kind}.{verb}", f"{name} {verb.replace('_', ' ')}") for verb in verbs]
    return choices


def _whole(change: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield what is known of something that was created or deleted, with nothing on the other side."""
    for was, now in pairs(change["before"], change["after"]):
        of = (now or was).get("phone_number") if "numbers" in (change["after"] or change["before"] or {}) else None
        for field, value in (now or was).items():
            if field not in DERIVED and value not in (None, ""):
                yield {"of": of, "field": field, "before": was.get(field), "after": now.get(field)}
