"""Accounts, users and tokens are created; their secrets are shown once and kept as hashes only."""

import hashlib
import json
from collections.abc import Callable

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select

from models import ROLES, Token, User
from operations.accounts import create_account
from operations.changes import Changes, Who
from operations.errors import Conflict, Invalid, OperationError
from operations.permissions import SYSTEM
from operations.tokens import create_token
from operations.users import create_user
from tests.operations.audit import change_counter, every_change, last_change


def test_password_of_a_user_is_kept_as_an_argon2id_hash_only(changes: Changes, who: Who) -> None:
    """Who reads the database or the audit trail cannot log in."""
    user = create_user(changes, who, " Ada@Example.com ", "admin")

    with changes.database.reading() as session:
        stored = session.scalars(select(User)).one()
    assert (stored.email, stored.role, stored.account_id) == ("ada@example.com", "admin", who.account_id)
    assert stored.password_hash.startswith("$argon2id$")
    assert PasswordHasher().verify(stored.password_hash, user["password"])
    assert user["password"] not in json.dumps([change.after for change in every_change(changes)])


@pytest.mark.parametrize("role", ROLES)
def test_token_is_kept_as_its_sha256_only(changes: Changes, who: Who, role: str) -> None:
    """It is 32 random bytes, which no table of guesses reaches."""
    token = create_token(changes, who, role, "reporting")

    with changes.database.reading() as session:
        stored = session.scalars(select(Token)).one()
    assert stored.token_hash == hashlib.sha256(token["token"].encode()).hexdigest()
    assert token["token"].startswith("clara_")
    assert len(token["token"]) == len("clara_") + 43
    assert (stored.name, stored.role, stored.revoked_at) == ("reporting", role, None)
    assert token["token"] not in json.dumps([change.after for change in every_change(changes)])


def test_secrets_are_never_the_same_twice(changes: Changes, who: Who) -> None:
    """They are random, not derived from a name."""
    tokens = {create_token(changes, who, "member")["token"] for _ in range(3)}
    passwords = {create_user(changes, who, f"{name}@example.com", "member")["password"] for name in "ab"}

    assert (len(tokens), len(passwords)) == (3, 2)


def test_each_creation_is_one_change(changes: Changes, who: Who) -> None:
    """The audit trail tells who let whom in."""
    create_account(changes, Who(None, "shell", SYSTEM), "Second Business")
    create_user(changes, who, "ada@example.com", "admin")
    create_token(changes, who, "member")

    made = [(change.action, change.made_by) for change in every_change(changes)[-3:]]
    assert made == [("account.created", "shell"), ("user.created", who.name), ("token.created", who.name)]
    assert last_change(changes).n == change_counter(changes)


REFUSED: dict[str, tuple[Callable[[Changes, Who], object], type[OperationError], str]] = {
    "account that exists": (lambda c, w: create_account(c, w, "Example Business"), Conflict, "account_exists"),
    "account without a name": (lambda c, w: create_account(c, w, "\t"), Invalid, "invalid"),
    "user that exists": (lambda c, w: create_user(c, w, "ADA@example.com", "member"), Conflict, "user_exists"),
    "address without an @": (lambda c, w: create_user(c, w, "ada", "member"), Invalid, "invalid"),
    "address with a space": (lambda c, w: create_user(c, w, "a da@example.com", "member"), Invalid, "invalid"),
    "address too long": (lambda c, w: create_user(c, w, "a@" + "b" * 253, "member"), Invalid, "invalid"),
    "user's role unheard of": (lambda c, w: create_user(c, w, "b@example.com", "root"), Invalid, "invalid"),
    "token's role unheard of": (lambda c, w: create_token(c, w, "root"), Invalid, "invalid"),
    "token with an endless name": (lambda c, w: create_token(c, w, "member", "x" * 101), Invalid, "invalid"),
}


@pytest.mark.parametrize("refused", REFUSED)
def test_refused_creation_leaves_nothing_behind(changes: Changes, who: Who, refused: str) -> None:
    """No row and no change number."""
    with changes.database.writing() as session:
        session.add(User(account_id=who.account_id, email="ada@example.com", role="member", password_hash="-"))
    operation, error, code = REFUSED[refused]
    before = change_counter(changes)

    with pytest.raises(error) as refusal:
        operation(changes, who)

    assert refusal.value.code == code
    assert change_counter(changes) == before
