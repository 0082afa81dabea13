"""Create, edit and delete the people of an account, and give them new passwords.

A person acts under their e-mail address (`Who.name`). What they did stays in the audit trail under it when they are
deleted.
"""

import secrets
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import User
from operations.changes import Changes, Who
from operations.errors import Conflict, Invalid, at_field
from operations.finding import find_user
from operations.in_force import Outcome
from operations.log_in import end_sessions
from operations.pages import USUAL_PAGE, Order, Page, read_page
from operations.passwords import hash_password
from operations.permissions import SUPER_ADMIN, check_may_manage
from operations.roles import read_role
from operations.showing import check_is_unchanged, show_user

PASSWORD_BYTES = 12
LONGEST_EMAIL = 254
BY_EMAIL = Order((User.email, User.id))


def create_user(changes: Changes, who: Who, email: str, role: str, must_change_password: bool = True) -> dict[str, Any]:
    """Create a user with a password of our making, which is returned as `password` and kept only as a hash.

    Whoever creates a user has seen it, so it must be changed at the first log-in, unless that is the user.
    Raises Invalid, Conflict for an address that is in use, Forbidden for a role that `who` does not manage.
    """
    email = _read_email(email)
    account_id, role = who.account, read_role(role)
    password, password_hash = _make_password()
    with changes.making(who, "user.created") as draft:
        check_may_manage(who.role, role)
        _check_email_is_free(draft.session, account_id, email)
        user = User(account_id=account_id, email=email, role=role, password_hash=password_hash)
        user.must_change_password = must_change_password
        draft.session.add(user)
        draft.session.flush()
        draft.record([], None, show_user(user))
    return show_user(user) | {"password": password}


def edit_user(
    changes: Changes,
    who: Who,
    user: str | int,
    *,
    email: str | None = None,
    role: str | None = None,
    if_match: str | None = None,
) -> tuple[dict[str, Any], Outcome]:
    """Give a user (address or id) another address or role; None leaves each as it is.

    Whoever has another role logs in again, so that every page that is open shows what it lets them do.
    Raises Forbidden unless `who` manages both the old and the new role, Conflict for one's own role and for the last
    Super Admin's, NotFound, Changed.
    """
    account_id = who.account
    with changes.making(who, "user.edited") as draft:
        found = find_user(draft.session, account_id, user)
        before = show_user(found)
        check_is_unchanged(before, if_match)
        check_may_manage(who.role, found.role)
        if role is not None and read_role(role) != found.role:
            check_may_manage(who.role, role)
            with at_field("role"):
                _check_can_lose_role(draft.session, who, found, "demote")
            found.role = role
            end_sessions(draft.session, found.id)
        if email is not None and (wanted := _read_email(email)) != found.email:
            _check_email_is_free(draft.session, account_id, wanted)
            found.email = wanted
        after = show_user(found)
        if after != before:
            draft.record([], before, after)
    return after, draft.outcome


def set_password(changes: Changes, who: Who, user: str | int) -> dict[str, Any]:
    """Give a user (address or id) a new password of our making, returned as `password` this once.

    Whoever is logged in with the old one is logged out, and the new one must be changed at the next log-in. Raises as
    above.
    """
    password, password_hash = _make_password()
    with changes.making(who, "user.password_set") as draft:
        found = find_user(draft.session, who.account, user)
        if found.email != who.name:  # one's own is one's own to renew
            check_may_manage(who.role, found.role)
        found.password_hash = password_hash
        found.must_change_password = True
        end_sessions(draft.session, found.id)
        draft.record([], show_user(found), show_user(found))
    return show_user(found) | {"password": password}


def delete_user(changes: Changes, who: Who, user: str | int, if_match: str | None = None) -> Outcome:
    """Delete a user (address or id), who is logged out with that.

    Raises Conflict for oneself and for the last Super Admin, and as above.
    """
    with changes.making(who, "user.deleted") as draft:
        found = find_user(draft.session, who.account, user)
        check_is_unchanged(show_user(found), if_match)
        check_may_manage(who.role, found.role)
        _check_can_lose_role(draft.session, who, found, "delete")
        end_sessions(draft.session, found.id)
        draft.session.delete(found)
        draft.record([], show_user(found), None)
    return draft.outcome


def list_users(session: Session, account_id: int, cursor: str | None = None, limit: int = USUAL_PAGE) -> Page:
    """Return a page of the users of an account, by address."""
    return read_page(session, select(User).where(User.account_id == account_id), BY_EMAIL, show_user, cursor, limit)


def every_user(session: Session, account_id: int) -> list[dict[str, Any]]:
    """Return all users of an account, by address."""
    query = select(User).where(User.account_id == account_id).order_by(*BY_EMAIL.columns)
    return [show_user(user) for user in session.scalars(query)]


def _read_email(text: str) -> str:
    email = text.strip().lower()
    if email.count("@") != 1 or not email.isprintable() or " " in email or not 3 <= len(email) <= LONGEST_EMAIL:
        with at_field("email"):
            raise Invalid(f"“{email[:60]}” is not an e-mail address.")
    return email


def _check_email_is_free(session: Session, account_id: int, email: str) -> None:
    """An address logs in to one account, so it is there once in all of them.

    Of another account's user no more is said than that the address cannot be used.
    """
    holder = session.scalar(select(User.account_id).where(User.email == email))
    with at_field("email"):
        if holder == account_id:
            raise Conflict("user_exists", f"There is already a user {email}.")
        if holder is not None:
            raise Conflict("email_unavailable", f"{email} cannot be used here. Please take another address.")


def _check_can_lose_role(session: Session, who: Who, user: User, verb: str) -> None:
    """Nobody locks themselves out, and an account never is without a Super Admin. Changes come one by one."""
    if user.email == who.name:
        raise Conflict("own_user", f"You cannot {verb} yourself. Ask another Super Admin.")
    if user.role == SUPER_ADMIN:
        same = select(func.count()).where(User.account_id == user.account_id, User.role == SUPER_ADMIN)
        if session.scalar(same) == 1:
            raise Conflict(
                "last_super_admin",
                f"{user.email} is the last Super Admin and cannot be {verb}d. Make somebody else one first.",
            )


def _make_password() -> tuple[str, str]:
    """Return a password, and its argon2id hash: made before the transaction, because it takes long on purpose."""
    password = secrets.token_urlsafe(PASSWORD_BYTES)
    return password, hash_password(password)
