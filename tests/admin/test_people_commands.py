"""`flask accounts|users|tokens create`: secrets are printed once and stored as hashes only."""

import hashlib
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from flask import Flask
from sqlalchemy import select

from models import ROLES, Change, Token, User
from tests.admin.conftest import Run


def test_account_is_printed_as_the_api_shows_it(run_json: Callable[..., Any]) -> None:
    """With the id by which it can be named."""
    account = run_json("accounts", "create", "Example Business")

    assert set(account) == {"id", "name", "created_at"}
    assert account["name"] == "Example Business"


@pytest.mark.parametrize("role", ROLES)
def test_user_and_token_are_printed_with_their_role_and_their_secret(
    business: Run, run_json: Callable[..., Any], role: str
) -> None:
    """This once."""
    user = run_json("users", "create", "ada@example.com", "--role", role)
    token = run_json("tokens", "create", "--role", role, "--name", "reporting")

    assert set(user) == {"id", "email", "role", "created_at", "password"}
    assert set(token) == {"id", "name", "role", "created_at", "token"}
    assert (user["role"], token["role"], token["name"]) == (role, role, "reporting")


def test_printed_secrets_are_the_ones_whose_hashes_are_stored(app: Flask, business: Run) -> None:
    """As argon2id and as SHA-256; the audit trail and the files hold neither."""
    password = business("users", "create", "ada@example.com", "--role", "admin").stdout.split()[-1]
    token = business("tokens", "create", "--role", "admin").stdout.split()[-1]

    with app.extensions["changes"].database.reading() as session:
        user, stored = session.scalars(select(User)).one(), session.scalars(select(Token)).one()
        trail = str([(change.before, change.after) for change in session.scalars(select(Change))])
    assert user.password_hash.startswith("$argon2id$")
    assert PasswordHasher().verify(user.password_hash, password)
    assert stored.token_hash == hashlib.sha256(token.encode()).hexdigest()
    assert password not in trail
    assert token not in trail
    assert not files_that_hold(app.extensions["settings"].data_dir.parent, password, token)


def test_sentence_says_that_the_secret_is_shown_only_now(business: Run) -> None:
    """Nobody can look it up later."""
    assert re.search(
        r"shown only now: \S{16}$", business("users", "create", "a@example.com", "--role", "member").stdout
    )
    assert re.search(r"shown only now: clara_\S{43}$", business("tokens", "create", "--role", "member").stdout)


def files_that_hold(folder: Path, *secrets: str) -> list[Path]:
    """Return the files below a folder that hold one of the secrets."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [path for path in files if any(secret.encode() in path.read_bytes() for secret in secrets)]
