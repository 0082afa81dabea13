"""A release stops the calls first; then Twilio is told, however often that takes."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import insert, select, update

from models import Host, Number
from operations.add_number import add_number
from operations.changes import Changes, Who
from operations.errors import Conflict, Invalid
from operations.finish_releases import finish_releases, give_back, list_open_releases
from operations.pause_number import pause_number
from operations.release_number import release_number
from operations.twilio_account import OwnedNumber, TwilioAccount
from simulator.rest import (
    Fault,
    RunningSimulator,
    authentication_failed,
    connection_reset,
    internal_error,
    not_json,
    too_many_requests,
)
from tests.conftest import Answer
from tests.operations.at_twilio import LAGGARD, WEBHOOKS, buy, laggard
from tests.operations.audit import every_change, last_change
from tests.operations.conftest import NUMBER

NUMBERS = "IncomingPhoneNumbers"


@pytest.fixture
def owned(changes: Changes, who: Who, number: dict[str, Any], twilio: TwilioAccount) -> OwnedNumber:
    """The account's number, at Twilio and here."""
    owned = buy(twilio, NUMBER)
    set_sid(changes, owned.sid)
    return owned


def set_sid(changes: Changes, sid: str | None) -> None:
    with changes.database.writing() as session:
        session.execute(update(Number).where(Number.phone_number == NUMBER).values(sid=sid))


def sid_of(changes: Changes, number_id: int) -> str | None:
    with changes.database.reading() as session:
        return session.scalar(select(Number.sid).where(Number.id == number_id))


def test_released_number_is_given_back_and_not_charged_any_more(
    changes: Changes, who: Who, owned: OwnedNumber, twilio: TwilioAccount
) -> None:
    """Two changes: first its calls stop, then Twilio has confirmed."""
    released, outcome = release_number(changes, who, NUMBER, "moved", twilio=twilio)

    assert twilio.read(owned.sid) is None
    assert released["charged_until"] > released["released_at"]
    assert (outcome.in_force, outcome.warnings) == (True, ())
    assert [change.action for change in every_change(changes)[-2:]] == ["number.released", "number.freed"]
    assert outcome.n == last_change(changes).n - 1


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        (internal_error(), "Twilio has a fault of its own."),
        (internal_error(is_done=True), "Twilio has a fault of its own."),
        (connection_reset(), "broke off"),
        (connection_reset(is_done=True), "broke off"),
        (not_json(), "Twilio has a fault of its own."),
        (not_json(is_done=True), "Twilio has a fault of its own."),
        (too_many_requests(), "too many requests"),
        (authentication_failed(), "does not accept our credentials"),
    ],
    ids=str,
)
def test_release_stands_whatever_twilio_answers_and_is_finished_later(
    changes: Changes,
    who: Who,
    owned: OwnedNumber,
    twilio: TwilioAccount,
    twilio_server: RunningSimulator,
    twilio_post: Callable[..., Answer],
    fault: Fault,
    sentence: str,
) -> None:
    """No call is routed from the first answer on; meanwhile everybody can see that Twilio still charges."""
    twilio_server.faults.next("DELETE", NUMBERS, fault)

    released, outcome = release_number(changes, who, NUMBER, twilio=twilio)

    assert (released["status"], released["charged_until"]) == ("released", None)
    assert sentence in outcome.warnings[0]
    assert twilio_post().verbs == ["Reject"]
    assert [release.phone_number for release in list_open_releases(changes.database)] == [NUMBER]
    assert finish_releases(changes, twilio) == []
    assert twilio.read(owned.sid) is None
    assert last_change(changes).after["charged_until"] is not None
    assert list_open_releases(changes.database) == []


def test_number_that_was_gone_already_is_done(
    changes: Changes, who: Who, owned: OwnedNumber, twilio: TwilioAccount
) -> None:
    """Somebody has released it in Twilio's console."""
    twilio.release(owned.sid)

    released, outcome = release_number(changes, who, NUMBER, twilio=twilio)

    assert released["charged_until"] is not None
    assert outcome.warnings == ()


def test_twilio_is_not_told_before_every_host_has_confirmed(
    changes: Changes, who: Who, owned: OwnedNumber, twilio: TwilioAccount
) -> None:
    """A host that has not heard of it still hands calls over, and those must come."""
    with changes.database.writing() as session:
        session.execute(insert(Host), [laggard()])

    _, outcome = release_number(changes, who, NUMBER, twilio=twilio)
    [still_open] = finish_releases(changes, twilio)

    assert not outcome.in_force
    assert "the hosts named have to confirm first" in outcome.warnings[0]
    assert "laggard" in still_open.problem
    assert twilio.read(owned.sid) is not None

    with changes.database.writing() as session:
        session.execute(update(Host).where(Host.id == LAGGARD).values(known=1_000_000))
    assert finish_releases(changes, twilio) == []
    assert twilio.read(owned.sid) is None


def test_nobody_takes_the_number_over_while_its_release_is_open(
    changes: Changes,
    who: Who,
    other: Who,
    owned: OwnedNumber,
    twilio: TwilioAccount,
    twilio_server: RunningSimulator,
) -> None:
    """The DELETE that is still to come would hit it."""
    twilio_server.faults.next("DELETE", NUMBERS, too_many_requests())
    release_number(changes, who, NUMBER, twilio=twilio)

    for somebody in (who, other):
        with pytest.raises(Conflict) as refusal:
            add_number(changes, somebody, NUMBER, twilio=twilio, webhooks=WEBHOOKS)
        assert refusal.value.code == "number_still_releasing"

    finish_releases(changes, twilio)
    again = buy(twilio, NUMBER)
    added, _ = add_number(changes, other, NUMBER, "Zoe", twilio=twilio, webhooks=WEBHOOKS)

    assert sid_of(changes, added["id"]) == again.sid != owned.sid


def test_repeated_delete_never_hits_the_number_that_was_bought_again(
    changes: Changes,
    who: Who,
    owned: OwnedNumber,
    twilio: TwilioAccount,
    twilio_server: RunningSimulator,
) -> None:
    """Twilio had deleted it, but not said so; somebody has bought it anew before the next try."""
    twilio_server.faults.next("DELETE", NUMBERS, connection_reset(is_done=True))
    release_number(changes, who, NUMBER, twilio=twilio)
    again = buy(twilio, NUMBER)

    assert finish_releases(changes, twilio) == []
    assert twilio.read(again.sid) is not None


def test_release_without_twilio_is_left_to_the_housekeeper(
    app: Flask, changes: Changes, who: Who, owned: OwnedNumber, twilio: TwilioAccount
) -> None:
    """Other programs release numbers without knowing Twilio."""
    release_number(changes, who, NUMBER)

    app.extensions["housekeeper"].work()

    assert twilio.read(owned.sid) is None
    assert list_open_releases(changes.database) == []


def test_number_whose_sid_nobody_knew_is_looked_up(
    changes: Changes, who: Who, owned: OwnedNumber, twilio: TwilioAccount
) -> None:
    """It was added without Twilio, but Twilio has it and charges for it."""
    set_sid(changes, None)

    released, _ = release_number(changes, who, NUMBER, twilio=twilio)

    assert twilio.read(owned.sid) is None
    assert released["charged_until"] is not None
    assert sid_of(changes, released["id"]) == owned.sid


def test_number_that_twilio_does_not_know_is_freed_at_once(
    changes: Changes, who: Who, number: dict[str, Any], twilio: TwilioAccount
) -> None:
    """There is nothing to delete, and Twilio has said so."""
    released, outcome = release_number(changes, who, NUMBER, twilio=twilio)

    assert released["charged_until"] is not None
    assert outcome.warnings == ()


def test_number_without_a_sid_waits_for_twilio_to_answer(
    changes: Changes, who: Who, number: dict[str, Any], twilio: TwilioAccount, twilio_server: RunningSimulator
) -> None:
    """Nobody knows whether it is charged for, so nobody says that it is not."""
    twilio_server.faults.next("GET", NUMBERS, too_many_requests())

    released, outcome = release_number(changes, who, NUMBER, twilio=twilio)

    assert released["charged_until"] is None
    assert "too many requests" in outcome.warnings[0]
    assert finish_releases(changes, twilio) == []


def test_live_number_is_never_taken_for_the_released_one(
    changes: Changes, who: Who, other: Who, number: dict[str, Any], twilio: TwilioAccount
) -> None:
    """It was added again, by whomever, before anybody had looked up the sid of the released one."""
    release_number(changes, who, NUMBER)
    owned = buy(twilio, NUMBER)
    add_number(changes, other, NUMBER, "Zoe")

    assert finish_releases(changes, twilio) == []
    assert twilio.read(owned.sid) is not None
    assert sid_of(changes, number["id"]) is None


def test_number_bought_after_its_release_is_not_taken_for_the_released_one(
    changes: Changes, who: Who, number: dict[str, Any], twilio: TwilioAccount
) -> None:
    """Somebody has bought it in Twilio's console; `sync` will tell that nobody here knows it."""
    release_number(changes, who, NUMBER)
    with changes.database.writing() as session:
        session.execute(update(Number).values(released_at=datetime(2020, 1, 1, tzinfo=UTC)))
    owned = buy(twilio, NUMBER)

    assert finish_releases(changes, twilio) == []
    assert twilio.read(owned.sid) is not None


def test_two_hosts_may_finish_the_same_release(
    changes: Changes, who: Who, owned: OwnedNumber, twilio: TwilioAccount
) -> None:
    """The second finds nothing to do, and notes nothing."""
    released, _ = release_number(changes, who, NUMBER)

    first = give_back(changes, who, released["id"], twilio)
    n = last_change(changes).n
    second = give_back(changes, who, released["id"], twilio)

    assert first == second
    assert last_change(changes).n == n


def test_round_ends_when_twilio_is_away(
    changes: Changes, who: Who, twilio: TwilioAccount, twilio_server: RunningSimulator
) -> None:
    """Hundreds of numbers would each wait for an answer; every one of them is still told."""
    for last in range(10):
        add_number(changes, who, f"+1415555011{last}")
        release_number(changes, who, f"+1415555011{last}")
    twilio_server.faults.next("*", NUMBERS, internal_error(), times=20)

    still_open = finish_releases(changes, twilio)

    assert [release.phone_number for release in still_open] == [f"+1415555011{last}" for last in range(10)]
    assert twilio_server.faults.waiting() == 20 - 3


def test_number_that_is_being_bought_cannot_be_released(changes: Changes, who: Who, twilio: TwilioAccount) -> None:
    """Nobody knows yet whether there is anything to give back."""
    add_number(changes, who, NUMBER, status="pending")

    with pytest.raises(Conflict) as refusal:
        release_number(changes, who, NUMBER, twilio=twilio)

    assert refusal.value.code == "number_pending"


@pytest.mark.parametrize("is_there", [True, False])
def test_number_that_never_becomes_active_can_be_released(
    changes: Changes, who: Who, twilio: TwilioAccount, is_there: bool
) -> None:
    """It was bought, and is charged for: whether Twilio still has it or not, it is not to stay Pending for ever."""
    add_number(changes, who, NUMBER, status="pending")
    sid = buy(twilio, NUMBER).sid
    if not is_there:
        twilio.release(sid)
    with changes.database.writing() as session:
        session.execute(update(Number).values(sid=sid))

    released, outcome = release_number(changes, who, NUMBER, twilio=twilio)

    assert (released["status"], outcome.warnings) == ("released", ())
    assert released["charged_until"] is not None
    assert twilio.find(NUMBER) is None


def test_another_number_does_not_confirm_a_release(changes: Changes, who: Who, number: dict[str, Any]) -> None:
    """Neither does what is no number; the number itself does, however it is written."""
    for typed in ("+14155550101", "yes", ""):
        with pytest.raises(Invalid):
            release_number(changes, who, NUMBER, confirm=typed)

    assert release_number(changes, who, NUMBER, confirm="+1 415-555-0100")[0]["status"] == "released"


def test_release_forgets_what_callers_met_while_it_was_paused(
    changes: Changes, who: Who, number: dict[str, Any]
) -> None:
    """Nothing resumes a released number."""
    pause_number(changes, who, NUMBER)
    with changes.database.writing() as session:
        session.execute(update(Number).values(paused_treatment="busy", resume_at=datetime.now(UTC)))

    release_number(changes, who, NUMBER)

    with changes.database.reading() as session:
        kept = session.execute(select(Number.paused_treatment, Number.resume_at, Number.agent_id)).one()
    assert tuple(kept) == (None, None, None)
