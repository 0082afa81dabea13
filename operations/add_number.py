"""Add a number that the business owns at Twilio already, and point it here."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import Database, Number
from operations.changes import Changes, Who
from operations.checking import read_name, read_phone_number
from operations.dialled_numbers import check_nobody_dials
from operations.errors import Conflict, at_field
from operations.finding import find_agent, find_location
from operations.in_force import Outcome
from operations.not_available import check_is_free
from operations.number_at_twilio import TwilioFacts, label_of, read_facts, shown_settings, wrong_settings
from operations.permissions import check_may
from operations.showing import show_number
from operations.twilio_account import OwnedNumber, TwilioAccount, Webhooks
from operations.twilio_errors import TwilioProblem

ADDED = "number.added"
NOT_ASKED = "{number} was added without Twilio, which could not be asked. {problem}"
NOT_THERE = (
    "The Twilio account does not have {number}: it was added, but no call will come. Bring it into that account;"
    " `flask numbers sync --repair --only {number}` lets go of it here."
)
NOT_POINTED_HERE = "{number} was added, but it is not certain that its calls come here: {problem}"
SYNC_LATER = " `flask numbers sync` tells what is to be done at Twilio, and does it with --repair."


def add_number(
    changes: Changes,
    who: Who,
    phone_number: str,
    agent: str | int | None = None,
    location: str | int | None = None,
    label: str = "",
    status: str = "active",
    *,
    twilio: TwilioAccount | None = None,
    webhooks: Webhooks | None = None,
) -> tuple[dict[str, Any], Outcome]:
    """Take a number (E.164) into the account, and give it to an agent and a location, by name or id.

    Raises Conflict if it is live in this or another account, or if its release is not finished.

    With `twilio` its facts are looked up there, the friendly name becomes its label if none is given, and its
    `webhooks` are set to ours. Whatever Twilio answers, the number is added; the outcome warns of what is left to do.
    """
    check_may(who.role, ADDED)
    wanted = read_phone_number(phone_number)
    with at_field("label"):
        label = read_name(label, "a label") if label else ""
    found = _look(changes.database, twilio, wanted) if twilio else NOT_LOOKED
    account_id = who.account
    with changes.making(who, ADDED) as draft:
        _check_may_be_added(draft.session, who, wanted, found)
        number = Number(account_id=account_id, phone_number=wanted, status=status)
        number.label = label or (label_of(found.owned) if found.owned else "")
        number.agent = find_agent(draft.session, account_id, agent) if agent else None
        number.location = find_location(draft.session, account_id, location) if location else None
        if found.facts:
            found.facts.remember(number)
        draft.session.add(number)
        draft.session.flush()
        before = {"at_twilio": shown_settings(found.owned)} if found.owned else None
        draft.record([wanted], before, show_number(number))
    outcome = draft.outcome.warning(*found.warnings)
    if twilio and webhooks and found.owned:
        outcome = _point_here(outcome, found.owned, twilio, webhooks)
    return show_number(number), outcome


@dataclass(frozen=True, slots=True)
class Found:
    """A number as Twilio has it, or why that is not known. `times_freed` is how often it had been given back then."""

    owned: OwnedNumber | None = None
    facts: TwilioFacts | None = None
    warnings: tuple[str, ...] = ()
    times_freed: int = 0


NOT_LOOKED = Found()


def _look(database: Database, twilio: TwilioAccount, phone_number: str) -> Found:
    with database.reading() as session:
        times_freed = _count_freed(session, phone_number)
    try:
        owned = twilio.find(phone_number)
    except TwilioProblem as problem:
        return Found(warnings=(NOT_ASKED.format(number=phone_number, problem=problem.message) + SYNC_LATER,))
    if owned is None:
        return Found(warnings=(NOT_THERE.format(number=phone_number),))
    return Found(owned, read_facts(database, twilio, owned), times_freed=times_freed)


def _check_may_be_added(session: Session, who: Who, phone_number: str, found: Found) -> None:
    check_is_free(session, who, phone_number)
    check_nobody_dials(session, who.account, phone_number)
    if found.owned and _count_freed(session, phone_number) != found.times_freed:
        raise Conflict("number_released", f"{phone_number} was given back to Twilio just now. Please look again.")


def _count_freed(session: Session, phone_number: str) -> int:
    """Return how often a number was given back to Twilio: if it grew, what Twilio said before is not true any more."""
    freed = select(func.count()).where(Number.phone_number == phone_number, Number.charged_until.is_not(None))
    return session.scalar(freed) or 0


def _point_here(outcome: Outcome, owned: OwnedNumber, twilio: TwilioAccount, webhooks: Webhooks) -> Outcome:
    """Set a number's webhooks to ours, now that its addition is in force; return the outcome, with a warning if not.

    In this order no call is lost: until Twilio has changed over, calls go where they went; afterwards every host knows
    the number. The other way round a host would refuse calls to a number that it has not heard of. For the same reason
    nothing is changed at Twilio while a host has not confirmed.
    """
    if not any(wrong_settings(owned, webhooks)):
        return outcome
    if outcome.in_force:
        try:
            twilio.configure(owned.sid, webhooks)
            return outcome
        except TwilioProblem as refusal:
            problem = refusal.message
    else:
        problem = "the hosts named have to know it first."
    return outcome.warning(NOT_POINTED_HERE.format(number=owned.phone_number, problem=problem) + SYNC_LATER)
