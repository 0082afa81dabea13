"""`flask accounts|users|tokens`: secrets are printed once and stored as hashes only."""

import hashlib
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from flask import Flask
from sqlalchemy import select, update

from models import ROLES, Change, Token, User
from tests.admin.conftest import Run


def test_account_is_printed_as_the_api_shows_it(run_json: Callable[..., Any]) -> None:
    """With the id by which it can be named."""
    account = run_json("accounts", "create", "Example Business")

    paused = {"paused_treatment", "paused_message", "paused_forward_to"}
    assert set(account) == {"id", "name", "purchases_per_day", "call_retention_days", *paused, "created_at", "etag"}
    assert account["name"] == "Example Business"


@pytest.mark.parametrize("role", ROLES)
def test_user_and_token_are_printed_with_their_role_and_their_secret(
    business: Run, run_json: Callable[..., Any], role: str
) -> None:
    """This once."""
    user = run_json("users", "create", "ada@example.com", "--role", role)
    token = run_json("tokens", "create", "--role", role, "--name", "reporting")

    assert set(user) == {"id", "email", "role", "second_factor", "created_at", "etag", "password"}
    assert set(token) == {"id", "name", "role", "created_at", "revoked_at", "token"}
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


def test_user_is_edited_and_deleted_by_address(business: Run, run_json: Callable[..., Any]) -> None:
    """The list shows what is left; the last Super Admin stays."""
    for email, role in (("ada@example.com", "super_admin"), ("ben@example.com", "member")):
        business("users", "create", email, "--role", role)

    edited = run_json("users", "edit", "ben@example.com", "--role", "admin", "--email", "benno@example.com")
    table = business("users", "list").stdout
    business("users", "delete", "benno@example.com")

    assert (edited["email"], edited["role"], edited["in_force"]) == ("benno@example.com", "admin", True)
    assert "benno@example.com  admin" in table
    assert "last Super Admin" in business("users", "delete", "ada@example.com", status=1).stderr
    assert [user["email"] for user in run_json("users", "list")] == ["ada@example.com"]


def test_new_password_is_printed_once(app: Flask, business: Run, run_json: Callable[..., Any]) -> None:
    """And holds instead of the old one."""
    business("users", "create", "ada@example.com", "--role", "member")

    new = run_json("users", "password", "ada@example.com")["password"]

    with app.extensions["changes"].database.reading() as session:
        assert PasswordHasher().verify(session.scalars(select(User.password_hash)).one(), new)


def test_second_factor_is_reset_after_a_question(app: Flask, business: Run, run_json: Callable[..., Any]) -> None:
    """For people who are locked out; `--yes` does not ask, and doing it again changes nothing."""
    business("users", "create", "ada@example.com", "--role", "super_admin")
    with app.extensions["changes"].database.writing() as session:
        session.execute(update(User).values(totp_secret="sealed", totp_last_step=1))
    assert [user["second_factor"] for user in run_json("users", "list")] == [True]

    business("users", "reset-second-factor", "ada@example.com", typed="n\n", status=1)
    assert [user["second_factor"] for user in run_json("users", "list")] == [True]
    reset = run_json("users", "reset-second-factor", "ada@example.com", "--yes")
    again = run_json("users", "reset-second-factor", "ada@example.com", "--yes")

    assert (reset["second_factor"], again["change"]) == (False, reset["change"])
    assert "took the second factor away from user “ada@example.com”" in business("changes", "list").stdout


def test_token_is_revoked_by_name_or_id_and_stays_listed(business: Run, run_json: Callable[..., Any]) -> None:
    """A name that two have says of neither."""
    first, second = (run_json("tokens", "create", "--role", "member", "--name", "reporting") for _ in range(2))
    business("tokens", "revoke", "reporting", status=2)

    business("tokens", "revoke", str(first["id"]))
    assert run_json("tokens", "revoke", "reporting")["id"] == second["id"]

    listed = run_json("tokens", "list")
    assert [token["id"] for token in listed] == [second["id"], first["id"]]
    assert all(token["revoked_at"] and "token" not in token for token in listed)


def test_account_is_edited_and_listed(business: Run, run_json: Callable[..., Any]) -> None:
    """Its name and its limits; what cannot be used is wrong usage."""
    edited = run_json("accounts", "edit", "--name", "Best Business", "--purchases-per-day", "3")
    business("accounts", "edit", "--call-retention-days", "0", status=2)

    [listed] = run_json("accounts", "list")
    assert {**listed, "change": edited["change"], "in_force": True, "unconfirmed": [], "warnings": []} == edited
    assert (listed["name"], listed["purchases_per_day"], listed["call_retention_days"]) == ("Best Business", 3, 365)
