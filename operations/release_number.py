"""Release a number: its calls stop on every host first, then Twilio gets it back, and its row stays for its history."""

from datetime import UTC, datetime
from typing import Any

from models import Number
from operations.changes import Changes, Who
from operations.checking import read_phone_number, read_reason
from operations.errors import Conflict, Invalid
from operations.finding import find_number
from operations.finish_releases import give_back
from operations.in_force import Outcome
from operations.showing import check_is_unchanged, show_number
from operations.twilio_account import TwilioAccount
from operations.twilio_errors import TwilioProblem

FREED_LATER = "{number} takes no calls any more, but is not given back to Twilio yet, which charges for it until then: "
TRIED_AGAIN = " This is tried again by itself, and by `flask numbers sync`."


def release_number(
    changes: Changes,
    who: Who,
    number: str | int,
    reason: str | None = None,
    *,
    twilio: TwilioAccount | None = None,
    confirm: str | None = None,
    if_match: str | None = None,
) -> tuple[dict[str, Any], Outcome]:
    """Release a number for good; raises NotFound, or Conflict if it is released already or its purchase is open.

    `confirm` is what a person typed to show that this number is meant; raises Invalid if it is another one.

    Twilio is only asked to delete the number when its release is in force: until then a host may still hand calls over,
    and they must come. Whatever Twilio answers, the release stands; until Twilio has confirmed it, `charged_until` is
    None, the outcome has a warning, and `finish_releases` goes on with it. Without `twilio` that is left to it at once.

    Lines that forward here stay registered on the released row: they are part of its history, and the business has to
    redirect them at its carrier anyway.
    """
    reason = read_reason(reason)
    with changes.making(who, "number.released") as draft:
        found = find_number(draft.session, who.account, number)
        _check_may_be_released(found, confirm)
        before = show_number(found)
        check_is_unchanged(before, if_match)
        _take_out_of_service(found)
        draft.session.flush()
        draft.record([found.phone_number], before, show_number(found), reason)
    if twilio is None:
        return show_number(found), draft.outcome
    return _give_back(changes, who, found, draft.outcome, twilio)


def is_confirmed(phone_number: str, typed: str) -> bool:
    """Tell whether somebody typed this very number (E.164), in whatever way numbers are written."""
    try:
        return read_phone_number(typed) == phone_number
    except Invalid:
        return False


def _check_may_be_released(number: Number, confirm: str | None) -> None:
    if confirm is not None and not is_confirmed(number.phone_number, confirm):
        raise Invalid(f"To release {number.phone_number}, confirm it with this very number. Nothing was done.")
    if number.status == "released":
        waits = "" if number.charged_until else " Twilio has not confirmed it yet; this is tried again by itself."
        raise Conflict("number_already_released", f"{number.phone_number} was released already.{waits}")
    if number.status == "pending" and number.sid is None:
        sentence = f"{number.phone_number} is still being bought; it can be released once Twilio has sold it."
        raise Conflict("number_pending", sentence)


def _take_out_of_service(number: Number) -> None:
    number.status = "released"
    number.released_at = datetime.now(UTC)
    number.agent = number.location = None
    number.paused_treatment = number.paused_message = number.paused_forward_to = number.resume_at = None


def _give_back(
    changes: Changes, who: Who, number: Number, outcome: Outcome, twilio: TwilioAccount
) -> tuple[dict[str, Any], Outcome]:
    later = FREED_LATER.format(number=number.phone_number)
    if not outcome.in_force:
        return show_number(number), outcome.warning(f"{later}the hosts named have to confirm first.{TRIED_AGAIN}")
    try:
        return give_back(changes, who, number.id, twilio), outcome
    except TwilioProblem as problem:
        return show_number(number), outcome.warning(later + problem.message + TRIED_AGAIN)
