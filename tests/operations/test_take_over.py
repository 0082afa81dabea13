"""A number that Twilio has already comes here: first its route, then its calls."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import insert, select

from models import Host, Number
from operations.add_number import add_number
from operations.changes import Changes, Who
from operations.errors import Conflict, Forbidden
from operations.permissions import MEMBER
from operations.release_number import release_number
from operations.twilio_account import OwnedNumber, TwilioAccount
from simulator.rest import (
    Fault,
    RunningSimulator,
    authentication_failed,
    connection_reset,
    internal_error,
    too_many_requests,
)
from tests.operations.at_twilio import OLD_WEBHOOKS, WEBHOOKS, buy, laggard
from tests.operations.audit import last_change
from tests.operations.conftest import NUMBER

NUMBERS = "IncomingPhoneNumbers"


@pytest.fixture
def owned(twilio: TwilioAccount) -> OwnedNumber:
    """A number at Twilio that somebody else's program answers."""
    return buy(twilio, NUMBER, "Reception", OLD_WEBHOOKS)


def row_of(changes: Changes, number: dict[str, Any]) -> Number:
    with changes.database.reading() as session:
        return session.scalars(select(Number).where(Number.id == number["id"])).one()


def test_number_is_known_by_its_facts_and_points_here(
    changes: Changes, who: Who, owned: OwnedNumber, twilio: TwilioAccount
) -> None:
    """Its friendly name becomes its label, and all three webhooks are ours."""
    added, outcome = add_number(changes, who, NUMBER, twilio=twilio, webhooks=WEBHOOKS)

    assert (added["label"], added["country"], added["type"]) == ("Reception", "US", "local")
    assert row_of(changes, added).sid == owned.sid
    assert outcome.warnings == ()
    after = twilio.read(owned.sid)
    assert (after.voice_url, after.voice_fallback_url, after.status_callback) == (
        WEBHOOKS.voice_url,
        WEBHOOKS.fallback_url,
        WEBHOOKS.status_callback_url,
    )


def test_audit_trail_tells_where_its_calls_went_before(
    changes: Changes, who: Who, owned: OwnedNumber, twilio: TwilioAccount
) -> None:
    """Whoever regrets it finds the old URLs there."""
    add_number(changes, who, NUMBER, twilio=twilio, webhooks=WEBHOOKS)

    before = last_change(changes).before["at_twilio"]
    assert (before["sid"], before["voice_url"]) == (owned.sid, OLD_WEBHOOKS.voice_url)
    assert before["status_callback"] == OLD_WEBHOOKS.status_callback_url


@pytest.mark.parametrize(
    ("friendly_name", "label"),
    [
        ("", ""),
        ("(415) 555-0100", ""),
        ("+14155550100", ""),
        ("Front  desk\n2", "Front desk 2"),
        ("4155550100 Airport", "4155550100 Airport"),
    ],
)
def test_friendly_name_is_the_label_unless_it_is_just_the_number(
    changes: Changes, who: Who, twilio: TwilioAccount, friendly_name: str, label: str
) -> None:
    """What Twilio calls a number by itself says nothing."""
    buy(twilio, NUMBER, friendly_name)

    assert add_number(changes, who, NUMBER, twilio=twilio, webhooks=WEBHOOKS)[0]["label"] == label


def test_given_label_goes_before_the_friendly_name(
    changes: Changes, who: Who, owned: OwnedNumber, twilio: TwilioAccount
) -> None:
    """People know better."""
    assert add_number(changes, who, NUMBER, label="Hotline", twilio=twilio, webhooks=WEBHOOKS)[0]["label"] == "Hotline"


def test_application_and_trunk_are_taken_off(
    changes: Changes, who: Who, owned: OwnedNumber, twilio: TwilioAccount, at_twilio: Any
) -> None:
    """While one of them is set, Twilio ignores the voice URL."""
    at_twilio(owned.sid, voice_application_sid="AP" + "1" * 32)

    add_number(changes, who, NUMBER, twilio=twilio, webhooks=WEBHOOKS)

    assert twilio.read(owned.sid).voice_application_sid == ""
    assert last_change(changes).before["at_twilio"]["voice_application_sid"] == "AP" + "1" * 32


def test_number_that_points_here_already_is_not_changed_at_twilio(
    changes: Changes, who: Who, twilio: TwilioAccount, twilio_server: RunningSimulator
) -> None:
    """A request less that can fail."""
    buy(twilio, NUMBER)
    twilio_server.faults.next("POST", NUMBERS, internal_error())

    assert add_number(changes, who, NUMBER, twilio=twilio, webhooks=WEBHOOKS)[1].warnings == ()


@pytest.mark.parametrize(
    ("method", "fault", "sentence"),
    [
        ("GET", internal_error(), "could not be asked. Twilio has a fault of its own."),
        ("GET", too_many_requests(), "could not be asked. Twilio has too many requests"),
        ("POST", internal_error(), "not certain that its calls come here: Twilio has a fault"),
        ("POST", connection_reset(), "not certain that its calls come here: The connection to Twilio broke off"),
        ("POST", authentication_failed(), "not certain that its calls come here: Twilio does not accept our"),
    ],
    ids=str,
)
def test_number_is_added_whatever_twilio_answers(
    changes: Changes,
    who: Who,
    owned: OwnedNumber,
    twilio: TwilioAccount,
    twilio_server: RunningSimulator,
    method: str,
    fault: Fault,
    sentence: str,
) -> None:
    """Its route is there; the warning says what is missing and who repairs it."""
    twilio_server.faults.next(method, NUMBERS, fault)

    added, outcome = add_number(changes, who, NUMBER, twilio=twilio, webhooks=WEBHOOKS)

    assert added["status"] == "active"
    [warning] = outcome.warnings
    assert sentence in warning
    assert "flask numbers sync" in warning
    assert row_of(changes, added).sid == (owned.sid if method == "POST" else None)


def test_number_that_twilio_does_not_have_is_added_with_a_warning(
    changes: Changes, who: Who, twilio: TwilioAccount
) -> None:
    """Other programs add numbers that only they know."""
    added, outcome = add_number(changes, who, NUMBER, twilio=twilio, webhooks=WEBHOOKS)

    assert added["status"] == "active"
    assert "does not have +14155550100" in outcome.warnings[0]


def test_calls_are_not_sent_here_before_every_host_knows_the_number(
    changes: Changes, who: Who, owned: OwnedNumber, twilio: TwilioAccount
) -> None:
    """A host that has not heard of it would refuse them; where they go now they are answered."""
    with changes.database.writing() as session:
        session.execute(insert(Host), [laggard()])

    _, outcome = add_number(changes, who, NUMBER, twilio=twilio, webhooks=WEBHOOKS)

    assert not outcome.in_force
    assert "the hosts named have to know it first" in outcome.warnings[0]
    assert twilio.read(owned.sid).voice_url == OLD_WEBHOOKS.voice_url


def test_member_takes_nothing_over_and_asks_twilio_nothing(
    changes: Changes, who: Who, twilio_server: RunningSimulator, app: Flask
) -> None:
    """The refusal comes first."""
    twilio_server.faults.next("*", "*", internal_error())

    with pytest.raises(Forbidden):
        add_number(changes, Who(who.account, "test", MEMBER), NUMBER, twilio=app.extensions["twilio"])

    assert twilio_server.faults.waiting() == 1


def test_number_given_back_between_look_and_addition_is_refused(
    changes: Changes, who: Who, owned: OwnedNumber, twilio: TwilioAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What Twilio said before is not true any more: the sid is that of a number that is gone."""
    add_number(changes, who, NUMBER, twilio=twilio, webhooks=WEBHOOKS)
    find = TwilioAccount.find

    def find_and_release(account: TwilioAccount, phone_number: str) -> OwnedNumber | None:
        found = find(account, phone_number)
        monkeypatch.undo()
        release_number(changes, who, NUMBER, twilio=twilio)
        return found

    monkeypatch.setattr(TwilioAccount, "find", find_and_release)
    with pytest.raises(Conflict) as refusal:
        add_number(changes, who, NUMBER, twilio=twilio, webhooks=WEBHOOKS)

    assert refusal.value.code == "number_released"
