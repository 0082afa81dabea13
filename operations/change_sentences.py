"""Say in a sentence what a change was: who did what to what, and why. One sentence for every action of the table."""

from collections.abc import Callable, Mapping
from typing import Any

from operations.assignment_sentences import say_assignments
from operations.change_differences import differences, pairs
from operations.permissions import READ, ROLE_NAMES
from operations.written_moments import write_moment
from operations.written_numbers import write_number, write_numbers

Row = Mapping[str, Any]
Say = Callable[[dict[str, Any] | None, dict[str, Any] | None], str]
WORDS = {"handoff_kind": "hand-off", "handoff_target": "target"}


def say_change(
    made_by: str,
    action: str,
    before: dict[str, Any] | None,
    after: dict[str, Any] | None,
    reason: str | None,
    timezone: str = "UTC",
) -> str:
    """Return the sentence, its moments on the clock of a timezone (IANA).

    An action that the table no longer has is said by its name.
    """
    done = _say_done(action, before, after, timezone)
    because = f", because “{reason.rstrip('.')}”" if reason else ""
    subject = made_by if "@" in made_by else f"{made_by[:1].upper()}{made_by[1:]}"
    return f"{subject} {done}{because}."


def say_what_callers_meet(pause: Row) -> str:
    """Return it as the end of a sentence about a paused number, empty for a busy tone, which is the usual."""
    match pause.get("treatment"):
        case "not_in_service":
            return "; callers hear that it is not in service"
        case "message":
            return f"; callers hear “{pause['message'].removesuffix('.')}”"
        case "forward":
            return f"; callers are forwarded to {write_number(pause['forward_to'])}"
        case _:
            return ""


def _say_done(action: str, before: dict[str, Any] | None, after: dict[str, Any] | None, timezone: str) -> str:
    if action in SENTENCES_WITH_A_MOMENT:
        return SENTENCES_WITH_A_MOMENT[action](before, after, timezone)
    return SENTENCES[action](before, after) if action in SENTENCES else f"made the change {action}"


def _numbers(before: dict[str, Any] | None, after: dict[str, Any] | None) -> str:
    return write_numbers([now or was for was, now in pairs(before, after)])


def _to_numbers(verb: str, rest: str = "") -> Say:
    return lambda before, after: f"{verb} {_numbers(before, after)}{rest}"


def _pause(before: dict[str, Any] | None, after: dict[str, Any] | None, timezone: str) -> str:
    was, now = next(iter(pairs(before, after)), ({}, {}))
    pause = now.get("paused") or {}
    verb = "changed the pause of" if was.get("status") == "paused" else "paused"
    until = f" until {write_moment(pause['resume_at'], timezone)}" if pause.get("resume_at") else ""
    return f"{verb} {_numbers(before, after)}{until}{say_what_callers_meet(pause)}"


def _purchase(before: dict[str, Any] | None, after: dict[str, Any] | None) -> str:
    number = after or {}
    price = f" for {number['monthly_price']} {number['price_unit']} a month" if number.get("monthly_price") else ""
    return f"bought {_numbers(before, after)}{price}"


def _line(verb: str) -> Say:
    def say(before: dict[str, Any] | None, after: dict[str, Any] | None) -> str:
        line = after or before or {}
        number = line.get("number") or {}
        on = f" on {write_number(number['phone_number'])}" if number else ""
        return f"{verb} the forwarded line {write_numbers([line])}{on}"

    return say


def _thing(verb: str, kind: str) -> Say:
    """Say it of something with a name, or an address."""

    def say(before: dict[str, Any] | None, after: dict[str, Any] | None) -> str:
        thing = before or after or {}
        return f"{verb} {kind} “{thing.get('name') or thing.get('email')}”"

    return say


def _deletion(kind: str) -> Say:
    """Say it of what handed its numbers on, too."""

    def say(before: dict[str, Any] | None, after: dict[str, Any] | None) -> str:
        said = _thing("deleted", kind)(before, None)
        numbers = (after or {}).get("numbers")
        if not numbers:
            return said
        heir = numbers[0].get(kind)
        where = f"to “{heir['name']}”" if heir else "to nobody"
        return f"{said}, whose {write_numbers(numbers)} went {where}"

    return say


def _edit(kind: str) -> Say:
    """Say which fields were changed, from what to what."""

    def say(before: dict[str, Any] | None, after: dict[str, Any] | None) -> str:
        changed = [
            f"{WORDS.get(row['field'], row['field'].replace('_', ' '))} from {_value(row, 'before')}"
            f" to {_value(row, 'after')}"
            for row in differences(before, after)
        ]
        return f"{_thing('edited', kind)(before, after)}: {', '.join(changed)}"

    return say


def _value(row: Row, side: str) -> str:
    value = row[side]
    if row["field"] == "role":
        return ROLE_NAMES[value]
    return "nothing" if value is None or value == "" else f"“{value}”" if isinstance(value, str) else str(value)


def _with_role(verb: str, kind: str) -> Say:
    def say(before: dict[str, Any] | None, after: dict[str, Any] | None) -> str:
        role = (after or before or {}).get("role", "")
        return f"{_thing(verb, kind)(before, after)} with the role {ROLE_NAMES.get(role, role)}"

    return say


def _recovery(before: dict[str, Any] | None, after: dict[str, Any] | None) -> str:
    left = (after or {}).get("recovery_codes", 0)
    return f"logged in with a recovery code; {left or 'none'} {'is' if left < 2 else 'are'} left"


def _purge(before: dict[str, Any] | None, after: dict[str, Any] | None, timezone: str) -> str:
    moment = (after or {}).get("received_before")
    return f"deleted the calls before {write_moment(moment, timezone)}" if moment else "deleted old calls"


SENTENCES: dict[str, Say] = {
    # Nobody records what was only read.
    READ: lambda before, after: "looked at the account",
    "number.searched": lambda before, after: "searched for numbers",
    "number.compared": lambda before, after: "compared the numbers with Twilio",
    "call.placed": lambda before, after: "placed a test call",
    "agent.tested": lambda before, after: "tried whether an agent could be reached",
    "number.assigned": say_assignments,
    "number.labelled": say_assignments,
    "number.ordered": _to_numbers("ordered"),
    "number.purchased": _purchase,
    "number.purchase_failed": _to_numbers("could not get"),
    "number.activated": _to_numbers("activated"),
    "number.added": _to_numbers("added"),
    "number.resumed": _to_numbers("resumed"),
    "number.released": _to_numbers("released"),
    "number.freed": _to_numbers("gave", " back to Twilio"),
    "number.synced": _to_numbers("made", " agree with Twilio"),
    "line.added": _line("added"),
    "line.verifying": _line("began to verify"),
    "line.verified": _line("verified"),
    "line.removed": _line("removed"),
    "agent.created": _thing("created", "agent"),
    "agent.edited": _edit("agent"),
    "agent.deleted": _deletion("agent"),
    "location.created": _thing("created", "location"),
    "location.edited": _edit("location"),
    "location.deleted": _deletion("location"),
    "user.created": _with_role("created", "user"),
    "user.edited": _edit("user"),
    "user.password_set": _thing("made a new password for", "user"),
    "user.password_changed": _thing("changed the password of", "user"),
    "user.second_factor_on": _thing("turned on the second factor of", "user"),
    "user.second_factor_off": _thing("turned off the second factor of", "user"),
    "user.second_factor_reset": _thing("took the second factor away from", "user"),
    "user.recovery_code_used": _recovery,
    "user.deleted": _thing("deleted", "user"),
    "token.created": _with_role("created", "token"),
    "token.revoked": _thing("revoked", "token"),
    "account.edited": _edit("account"),
    "account.created": _thing("created", "account"),
    "host.removed": _thing("removed", "host"),
}
SENTENCES_WITH_A_MOMENT: dict[str, Callable[[dict[str, Any] | None, dict[str, Any] | None, str], str]] = {
    "number.paused": _pause,
    "calls.purged": _purge,
}
