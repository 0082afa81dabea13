"""An account's name and limits are its Super Admins' to change, and nobody else's."""

from collections.abc import Callable

import pytest

from operations.accounts import create_account, edit_account, get_account, list_accounts
from operations.changes import Changes, Who
from operations.errors import Changed, Conflict, Forbidden, Invalid, OperationError
from operations.permissions import ADMIN, SUPER_ADMIN
from tests.operations.audit import change_counter, last_change


@pytest.fixture
def owner(who: Who) -> Who:
    """A Super Admin of the account."""
    return Who(who.account_id, "ada@example.com", SUPER_ADMIN)


def test_edit_changes_what_was_named_and_nothing_else(changes: Changes, who: Who, owner: Who) -> None:
    """One change, with before and after."""
    with changes.database.reading() as session:
        before = get_account(session, who.account)

    edited, outcome = edit_account(changes, owner, purchases_per_day=0, call_retention_days=30)

    change = last_change(changes)
    assert (change.n, change.action) == (outcome.n, "account.edited")
    assert (change.before, change.after) == (before, edited)
    assert (edited["name"], edited["purchases_per_day"], edited["call_retention_days"]) == ("Example Business", 0, 30)
    renamed, _ = edit_account(changes, owner, name=" Best Business ", if_match=edited["etag"])
    assert (renamed["name"], renamed["purchases_per_day"]) == ("Best Business", 0)


def test_edit_that_alters_nothing_is_no_change(changes: Changes, owner: Who) -> None:
    """One's own name is not taken by oneself."""
    before = change_counter(changes)

    _, outcome = edit_account(changes, owner, name="Example Business", purchases_per_day=25)

    assert (outcome.n, change_counter(changes)) == (before, before)


REFUSED: dict[str, tuple[Callable[[Changes, Who], object], type[OperationError], str]] = {
    "name taken": (lambda c, w: edit_account(c, w, name="Other Business"), Conflict, "account_exists"),
    "no name": (lambda c, w: edit_account(c, w, name=" "), Invalid, "invalid"),
    "fewer than no purchases": (lambda c, w: edit_account(c, w, purchases_per_day=-1), Invalid, "invalid"),
    "endless purchases": (lambda c, w: edit_account(c, w, purchases_per_day=1001), Invalid, "invalid"),
    "nothing kept": (lambda c, w: edit_account(c, w, call_retention_days=0), Invalid, "invalid"),
    "kept for ever": (lambda c, w: edit_account(c, w, call_retention_days=3651), Invalid, "invalid"),
    "not as seen": (lambda c, w: edit_account(c, w, name="New", if_match="0" * 16), Changed, "changed_meanwhile"),
    "an Admin": (lambda c, w: edit_account(c, Who(w.account, "b", ADMIN), name="New"), Forbidden, "forbidden"),
    "an account made from inside one": (lambda c, w: create_account(c, w, "New"), Forbidden, "forbidden"),
}


@pytest.mark.parametrize("refused", REFUSED)
def test_refused_edit_of_an_account_leaves_nothing_behind(
    changes: Changes, owner: Who, other: Who, refused: str
) -> None:
    """No account is half edited."""
    operation, error, code = REFUSED[refused]
    with changes.database.reading() as session:
        before = list_accounts(session)
    n = change_counter(changes)

    with pytest.raises(error) as refusal:
        operation(changes, owner)

    assert refusal.value.code == code
    with changes.database.reading() as session:
        assert list_accounts(session) == before
    assert change_counter(changes) == n
