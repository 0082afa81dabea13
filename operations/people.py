"""Create accounts, users and API tokens."""

import hashlib
import secrets
from typing import Any

from argon2 import PasswordHasher
from sqlalchemy import select

from models import ROLES, Account, Token, User
from operations.changes import Changes, Who
from operations.checking import read_name
from operations.errors import Conflict, Invalid
from operations.showing import show_account, show_token, show_user

PASSWORD_BYTES = 12
TOKEN_BYTES = 32
# What every token begins with, so that secret scanners know one when they see it.
TOKEN_PREFIX = "clara_"  # noqa: S105


def create_account(changes: Changes, who: Who, name: str) -> dict[str, Any]:
    """Create an account; raises Conflict when the name is taken."""
    name = read_name(name, "an account")
    with changes.making(who, "account.created") as draft:
        if draft.session.scalar(select(Account.id).where(Account.name == name)):
            raise Conflict("account_exists", f"There is already an account “{name}”.")
        account = Account(name=name)
        draft.session.add(account)
        draft.session.flush()
        draft.record([], None, show_account(account))
    return show_account(account)


def create_user(changes: Changes, who: Who, email: str, role: str) -> dict[str, Any]:
    """Create a user with a password of our making, which is returned as `password` and kept only as a hash."""
    email = email.strip().lower()
    _check_role(role)
    if email.count("@") != 1 or not email.isprintable() or " " in email or not 3 <= len(email) <= 254:
        raise Invalid(f"“{email[:60]}” is not an e-mail address.")
    password = secrets.token_urlsafe(PASSWORD_BYTES)
    password_hash = PasswordHasher().hash(password)
    with changes.making(who, "user.created") as draft:
        if draft.session.scalar(select(User.id).where(User.email == email)):
            raise Conflict("user_exists", f"There is already a user {email}.")
        user = User(account_id=who.account, email=email, role=role, password_hash=password_hash)
        draft.session.add(user)
        draft.session.flush()
        draft.record([], None, show_user(user))
    return show_user(user) | {"password": password}


def create_token(changes: Changes, who: Who, role: str, name: str = "token") -> dict[str, Any]:
    """Create an API token, returned as `token` this once; only its hash is kept."""
    _check_role(role)
    secret = TOKEN_PREFIX + secrets.token_urlsafe(TOKEN_BYTES)
    with changes.making(who, "token.created") as draft:
        token_hash = hashlib.sha256(secret.encode()).hexdigest()
        token = Token(account_id=who.account, name=read_name(name, "a token"), role=role, token_hash=token_hash)
        draft.session.add(token)
        draft.session.flush()
        draft.record([], None, show_token(token))
    return show_token(token) | {"token": secret}


def _check_role(role: str) -> None:
    if role not in ROLES:
        raise Invalid(f"A role is one of: {', '.join(ROLES)}.")
