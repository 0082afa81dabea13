"""Give released numbers back to Twilio, until Twilio has confirmed each.

A DELETE must never hit a number that somebody has bought again meanwhile. It cannot, because:

* It names a `sid`, which is one purchase and not the phone number. Twilio sells a phone number again only after the
  DELETE of its last purchase; the new purchase has another sid, and a repeated DELETE of the old one is a 404.
* While a release is unfinished, nobody here takes the phone number over or buys it (`open_release_of`, asked
  in the transaction that would create the row; all changes happen one after another). Twilio would answer such a
  purchase by handing out the old sid again (https://github.com/danielberkompas/ex_twilio/pull/116).
* A number whose sid nobody knew when it was released is looked up first. What is found is only taken for the released
  number if no other row here, of whatever account and status, has that sid, no live one has the phone number, and it
  was not bought after the release; this is decided and written down under the change counter's lock.

Two hosts may do all this side by side: the second DELETE is a 404, the second note finds that there is nothing to do.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import structlog
from sqlalchemy import exists, select
from sqlalchemy.orm import Session, aliased

from models import Database, Number
from operations.changes import Changes, Who
from operations.finding import find_number
from operations.permissions import SYSTEM
from operations.showing import show_number
from operations.twilio_account import OwnedNumber, TwilioAccount
from operations.twilio_errors import TwilioProblem, TwilioRefused
from routing.route_queries import read_last_change

log = structlog.get_logger()
MADE_BY = "housekeeper"
FAILURES_THAT_END_A_ROUND = 3
IS_OPEN = (Number.status == "released", Number.charged_until.is_(None))


@dataclass(frozen=True, slots=True)
class OpenRelease:
    """A number (E.164) that is released here and not yet given back to Twilio; `problem` says why in a sentence."""

    account_id: int
    number_id: int
    phone_number: str
    problem: str = ""


def finish_releases(changes: Changes, twilio: TwilioAccount) -> list[OpenRelease]:
    """Give back whatever is released and not yet given back; return what is still open after that.

    Each release is confirmed to be in force before Twilio is told. Twilio's refusals are passed over; after a few
    failures in a row the round ends, because Twilio is away. The order is random, so that a number with which Twilio
    fails every time does not keep the others waiting.
    """
    waiting = list_open_releases(changes.database)
    if not waiting:
        return []
    with changes.database.reading() as session:
        last = read_last_change(session).n
    outcome = changes.confirm(last)
    if not outcome.in_force:
        sentence = f"It is not certain that its calls have stopped on: {', '.join(outcome.unconfirmed)}."
        return [replace(release, problem=sentence) for release in waiting]
    random.shuffle(waiting)
    return _give_all_back(changes, twilio, waiting)


def _give_all_back(changes: Changes, twilio: TwilioAccount, waiting: Sequence[OpenRelease]) -> list[OpenRelease]:
    still_open, failures, problem = [], 0, ""
    for release in waiting:
        if failures < FAILURES_THAT_END_A_ROUND:
            problem, is_failure = _try_to_give_back(changes, twilio, release)
            failures = failures + 1 if is_failure else 0
        if problem:
            still_open.append(replace(release, problem=problem))
    return sorted(still_open, key=lambda release: release.phone_number)


def _try_to_give_back(changes: Changes, twilio: TwilioAccount, release: OpenRelease) -> tuple[str, bool]:
    """Return what Twilio had against it, and whether that may be because Twilio is away."""
    try:
        give_back(changes, Who(release.account_id, MADE_BY, SYSTEM), release.number_id, twilio)
    except TwilioProblem as problem:
        log.warning("number not given back", number_id=release.number_id, problem=problem.code)
        return problem.message, not isinstance(problem, TwilioRefused)
    return "", False


def list_open_releases(database: Database) -> list[OpenRelease]:
    """Return every release that Twilio has not confirmed, of all accounts, by phone number."""
    columns = (Number.account_id, Number.id, Number.phone_number)
    with database.reading() as session:
        rows = session.execute(select(*columns).where(*IS_OPEN).order_by(Number.phone_number)).all()
    return [OpenRelease(*row) for row in rows]


def open_release_of(session: Session, phone_number: str) -> int | None:
    """Return which account has released a number (E.164) that Twilio may still be about to delete; None if nobody."""
    is_it = (Number.phone_number == phone_number, Number.sid.is_not(None), *IS_OPEN)
    return session.scalar(select(Number.account_id).where(*is_it).limit(1))


def give_back(changes: Changes, who: Who, number_id: int, twilio: TwilioAccount) -> dict[str, Any]:
    """Delete at Twilio a number whose release is in force, and note that it is not charged any more.

    Raises TwilioProblem when Twilio has not confirmed it: repeat it then. One that is gone already is done.
    """
    sid = _read_sid(changes.database, number_id) or _look_sid_up(changes, who, number_id, twilio)
    if sid is not None:
        twilio.release(sid)
    with changes.making(who, "number.freed") as draft:
        number = find_number(draft.session, who.account, number_id)
        before = show_number(number)
        if number.charged_until is None:
            number.charged_until = datetime.now(UTC)
            draft.record([number.phone_number], before, show_number(number))
        after = show_number(number)
    return after


def _read_sid(database: Database, number_id: int) -> str | None:
    """Return the sid to delete, None for a number whose sid nobody knows."""
    with database.reading() as session:
        return session.scalar(select(Number.sid).where(Number.id == number_id))


def _look_sid_up(changes: Changes, who: Who, number_id: int, twilio: TwilioAccount) -> str | None:
    """Remember the sid of a released number that was added without Twilio; None if Twilio has it not, or as another."""
    with changes.database.reading() as session:
        phone_number = find_number(session, who.account, number_id).phone_number
    owned = twilio.find(phone_number)
    if owned is None:
        return None
    with changes.making(who, "number.synced") as draft:
        number = find_number(draft.session, who.account, number_id)
        if number.sid is None and _is_the_released_one(draft.session, number, owned):
            shown = show_number(number)
            number.sid = owned.sid
            draft.record([phone_number], shown | {"sid": None}, shown | {"sid": owned.sid})
        sid = number.sid
    return sid


def _is_the_released_one(session: Session, number: Number, owned: OwnedNumber) -> bool:
    other = aliased(Number)
    is_anothers = (other.sid == owned.sid) | (
        (other.phone_number == number.phone_number) & (other.status != "released")
    )
    is_bought_later = bool(number.released_at and owned.created_at and owned.created_at > number.released_at)
    return not is_bought_later and not session.scalar(select(exists().where(other.id != number.id, is_anothers)))
