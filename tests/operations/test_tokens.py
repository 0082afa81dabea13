"""API tokens: nobody makes one that can do more than they can; a revoked one stays listed."""

import json

import pytest
from sqlalchemy import select

from models import Token
from operations.changes import Changes, Who
from operations.errors import Forbidden, Invalid, NotFound
from operations.permissions import ADMIN, MEMBER, SUPER_ADMIN
from operations.tokens import create_token, every_token, list_tokens, revoke_token
from tests.operations.audit import change_counter, last_change


@pytest.mark.parametrize(
    ("by", "role", "is_allowed"),
    [
        (SUPER_ADMIN, SUPER_ADMIN, True),
        (SUPER_ADMIN, ADMIN, True),
        (ADMIN, MEMBER, True),
        (ADMIN, ADMIN, False),
        (ADMIN, SUPER_ADMIN, False),
        (MEMBER, MEMBER, False),
    ],
)
def test_admins_manage_tokens_of_members_and_super_admins_all(
    changes: Changes, who: Who, by: str, role: str, is_allowed: bool
) -> None:
    """To make one and to revoke one."""
    made = create_token(changes, who, role, "made by the operator")
    acting = Who(who.account_id, "somebody", by)
    before = change_counter(changes)

    if is_allowed:
        create_token(changes, acting, role)
        revoke_token(changes, acting, made["id"])
    else:
        for attempt in (lambda: create_token(changes, acting, role), lambda: revoke_token(changes, acting, made["id"])):
            with pytest.raises(Forbidden):
                attempt()

    assert change_counter(changes) - before == (2 if is_allowed else 0)


def test_revoked_token_stays_listed_without_its_secret(changes: Changes, who: Who) -> None:
    """Revoking it again changes nothing, and the moment stays."""
    made = create_token(changes, who, MEMBER, "reporting")
    revoked, outcome = revoke_token(changes, who, "reporting")
    n = change_counter(changes)

    again, same = revoke_token(changes, who, made["id"])

    change = last_change(changes)
    assert (change.action, change.after, change.n, outcome.n) == ("token.revoked", revoked, n, n)
    assert (again, same.n) == (revoked, n)
    with changes.database.reading() as session:
        listed = every_token(session, who.account)
        assert session.scalars(select(Token.revoked_at)).one() is not None
    assert listed == [revoked]
    assert made["token"] not in json.dumps(listed)


def test_token_is_named_by_id_or_by_the_name_that_only_one_has(changes: Changes, who: Who) -> None:
    """Revoked ones are no longer meant by a name."""
    first, second = create_token(changes, who, MEMBER, "till"), create_token(changes, who, MEMBER, "till")

    with pytest.raises(Invalid, match="Several"):
        revoke_token(changes, who, "till")
    revoke_token(changes, who, str(first["id"]))

    assert revoke_token(changes, who, "till")[0]["id"] == second["id"]
    with pytest.raises(NotFound):
        revoke_token(changes, who, "till")


def test_tokens_of_another_account_are_not_there(changes: Changes, who: Who, other: Who) -> None:
    """By id or by name: the same answer as for none."""
    foreign = create_token(changes, other, MEMBER, "theirs")

    for name in (foreign["id"], str(foreign["id"]), "theirs", "nothing", 999_999, "9" * 30, "a\0b"):
        with pytest.raises(NotFound, match="There is no such token in this account"):
            revoke_token(changes, who, name)

    with changes.database.reading() as session:
        assert every_token(session, who.account) == []
        assert [token["id"] for token in every_token(session, other.account)] == [foreign["id"]]


def test_tokens_are_listed_by_pages_newest_first(changes: Changes, who: Who) -> None:
    """All of them, once."""
    made = [create_token(changes, who, MEMBER, f"token {index}")["id"] for index in range(5)]

    with changes.database.reading() as session:
        first = list_tokens(session, who.account, limit=3)
        rest = list_tokens(session, who.account, first.next_cursor, limit=3)

    assert [token["id"] for token in first.rows + rest.rows] == made[::-1]
