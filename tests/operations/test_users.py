"""The people of an account: who may change whom, and who can never be locked out."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from argon2 import PasswordHasher
from sqlalchemy import func, select

from models import User
from operations.changes import Changes, Who
from operations.errors import Changed, Conflict, Forbidden, Invalid, NotFound, OperationError
from operations.log_in import SignedIn, log_in, recognise_session
from operations.permissions import ADMIN, MEMBER, SUPER_ADMIN
from operations.seal import Seal
from operations.users import create_user, delete_user, edit_user, every_user, list_users, set_password
from tests.operations.audit import change_counter, every_change, last_change

ADA, EVE, BEN, MAX, MIA = (f"{name}@example.com" for name in ("ada", "eve", "ben", "max", "mia"))
ROLES = {ADA: SUPER_ADMIN, EVE: SUPER_ADMIN, BEN: ADMIN, MAX: ADMIN, MIA: MEMBER}


@pytest.fixture
def acting(changes: Changes, who: Who) -> Callable[[str], Who]:
    """Make two Super Admins, two Admins and a Member; return each as the one who acts.

    Their passwords are not hashed, which takes long on purpose.
    """
    with changes.database.writing() as session:
        for email, role in ROLES.items():
            session.add(User(account_id=who.account, email=email, role=role, password_hash="-"))
    return lambda email: Who(who.account_id, email, ROLES[email])


@pytest.mark.parametrize(
    ("by", "whom", "is_allowed"),
    [
        (ADA, EVE, True),
        (ADA, BEN, True),
        (ADA, MIA, True),
        (BEN, ADA, False),
        (BEN, MAX, False),
        (BEN, MIA, True),
        (MIA, MIA, False),
        (MIA, BEN, False),
    ],
)
@pytest.mark.parametrize(
    "operation",
    [
        lambda changes, who, whom: edit_user(changes, who, whom, email="new@example.com"),
        lambda changes, who, whom: set_password(changes, who, whom),
        lambda changes, who, whom: delete_user(changes, who, whom),
    ],
)
def test_admins_manage_members_and_super_admins_everybody(
    changes: Changes,
    acting: Callable[[str], Who],
    operation: Callable[..., Any],
    by: str,
    whom: str,
    is_allowed: bool,
) -> None:
    """Nobody else anybody; what is refused leaves nothing behind."""
    before = change_counter(changes)

    if is_allowed:
        operation(changes, acting(by), whom)
    else:
        with pytest.raises(Forbidden):
            operation(changes, acting(by), whom)

    assert change_counter(changes) - before == is_allowed


@pytest.mark.parametrize(
    ("by", "role", "is_allowed"),
    [(ADA, SUPER_ADMIN, True), (ADA, ADMIN, True), (BEN, MEMBER, True), (BEN, ADMIN, False), (BEN, SUPER_ADMIN, False)],
)
def test_nobody_gives_a_role_that_they_do_not_manage(
    changes: Changes, acting: Callable[[str], Who], by: str, role: str, is_allowed: bool
) -> None:
    """Neither to somebody new nor to somebody who is there."""
    attempts = (
        lambda: create_user(changes, acting(by), "new@example.com", role)["role"],
        lambda: edit_user(changes, acting(by), MIA, role=role)[0]["role"],
    )

    for attempt in attempts:
        if is_allowed:
            assert attempt() == role
        else:
            with pytest.raises(Forbidden):
                attempt()


def test_nobody_deletes_or_demotes_themselves(changes: Changes, acting: Callable[[str], Who]) -> None:
    """Not by accident and not on purpose: another one does it."""
    before = change_counter(changes)

    for attempt in (
        lambda: delete_user(changes, acting(ADA), ADA),
        lambda: edit_user(changes, acting(ADA), ADA, role=ADMIN),
    ):
        with pytest.raises(Conflict) as refusal:
            attempt()
        assert refusal.value.code == "own_user"

    assert change_counter(changes) == before
    assert edit_user(changes, acting(ADA), ADA, role=SUPER_ADMIN, email="ada.b@example.com")[0]["role"] == SUPER_ADMIN


def test_last_super_admin_is_neither_deleted_nor_demoted(
    changes: Changes, who: Who, acting: Callable[[str], Who]
) -> None:
    """Not even by the operator; only the account's own ones count."""
    delete_user(changes, acting(ADA), EVE)

    for attempt in (lambda: delete_user(changes, who, ADA), lambda: edit_user(changes, who, ADA, role=MEMBER)):
        with pytest.raises(Conflict) as refusal:
            attempt()
        assert refusal.value.code == "last_super_admin"
        assert ADA in refusal.value.message


def test_two_super_admins_who_delete_each_other_at_once_leave_one(
    changes: Changes, acting: Callable[[str], Who]
) -> None:
    """Changes come one by one, and the second sees the first."""

    def delete(by: str, whom: str) -> bool:
        try:
            delete_user(changes, acting(by), whom)
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(2) as threads:
        done = list(threads.map(delete, (ADA, EVE), (EVE, ADA)))

    assert sorted(done) == [False, True]
    with changes.database.reading() as session:
        assert session.scalar(select(func.count()).where(User.role == SUPER_ADMIN)) == 1


def test_new_password_replaces_the_old_one(changes: Changes, acting: Callable[[str], Who]) -> None:
    """It is shown once; the audit trail tells that it was set, and not what it is."""
    user = set_password(changes, acting(BEN), BEN)

    with changes.database.reading() as session:
        assert PasswordHasher().verify(
            session.scalars(select(User.password_hash).where(User.email == BEN)).one(), user["password"]
        )
    change = last_change(changes)
    assert (change.action, change.made_by, change.before) == ("user.password_set", BEN, change.after)
    assert user["password"] not in json.dumps([(row.before, row.after) for row in every_change(changes)])


def test_new_password_logs_out_and_must_be_changed(changes: Changes, acting: Callable[[str], Who]) -> None:
    """Whoever had the old one is out, and whoever made the new one has seen it."""
    first = set_password(changes, acting(ADA), MIA)["password"]
    secret = log_in(changes.database, Seal(""), MIA, first, "127.0.0.1")

    second = set_password(changes, acting(ADA), MIA)["password"]

    with changes.database.reading() as session:
        assert recognise_session(session.connection(), secret) is None
    renewed = recognise_session_of(changes, MIA, second)
    assert renewed is not None
    assert renewed.must_change_password


def recognise_session_of(changes: Changes, email: str, password: str) -> SignedIn | None:
    """Log somebody in and return who their browser is taken for."""
    secret = log_in(changes.database, Seal(""), email, password, "127.0.0.1")
    with changes.database.reading() as session:
        return recognise_session(session.connection(), secret)


def test_what_a_deleted_user_did_stays_in_the_audit_trail(changes: Changes, acting: Callable[[str], Who]) -> None:
    """Under the address, with what they were."""
    edit_user(changes, acting(BEN), MIA, email="mia.b@example.com")
    deleted = {user["email"]: user for user in users(changes, acting(ADA))}[BEN]

    delete_user(changes, acting(ADA), BEN)

    assert [row.made_by for row in every_change(changes)].count(BEN) == 1
    change = last_change(changes)
    assert (change.action, change.before, change.after) == ("user.deleted", deleted, None)


def test_id_of_a_deleted_user_is_never_given_again(changes: Changes, who: Who, acting: Callable[[str], Who]) -> None:
    """What still names it must not let another one in."""
    last = create_user(changes, who, "last@example.com", MEMBER)
    delete_user(changes, who, last["id"])

    assert create_user(changes, who, "last@example.com", MEMBER)["id"] > last["id"]


def test_edit_by_who_has_not_seen_the_user_is_refused(changes: Changes, acting: Callable[[str], Who]) -> None:
    """By the etag, as everywhere; and an edit that alters nothing is no change."""
    seen = {user["email"]: user for user in users(changes, acting(ADA))}[MIA]["etag"]
    edited, _ = edit_user(changes, acting(ADA), MIA, role=ADMIN, if_match=seen)
    before = change_counter(changes)

    for attempt in (
        lambda: edit_user(changes, acting(ADA), MIA, role=MEMBER, if_match=seen),
        lambda: delete_user(changes, acting(ADA), MIA, if_match=seen),
    ):
        with pytest.raises(Changed):
            attempt()

    assert edit_user(changes, acting(ADA), MIA, role=ADMIN, if_match=edited["etag"])[1].n == before


def test_users_of_another_account_are_not_there(
    changes: Changes, who: Who, other: Who, acting: Callable[[str], Who]
) -> None:
    """By address or by id: the same answer as for nobody, and none of them listed."""
    foreign = create_user(changes, other, "zoe@example.com", MEMBER)

    for name in ("zoe@example.com", foreign["id"], "nobody@example.com", 999_999, "a\0b"):
        for attempt in (edit_user, set_password, delete_user):
            with pytest.raises(NotFound, match="There is no such user in this account"):
                attempt(changes, acting(ADA), name)

    assert [user["email"] for user in users(changes, other)] == ["zoe@example.com"]
    assert [user["email"] for user in users(changes, who)] == sorted(ROLES)


REFUSED: dict[str, tuple[Callable[[Changes, Who], object], type[OperationError], str]] = {
    "address of this account": (lambda c, w: edit_user(c, w, MIA, email=" BEN@example.com"), Conflict, "user_exists"),
    "new with another account's": (
        lambda c, w: create_user(c, w, "Zoe@example.com", MEMBER),
        Conflict,
        "email_unavailable",
    ),
    "another account's": (lambda c, w: edit_user(c, w, MIA, email="zoe@example.com"), Conflict, "email_unavailable"),
    "no address": (lambda c, w: edit_user(c, w, MIA, email="mia"), Invalid, "invalid"),
    "role unheard of": (lambda c, w: edit_user(c, w, MIA, role="root"), Invalid, "invalid"),
}


@pytest.mark.parametrize("refused", REFUSED)
def test_refused_address_says_nothing_of_another_accounts_user(
    changes: Changes, who: Who, other: Who, acting: Callable[[str], Who], refused: str
) -> None:
    """Neither that there is one, nor where; and nothing is left behind."""
    create_user(changes, other, "zoe@example.com", MEMBER)
    operation, error, code = REFUSED[refused]
    before = change_counter(changes)

    with pytest.raises(error) as refusal:
        operation(changes, acting(ADA))

    assert refusal.value.code == code
    assert not {"account", "Other Business"} & set(refusal.value.message.split())
    assert change_counter(changes) == before


def test_users_are_listed_by_pages(changes: Changes, who: Who, acting: Callable[[str], Who]) -> None:
    """By address, without anything secret."""
    with changes.database.reading() as session:
        first = list_users(session, who.account, limit=3)
        rest = list_users(session, who.account, first.next_cursor, limit=3)

    assert first.rows + rest.rows == users(changes, who)
    assert set(first.rows[0]) == {"id", "email", "role", "second_factor", "created_at", "etag"}


def users(changes: Changes, who: Who) -> list[dict[str, Any]]:
    """Return the users of somebody's account."""
    with changes.database.reading() as session:
        return every_user(session, who.account)
