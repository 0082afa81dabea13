"""Refuse what would make calls go round in a circle or cost a fortune, before it is stored.

Both ways: a telephone that is to be dialled must not be ours or forward here, and a number or line that is to be ours
must not be dialled by the account already. (What other accounts dial is neither told nor a reason to refuse a number;
their calls are looked after when they are dialled, as all are: `routing/dialling.py`.)
"""

from collections.abc import Sequence

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from models import Account, Agent, ForwardedLine, Number
from operations.errors import Conflict, Invalid
from routing.dialling import why_costly


def check_may_be_dialled(session: Session, phone_number: str, answering: Sequence[int] = ()) -> None:
    """Raise Invalid for a costly number, Conflict for one of ours or a line that forwards to one of these numbers.

    `answering` are the ids of the numbers whose calls would be put through to `phone_number` (E.164).
    """
    if kind := why_costly(phone_number):
        raise Invalid(f"{phone_number} is {kind}, and calls are never put through to one. Name an ordinary telephone.")
    if session.scalar(select(Number.id).where(Number.phone_number == phone_number, Number.status != "released")):
        raise Conflict(
            "dials_own_number",
            f"{phone_number} is one of our own numbers: a call that is put through to it would come back here. Assign"
            " the number to the agent that should answer instead.",
        )
    _check_does_not_forward(session, [phone_number], answering)


def check_agent_may_answer(session: Session, agent: Agent, numbers: Sequence[Number]) -> None:
    """Raise Conflict when a telephone that the agent dials forwards to one of these numbers."""
    _check_does_not_forward(session, list(dialled_by(agent).values()), [number.id for number in numbers])


def check_nobody_dials(session: Session, account_id: int, phone_number: str) -> None:
    """Raise Conflict when a number that is to be the account's is dialled by it already, or is a line of its own."""
    if agent := session.scalars(_agents_who_dial(account_id, phone_number)).first():
        raise Conflict(
            "number_is_dialled",
            f"“{agent}” puts calls through to {phone_number}: once it is a number of ours they would come back here."
            " Give the agent another telephone first.",
        )
    if paused := session.scalars(_pauses_that_forward(account_id, phone_number)).first():
        raise Conflict(
            "number_is_dialled",
            f"{paused} is paused and forwards its callers to {phone_number}: they would come back here. Pause it"
            " otherwise first.",
        )
    check_pauses_do_not_forward(session, account_id, phone_number)
    lines = select(Number.phone_number).join(ForwardedLine, ForwardedLine.number_id == Number.id)
    mine = lines.where(ForwardedLine.account_id == account_id, ForwardedLine.phone_number == phone_number)
    mine = mine.where(Number.status != "released")
    if target := session.scalars(mine).first():
        raise Conflict(
            "number_is_a_line",
            f"{phone_number} is registered as a line that forwards to {target}. Remove the line there first.",
        )


def check_pauses_do_not_forward(session: Session, account_id: int, phone_number: str) -> None:
    """Raise Conflict when pauses usually forward to a number or a line that is to be the account's."""
    account = select(Account.id).where(Account.id == account_id, Account.paused_forward_to == phone_number)
    if session.scalars(account).first() is not None:
        raise Conflict(
            "number_is_dialled",
            f"Callers of paused numbers are forwarded to {phone_number}, by the settings of the account: they would"
            " come back here. Name another telephone there first.",
        )


def check_line_is_not_dialled(number: Number, line: str) -> None:
    """Raise Conflict when calls to `number`, whose agent is loaded, are put through to a line that forwards to it."""
    if number.agent is not None and line in dialled_by(number.agent).values():
        raise Conflict(
            "line_is_dialled",
            f"“{number.agent.name}”, who answers {number.phone_number}, puts calls through to {line}: a line that"
            " forwards there would send them round in a circle. Give the agent another telephone first.",
        )
    if number.paused_forward_to == line:
        raise Conflict(
            "line_is_dialled",
            f"{number.phone_number} is paused and forwards its callers to {line}, which would send them back.",
        )


def dialled_by(agent: Agent) -> dict[str, str]:
    """Return the telephones (E.164) that an agent's calls are put through to, by the field that names each."""
    target = agent.handoff_target if agent.handoff_kind == "phone" else None
    named = {"handoff_target": target, "fallback_number": agent.fallback_number}
    return {field: phone_number for field, phone_number in named.items() if phone_number}


def _check_does_not_forward(session: Session, phone_numbers: Sequence[str], number_ids: Sequence[int]) -> None:
    if not phone_numbers or not number_ids:
        return
    query = (
        select(ForwardedLine.phone_number, Number.phone_number)
        .join(Number, Number.id == ForwardedLine.number_id)
        .where(ForwardedLine.phone_number.in_(phone_numbers), ForwardedLine.number_id.in_(number_ids))
    )
    if row := session.execute(query).first():
        line, number = row
        raise Conflict(
            "dials_forwarded_line",
            f"{line} forwards to {number}: a call that is put through to it would come back here. Name another"
            " telephone, or remove the line.",
        )


def _agents_who_dial(account_id: int, phone_number: str) -> Select[str]:
    dials = or_(Agent.handoff_target == phone_number, Agent.fallback_number == phone_number)
    return select(Agent.name).where(Agent.account_id == account_id, dials)


def _pauses_that_forward(account_id: int, phone_number: str) -> Select[str]:
    forwards = (Number.status == "paused", Number.paused_forward_to == phone_number)
    return select(Number.phone_number).where(Number.account_id == account_id, *forwards)
