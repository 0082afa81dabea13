"""Take over many numbers at once: first say what would happen to each, then do it one whole number after another."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from models import Agent, Database, Location, Number
from operations.add_number import add_number
from operations.changes import Changes, Who
from operations.in_force import Outcome
from operations.read_numbers_csv import NumberRow, WrongLine
from operations.twilio_account import OwnedNumber, TwilioAccount, Webhooks
from operations.twilio_errors import TwilioProblem

ADD, NOTHING = "add", "nothing"


@dataclass(frozen=True, slots=True)
class PlannedRow:
    """A row, what is to be done (add, or nothing because it was done before), and where its calls go now and then.

    `voice_url_now` is None for a number that Twilio does not have, or of which nobody knows.
    """

    row: NumberRow
    action: str
    voice_url_now: str | None
    voice_url_then: str | None

    def show(self) -> dict[str, Any]:
        """Show it to programs and people."""
        return {
            "line": self.row.line,
            "phone_number": self.row.phone_number,
            "agent": self.row.agent or None,
            "location": self.row.location or None,
            "label": self.row.label or None,
            "action": self.action,
            "voice_url_now": self.voice_url_now,
            "voice_url_then": self.voice_url_then,
        }


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """What an import would do. It is only done if nothing is `wrong`; `problem` is why Twilio could not be asked."""

    rows: tuple[PlannedRow, ...]
    wrong: tuple[WrongLine, ...]
    problem: str | None = None


def plan_import(
    database: Database,
    twilio: TwilioAccount,
    webhooks: Webhooks,
    account_id: int,
    rows: Sequence[NumberRow],
    advance: Callable[[int], object] = int,
) -> ImportPlan:
    """Find out what an import would do, in one pass over Twilio's numbers and one over ours; change nothing.

    A row that was imported before, as it would be today, is nothing to do: so an import that was broken off can be
    repeated. `advance` is told of each number that was read from Twilio.
    """
    there, problem = _read_twilio(twilio, {row.phone_number for row in rows}, advance)
    planned, wrong = [], []
    with database.reading() as session:
        facts = _read_facts(session, account_id)
    for row in rows:
        if sentence := facts.problem_of(row):
            wrong.append(WrongLine(row.line, sentence))
        else:
            planned.append(_plan(row, facts, there, webhooks))
    return ImportPlan(tuple(planned), tuple(wrong), problem)


def import_row(
    changes: Changes, who: Who, twilio: TwilioAccount, webhooks: Webhooks, planned: PlannedRow
) -> tuple[dict[str, Any], Outcome]:
    """Take one number over as planned; raises what `add_number` does. Twilio is asked for what it was seen to have."""
    row = planned.row
    asked = twilio if planned.voice_url_now is not None else None
    return add_number(
        changes,
        who,
        row.phone_number,
        row.agent or None,
        row.location or None,
        row.label,
        twilio=asked,
        webhooks=webhooks,
    )


@dataclass(frozen=True, slots=True)
class OurFacts:
    """What rows are held against: names and ids of agents and locations, who has a number, which are being released."""

    account_id: int
    agents: frozenset[str]
    locations: frozenset[str]
    live: Mapping[str, Number]
    being_released: frozenset[str]

    def problem_of(self, row: NumberRow) -> str | None:
        """Return what is wrong with a row, in a sentence."""
        number = row.phone_number
        if row.agent and row.agent not in self.agents:
            return f"There is no agent “{row.agent[:100]}”."
        if row.location and row.location not in self.locations:
            return f"There is no location “{row.location[:100]}”."
        if number in self.being_released:
            return f"{number} is still being released at Twilio."
        holder = self.live.get(number)
        if holder is not None and holder.account_id != self.account_id:
            return f"{number} is in use in another account."
        if holder is not None and not self.is_there_already(row):
            return f"{number} is in this account already, with another agent, location or label."
        return None

    def is_there_already(self, row: NumberRow) -> bool:
        """Tell whether the account has the number as the row wants it; an empty cell wants nothing."""
        number = self.live.get(row.phone_number)
        if number is None or number.account_id != self.account_id:
            return False
        return (
            row.label in ("", number.label)
            and _is_named(number.agent, row.agent)
            and _is_named(number.location, row.location)
        )


def _is_named(holder: Agent | Location | None, name: str) -> bool:
    return not name or (holder is not None and name in (holder.name, str(holder.id)))


def _plan(row: NumberRow, facts: OurFacts, there: Mapping[str, OwnedNumber], webhooks: Webhooks) -> PlannedRow:
    owned = there.get(row.phone_number)
    now = owned.voice_url if owned else None
    if facts.is_there_already(row):
        return PlannedRow(row, NOTHING, now, now)
    return PlannedRow(row, ADD, now, webhooks.voice_url if owned else None)


def _read_twilio(
    twilio: TwilioAccount, wanted: set[str], advance: Callable[[int], object]
) -> tuple[dict[str, OwnedNumber], str | None]:
    there = {}
    try:
        for owned in twilio.every_number():
            advance(1)
            if owned.phone_number in wanted:
                there[owned.phone_number] = owned
    except TwilioProblem as problem:
        return {}, problem.message
    return there, None


def _read_facts(session: Session, account_id: int) -> OurFacts:
    numbers = select(Number).options(joinedload(Number.agent), joinedload(Number.location))
    is_open = (Number.status == "released", Number.charged_until.is_(None), Number.sid.is_not(None))
    return OurFacts(
        account_id,
        _names_of(session, Agent, account_id),
        _names_of(session, Location, account_id),
        {number.phone_number: number for number in session.scalars(numbers.where(Number.status != "released"))},
        frozenset(session.scalars(select(Number.phone_number).where(*is_open))),
    )


def _names_of(session: Session, kind: type[Agent] | type[Location], account_id: int) -> frozenset[str]:
    rows = session.execute(select(kind.id, kind.name).where(kind.account_id == account_id)).all()
    return frozenset(str(each) for row in rows for each in row)
