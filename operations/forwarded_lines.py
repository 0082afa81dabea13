"""Register the business's own lines that forward to a number, list and remove them.

Lines are a part of the number's call route: whoever forwards here is never dialled, verified or not.
"""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import ForwardedLine, Number
from operations.changes import Changes, Who
from operations.checking import read_phone_number
from operations.dialled_numbers import check_line_is_not_dialled, check_pauses_do_not_forward
from operations.errors import Conflict, NotFound, at_field
from operations.finding import find_number
from operations.in_force import Outcome
from operations.line_witnesses import show_line, show_stored_line


def add_line(changes: Changes, who: Who, number: str | int, phone_number: str) -> tuple[dict[str, Any], Outcome]:
    """Register a line (E.164) that forwards to a number.

    Raises Conflict for a released number, a line that is one of our numbers, is registered in this account already, or
    is dialled by whoever answers the number.
    """
    with at_field("line"):
        wanted = read_phone_number(phone_number)
    with changes.making(who, "line.added") as draft:
        session = draft.session
        target = find_number(session, who.account, number)
        if target.status == "released":
            raise Conflict("number_released", f"{target.phone_number} was released: nothing forwards there any more.")
        with at_field("line"):
            _check_is_free(session, who.account, wanted)
            check_line_is_not_dialled(target, wanted)
            check_pauses_do_not_forward(session, who.account, wanted)
        line = ForwardedLine(account_id=who.account, number_id=target.id, phone_number=wanted)
        session.add(line)
        session.flush()
        draft.record([target.phone_number], None, show_stored_line(line, target))
        shown = show_line(session, line, target)
    return shown, draft.outcome


def remove_line(changes: Changes, who: Who, number: str | int, line: str | int) -> Outcome:
    """Remove a line (phone number or id) from a number; raises NotFound. The carrier forwards on until told to stop."""
    with changes.making(who, "line.removed") as draft:
        target, found = find_line(draft.session, who.account, number, line)
        draft.session.delete(found)
        draft.record([target.phone_number], show_stored_line(found, target), None)
    return draft.outcome


def list_lines(session: Session, account_id: int, number: str | int) -> list[dict[str, Any]]:
    """Return the lines of a number by phone number; raises NotFound."""
    target = find_number(session, account_id, number)
    query = select(ForwardedLine).where(ForwardedLine.number_id == target.id).order_by(ForwardedLine.phone_number)
    return [show_line(session, line, target) for line in session.scalars(query)]


def list_all_lines(session: Session, account_id: int) -> list[dict[str, Any]]:
    """Return the lines of all numbers of an account, by the number that they forward to."""
    query = (
        select(ForwardedLine, Number)
        .join(Number, Number.id == ForwardedLine.number_id)
        .where(ForwardedLine.account_id == account_id)
        .order_by(Number.phone_number, ForwardedLine.phone_number)
    )
    return [show_line(session, line, number) for line, number in session.execute(query)]


def get_line(session: Session, account_id: int, number: str | int, line: str | int) -> dict[str, Any]:
    """Return a line (phone number or id) of a number; raises NotFound."""
    target, found = find_line(session, account_id, number, line)
    return show_line(session, found, target)


def find_line(session: Session, account_id: int, number: str | int, line: str | int) -> tuple[Number, ForwardedLine]:
    """Find a number and a line (phone number or id) that is registered on it; raises NotFound."""
    target = find_number(session, account_id, number)
    name = line if isinstance(line, int) else read_phone_number(line)
    is_meant = ForwardedLine.id == name if isinstance(name, int) else ForwardedLine.phone_number == name
    found = session.scalars(select(ForwardedLine).where(ForwardedLine.number_id == target.id, is_meant)).first()
    if found is None:
        named = f"with the id {name}" if isinstance(name, int) else name
        raise NotFound(f"There is no line {named} that forwards to this number.")
    return target, found


def _check_is_free(session: Session, account_id: int, phone_number: str) -> None:
    if session.scalar(select(Number.id).where(Number.phone_number == phone_number, Number.status != "released")):
        raise Conflict("line_is_ours", f"{phone_number} is one of our own numbers: its calls come here already.")
    registered = (
        select(Number.phone_number)
        .join(ForwardedLine, ForwardedLine.number_id == Number.id)
        .where(ForwardedLine.account_id == account_id, ForwardedLine.phone_number == phone_number)
        .where(Number.status != "released")
    )
    if target := session.scalar(registered):
        raise Conflict("line_exists", f"{phone_number} is registered already: it forwards to {target}.")
