"""Tell what a phone number was at a moment of the past: whose, in which state, with which agent and location.

The rows of numbers tell whose it was and when; what they were in between is in the audit trail, which shows a number as
each of its changes left it. What a number is today says nothing about it.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Change, ChangedNumber, Number
from operations.change_differences import pairs

# A change is in force on every host up to 2 s after it was made (`changes.py`), and Twilio tells whole seconds.
BLUR = timedelta(seconds=3)
# These show a number as it was looked at before Twilio was asked, which something else may have changed since.
SHOW_IT_LATE = ("number.synced",)
AGENT_EDITED, LOCATION_EDITED = "agent.edited", "location.edited"


@dataclass(frozen=True, slots=True)
class HadNumber:
    """One time of having a phone number, in an account: a row of `numbers`."""

    number_id: int
    account_id: int
    sid: str | None
    purchased_at: datetime


@dataclass(frozen=True, slots=True)
class NumberThen:
    """What a number was from change `change` on."""

    since: datetime
    change: int
    status: str
    agent_id: int | None
    agent_name: str | None
    location_id: int | None
    location_name: str | None
    paused_treatment: str | None


Had = dict[str, list[HadNumber]]
History = dict[int, list[NumberThen]]


def read_numbers_had(session: Session, phone_numbers: Collection[str]) -> Had:
    """Return of those phone numbers (E.164) which any account has or had each time it was had, the first one first."""
    columns = (Number.phone_number, Number.id, Number.account_id, Number.sid, Number.purchased_at)
    had: Had = {}
    query = select(*columns).where(Number.phone_number.in_(phone_numbers)).order_by(Number.id)
    for phone_number, number_id, account_id, sid, purchased_at in session.execute(query):
        had.setdefault(phone_number, []).append(HadNumber(number_id, account_id, sid, purchased_at))
    return had


def had_at(rows: list[HadNumber], sid: str | None, at: datetime) -> HadNumber | None:
    """Return which time of having it a moment belongs to, None before the first one.

    A released number stays that of whoever had it last. Twilio's `sid`, which every purchase has anew, decides where it
    is known.
    """
    begun = [row for row in rows if row.purchased_at <= at + BLUR]
    by_sid = [row for row in begun if sid is not None and row.sid == sid]
    return next(reversed(by_sid or begun), None)


def read_history(session: Session, phone_numbers: Collection[str], until: datetime) -> History:
    """Return by number id what the numbers were one after another, from the audit trail up to a moment."""
    named = select(ChangedNumber.n).where(ChangedNumber.phone_number.in_(phone_numbers))
    query = (
        select(Change.n, Change.made_at, Change.action, Change.before, Change.after)
        .where(Change.n.in_(named), Change.made_at <= until + BLUR, Change.action.not_in(SHOW_IT_LATE))
        .order_by(Change.n)
        .execution_options(yield_per=50)
    )
    history: History = {}
    for n, made_at, action, before, after in session.execute(query):
        if action in (AGENT_EDITED, LOCATION_EDITED):
            _rename(history, action, after or {}, n, made_at)
        else:
            _follow(history, pairs(before, after), set(phone_numbers), n, made_at)
    return history


def states_around(states: list[NumberThen], at: datetime) -> list[NumberThen]:
    """Return what a number may have been for a call at a moment, the likeliest first; empty if nothing tells."""
    begun = [state for state in states if state.since <= at]
    before = [state for state in states if state.since <= at - BLUR]
    nearby = states[max(len(before) - 1, 0) : len([state for state in states if state.since <= at + BLUR])]
    return sorted(nearby, key=lambda state: not (begun and state is begun[-1]))


def _follow(
    history: History, shown: list[tuple[dict[str, Any], dict[str, Any]]], wanted: set[str], n: int, made_at: datetime
) -> None:
    """Add what a change left of the numbers that it shows."""
    for _, now in shown:
        if now.get("phone_number") in wanted and "receiving_calls" in now:
            history.setdefault(now["id"], []).append(_state(now, n, made_at))


def _state(shown: dict[str, Any], n: int, made_at: datetime) -> NumberThen:
    agent, location, paused = shown["agent"] or {}, shown["location"] or {}, shown.get("paused") or {}
    return NumberThen(
        since=made_at,
        change=n,
        status=shown["status"],
        agent_id=agent.get("id"),
        agent_name=agent.get("name"),
        location_id=location.get("id"),
        location_name=location.get("name"),
        paused_treatment=paused.get("treatment"),
    )


def _rename(history: History, action: str, edited: dict[str, Any], n: int, made_at: datetime) -> None:
    """Give the numbers of an agent or location its new name from this change on."""
    for states in history.values():
        last = replace(states[-1], since=made_at, change=n)
        if action == AGENT_EDITED and last.agent_id == edited.get("id"):
            states.append(replace(last, agent_name=edited.get("name")))
        elif action == LOCATION_EDITED and last.location_id == edited.get("id"):
            states.append(replace(last, location_name=edited.get("name")))
