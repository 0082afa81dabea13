"""A change has the next number, is in force only when every host has followed, and leaves nothing when it fails."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask

from models import Host
from operations import in_force
from operations.accounts import create_account
from operations.add_number import add_number
from operations.agents import create_agent
from operations.assign_number import assign_number
from operations.changes import Changes, Who
from operations.errors import Invalid, NotFound
from operations.hosts import list_hosts, remove_host
from operations.in_force import Outcome
from operations.locations import create_location
from operations.pause_number import pause_number, resume_number
from operations.permissions import SYSTEM
from operations.release_number import release_number
from operations.tokens import create_token
from operations.users import create_user
from tests.conftest import Answer
from tests.operations.audit import change_counter, every_change, last_change
from tests.operations.conftest import NUMBER
from tests.servers.free_port import find_free_port

LOST = "dead" * 8


@pytest.fixture
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for hosts that will not follow for a moment only."""
    monkeypatch.setattr(in_force, "CONFIRM_WITHIN_SECONDS", 0.15)


@pytest.fixture
def lost_host(changes: Changes, hurry: None) -> str:
    """The id of a registered host that follows no changes."""
    with changes.database.writing() as session:
        session.add(Host(id=LOST, name="lost", known=-1, seen_at=datetime.now(UTC)))
    return LOST


def test_change_numbers_count_from_one_without_gaps(changes: Changes, who: Who, number: dict[str, Any]) -> None:
    """A change that was refused or altered nothing took no number."""
    pause_number(changes, who, NUMBER)
    pause_number(changes, who, NUMBER)
    with pytest.raises(NotFound):
        pause_number(changes, who, "+14155550149")
    resume_number(changes, who, NUMBER)

    assert [change.n for change in every_change(changes)] == list(range(1, change_counter(changes) + 1))


@pytest.mark.parametrize(
    "operation",
    [
        lambda changes, nobody: create_agent(changes, nobody, "Clara", "phone", "+14155550182"),
        lambda changes, nobody: create_location(changes, nobody, "Downtown"),
        lambda changes, nobody: add_number(changes, nobody, NUMBER),
        lambda changes, nobody: assign_number(changes, nobody, NUMBER, "Clara"),
        lambda changes, nobody: pause_number(changes, nobody, NUMBER),
        lambda changes, nobody: release_number(changes, nobody, NUMBER),
        lambda changes, nobody: create_user(changes, nobody, "ada@example.com", "admin"),
        lambda changes, nobody: create_token(changes, nobody, "admin"),
    ],
)
def test_change_in_no_account_is_refused_by_what_needs_one(
    changes: Changes, operation: Callable[[Changes, Who], object]
) -> None:
    """Rather than looked for in an account that does not exist."""
    before = change_counter(changes)

    with pytest.raises(Invalid, match="which account"):
        operation(changes, Who(None, "test", SYSTEM))

    assert change_counter(changes) == before


@pytest.mark.parametrize("is_written", [False, True])
def test_change_that_raises_midway_leaves_nothing_behind(changes: Changes, who: Who, is_written: bool) -> None:
    """Whatever was raised, also once the audit row was written and announced."""
    before = change_counter(changes)

    def fail_midway() -> None:
        with changes.making(who, "number.added") as draft:
            draft.record(["+14155550100"], None, {})
            if is_written:
                draft.write()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_midway()

    assert change_counter(changes) == before == len(every_change(changes))


def test_outcome_is_not_known_before_the_change_has_ended(changes: Changes, who: Who) -> None:
    """Nobody can promise from inside the transaction."""
    with changes.making(who, "number.added") as draft, pytest.raises(RuntimeError):
        _ = draft.outcome

    assert draft.outcome.in_force


def test_change_is_not_in_force_while_a_registered_host_does_not_follow(
    changes: Changes, who: Who, number: dict[str, Any], lost_host: str
) -> None:
    """It is committed all the same, and the outcome names who has not confirmed."""
    paused, outcome = pause_number(changes, who, NUMBER)

    assert paused["status"] == "paused"
    assert outcome == Outcome(change_counter(changes), False, ("lost (deaddead)",))


def test_repeated_pause_is_in_force_once_the_lost_host_is_removed(
    changes: Changes, who: Who, number: dict[str, Any], lost_host: str
) -> None:
    """And not before: repeating it is not a way around the promise."""
    _, first = pause_number(changes, who, NUMBER)
    _, second = pause_number(changes, who, NUMBER)
    remove_host(changes, who, lost_host[:8])

    _, third = pause_number(changes, who, NUMBER)

    assert [outcome.in_force for outcome in (first, second, third)] == [False, False, True]


def test_change_is_in_force_once_the_other_host_has_followed(
    make_app: Callable[..., Flask], changes: Changes, who: Who, number: dict[str, Any], hurry: None
) -> None:
    """Two hosts on one database: the pause waits for both keepers."""
    second_host = make_app(data_dir="second-host")
    _, waiting = pause_number(changes, who, NUMBER)
    second_host.extensions["keeper"].work()

    _, confirmed = pause_number(changes, who, NUMBER)

    assert (waiting.in_force, len(waiting.unconfirmed)) == (False, 1)
    assert (confirmed.in_force, confirmed.n) == (True, waiting.n)


def test_change_is_in_force_without_redis(make_app: Callable[..., Flask]) -> None:
    """Nobody believes a Redis that is behind, so nobody waits for it."""
    app = make_app(redis_url=f"redis://127.0.0.1:{find_free_port()}", data_dir="lonely-host")
    changes: Changes = app.extensions["changes"]

    with changes.making(Who(None, "test", SYSTEM), "number.added") as draft:
        draft.record([NUMBER], None, {})

    assert draft.outcome == Outcome(1, True)


def test_change_is_in_force_when_no_host_is_registered(make_app: Callable[..., Flask], changes: Changes) -> None:
    """As before the first start: there is nobody to ask, and nobody who answers calls."""
    with changes.database.reading() as session:
        [host] = list_hosts(session)
    remove_host(changes, Who(None, "test", SYSTEM), host["id"])

    create_account(changes, Who(None, "test", SYSTEM), "Example Business")

    assert changes.confirm(change_counter(changes)).in_force


def test_removal_of_a_host_is_in_the_audit_trail(changes: Changes, who: Who, lost_host: str) -> None:
    """From then on promises are made without it."""
    remove_host(changes, who, lost_host)

    change = last_change(changes)
    assert change.before is not None
    assert (change.action, change.before["id"], change.after) == ("host.removed", lost_host, None)
    with changes.database.reading() as session:
        assert lost_host not in [host["id"] for host in list_hosts(session)]


@pytest.mark.parametrize(
    ("host_id", "error"), [("beefbeef", NotFound), ("dead", Invalid), ("", Invalid), ("%" * 8, NotFound)]
)
def test_host_that_is_not_named_clearly_is_not_removed(
    changes: Changes, who: Who, lost_host: str, host_id: str, error: type[Exception]
) -> None:
    """A wrong removal would break a promise."""
    with changes.database.reading() as session:
        hosts = list_hosts(session)

    with pytest.raises(error):
        remove_host(changes, who, host_id)

    with changes.database.reading() as session:
        assert list_hosts(session) == hosts


def test_removed_host_that_comes_back_registers_again_and_follows(
    app: Flask, changes: Changes, who: Who, number: dict[str, Any], twilio_post: Callable[..., Answer]
) -> None:
    """It forgets what it knew: changes were acknowledged without it."""
    host_id = app.extensions["local_store"].host_id()
    remove_host(changes, who, host_id)
    pause_number(changes, who, NUMBER)

    app.extensions["keeper"].work()

    with changes.database.reading() as session:
        [host] = list_hosts(session)
    assert (host["id"], host["known"]) == (host_id, change_counter(changes))
    assert twilio_post().verbs == ["Reject"]
