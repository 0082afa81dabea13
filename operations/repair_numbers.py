"""Repair a difference between our numbers and Twilio's: look at both sides again, then change the one that is wrong.

Each repair may be done twice, and beside anybody's other work: what is wrong by then is found out anew, under the
change counter's lock where it is a fact of ours.
"""

from typing import Any

from models import Number
from operations.changes import Changes, Who
from operations.errors import Conflict, Invalid
from operations.finding import find_number
from operations.in_force import Outcome
from operations.number_at_twilio import read_facts, shown_settings, wrong_settings
from operations.permissions import check_may
from operations.release_number import release_number
from operations.showing import show_number
from operations.sync_numbers import (
    GONE_AT_TWILIO,
    OVERRIDDEN,
    REPAIRS,
    SID_DIFFERS,
    SID_MISSING,
    WRONG_WEBHOOKS,
)
from operations.twilio_account import OwnedNumber, TwilioAccount, Webhooks
from routing.route_queries import read_last_change

SYNCED = "number.synced"
# What --repair may repair without anybody deciding anything: nothing is released, nobody gets a number.
REPAIRED_ALONE = (WRONG_WEBHOOKS, OVERRIDDEN, SID_MISSING, SID_DIFFERS)
REASON = "gone at Twilio"
HINTS = {
    "take_over": "Take the number over with: flask numbers add +1… --agent NAME",
    "finish": "It is finished by itself, and by `flask numbers sync`.",
}


def repair_number(
    changes: Changes, who: Who, twilio: TwilioAccount, webhooks: Webhooks, kind: str, number: str | int
) -> tuple[dict[str, Any], Outcome]:
    """Repair one kind of difference of a number of the account; one that is no more is confirmed.

    Raises NotFound, Invalid for a kind that is not to be repaired so, Conflict if the number is not in the state for it
    or its route is not in force everywhere, and TwilioProblem.
    """
    check_may(who.role, SYNCED)
    if kind not in REPAIRS:
        raise Invalid(f"A kind of difference is one of: {', '.join(REPAIRS)}.")
    if kind in (WRONG_WEBHOOKS, OVERRIDDEN):
        return _configure(changes, who, twilio, webhooks, number)
    if kind in (SID_MISSING, SID_DIFFERS):
        return _remember_sid(changes, who, twilio, number)
    if kind == GONE_AT_TWILIO:
        return _release_what_is_gone(changes, who, twilio, number)
    raise Invalid(f"A difference of the kind {kind} is not repaired this way. {HINTS[REPAIRS[kind]]}")


def _configure(
    changes: Changes, who: Who, twilio: TwilioAccount, webhooks: Webhooks, number: str | int
) -> tuple[dict[str, Any], Outcome]:
    """Point a number's calls here; not before every host knows it, because one that does not would refuse them."""
    found = _read_live(changes, who, number)
    owned = _must_be_at_twilio(twilio, found)
    with changes.database.reading() as session:
        last = read_last_change(session).n
    outcome = changes.confirm(last)
    if not outcome.in_force:
        waiting = ", ".join(outcome.unconfirmed)
        raise Conflict("not_in_force", f"Not every host knows {found.phone_number} yet; waiting for {waiting}.")
    if not any(wrong_settings(owned, webhooks)):
        return show_number(found), outcome
    after = twilio.configure(owned.sid, webhooks)
    shown = show_number(found)
    with changes.making(who, SYNCED) as draft:
        was, is_now = (shown | {"at_twilio": shown_settings(one)} for one in (owned, after))
        draft.record([found.phone_number], was, is_now)
    return shown, draft.outcome


def _remember_sid(
    changes: Changes, who: Who, twilio: TwilioAccount, number: str | int
) -> tuple[dict[str, Any], Outcome]:
    """Know a number by the SID that it has at Twilio now, without which it could not be released there."""
    owned = _must_be_at_twilio(twilio, _read_live(changes, who, number))
    facts = read_facts(changes.database, twilio, owned)
    with changes.making(who, SYNCED) as draft:
        found = find_number(draft.session, who.account, number)
        _check_is_live(found)
        before = show_number(found) | {"sid": found.sid}
        facts.remember(found)
        after = show_number(found)
        if after | {"sid": found.sid} != before:
            draft.record([found.phone_number], before, after | {"sid": found.sid})
    return after, draft.outcome


def _release_what_is_gone(
    changes: Changes, who: Who, twilio: TwilioAccount, number: str | int
) -> tuple[dict[str, Any], Outcome]:
    found = _read_live(changes, who, number)
    if twilio.find(found.phone_number) or (found.sid and twilio.read(found.sid)):
        raise Conflict("number_at_twilio", f"The Twilio account has {found.phone_number}; nothing was released.")
    return release_number(changes, who, found.id, REASON, twilio=twilio)


def _read_live(changes: Changes, who: Who, number: str | int) -> Number:
    with changes.database.reading() as session:
        found = find_number(session, who.account, number)
    _check_is_live(found)
    return found


def _check_is_live(number: Number) -> None:
    if number.status == "released":
        raise Conflict("number_released", f"{number.phone_number} was released.")


def _must_be_at_twilio(twilio: TwilioAccount, number: Number) -> OwnedNumber:
    owned = twilio.find(number.phone_number)
    if owned is None:
        raise Conflict("number_not_at_twilio", f"The Twilio account does not have {number.phone_number}.")
    return owned
