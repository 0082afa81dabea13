"""Create accounts, and edit what an account may decide about itself: its name and its limits."""

from typing import Any, TypedDict, Unpack

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Account
from operations.changes import Changes, Who
from operations.checking import read_name
from operations.errors import Conflict, Invalid, at_field
from operations.finding import find_account
from operations.in_force import Outcome
from operations.pause_default import set_default_pause
from operations.showing import check_is_unchanged, show_account

MOST_PURCHASES_PER_DAY = 1000
LONGEST_RETENTION_DAYS = 3650


class AccountEdits(TypedDict, total=False):
    """What an account may decide about itself; what is None or not said stays as it is.

    Numbers got in 24 hours are at most `purchases_per_day`, 0 for none; calls older than `call_retention_days` are
    purged. A pause that does not say what callers meet is by `paused_treatment` with what belongs to it: the message
    or the number (E.164) to forward to.
    """

    name: str | None
    purchases_per_day: int | None
    call_retention_days: int | None
    paused_treatment: str | None
    paused_message: str | None
    paused_forward_to: str | None


def create_account(changes: Changes, who: Who, name: str) -> dict[str, Any]:
    """Create an account; raises Conflict when the name is taken."""
    name = read_name(name, "an account")
    with changes.making(who, "account.created") as draft:
        _check_name_is_free(draft.session, name, None)
        account = Account(name=name)
        draft.session.add(account)
        draft.session.flush()
        draft.record([], None, show_account(account))
    return show_account(account)


def edit_account(
    changes: Changes, who: Who, *, if_match: str | None = None, **edits: Unpack[AccountEdits]
) -> tuple[dict[str, Any], Outcome]:
    """Edit the account in which it is asked.

    Raises Invalid beyond the limits, Conflict when the name is taken or a forward would be a loop, Changed.
    """
    with changes.making(who, "account.edited") as draft:
        account = find_account(draft.session, who.account)
        before = show_account(account)
        check_is_unchanged(before, if_match)
        _apply_edits(draft.session, account, edits)
        after = show_account(account)
        if after != before:
            draft.record([], before, after)
    return after, draft.outcome


def get_account(session: Session, account_id: int) -> dict[str, Any]:
    """Return an account by its id."""
    return show_account(find_account(session, account_id))


def list_accounts(session: Session) -> list[dict[str, Any]]:
    """Return all accounts by name. For the operator of the router; no account is to see another."""
    return [show_account(account) for account in session.scalars(select(Account).order_by(Account.name))]


def _apply_edits(session: Session, account: Account, edits: AccountEdits) -> None:
    if (name := edits.get("name")) is not None:
        with at_field("name"):
            account.name = read_name(name, "an account")
            _check_name_is_free(session, account.name, account.id)
    if (most := edits.get("purchases_per_day")) is not None:
        with at_field("purchases_per_day"):
            account.purchases_per_day = _within(most, 0, MOST_PURCHASES_PER_DAY, "purchases per day")
    if (days := edits.get("call_retention_days")) is not None:
        with at_field("call_retention_days"):
            days = _within(days, 1, LONGEST_RETENTION_DAYS, "days for which calls are kept")
        account.call_retention_days = days
    treatment, message = edits.get("paused_treatment"), edits.get("paused_message")
    to = edits.get("paused_forward_to")
    if treatment is not None:
        set_default_pause(session, account, treatment, message, to)
    elif message is not None or to is not None:
        raise Invalid("Say what callers of paused numbers meet (paused_treatment) together with what belongs to it.")


def _check_name_is_free(session: Session, name: str, own_id: int | None) -> None:
    """Names of accounts are what the operator calls them by, so each is there once.

    That tells a Super Admin who renames an account that a name is in use, and nothing else about whose it is.
    """
    with session.no_autoflush:
        if session.scalar(select(Account.id).where(Account.name == name)) not in (None, own_id):
            raise Conflict("account_exists", f"There is already an account “{name}”.")


def _within(number: int, least: int, most: int, of_what: str) -> int:
    if not least <= number <= most:
        raise Invalid(f"The number of {of_what} is {least} to {most}.")
    return number
