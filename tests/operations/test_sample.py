"""An empty database begins with a small honest sample, once."""

from collections import Counter
from collections.abc import Callable

import pytest
from argon2 import PasswordHasher
from flask import Flask
from sqlalchemy import select

from models import HANDOFF_KINDS, Account, Number, User
from operations import sample
from operations.agents import list_agents
from operations.changes import Changes, Who
from operations.list_numbers import list_numbers
from operations.locations import list_locations
from operations.permissions import SYSTEM
from operations.release_number import release_number
from operations.sample import (
    NUMBERS,
    PAUSED,
    PENDING,
    RELEASED,
    SUPER_ADMIN,
    UNASSIGNED,
    SampleAtTwilio,
    create_first_super_admin,
    create_sample,
)
from operations.twilio_account import TwilioAccount, webhooks_of
from simulator.rest import RunningSimulator
from tests.conftest import PUBLIC_URL, Answer
from tests.operations.audit import change_counter


def create_everything(changes: Changes) -> str | None:
    """Do what a start does, and return the password."""
    password = create_first_super_admin(changes)
    create_sample(changes)
    return password


def test_sample_has_an_agent_of_each_kind_two_locations_and_numbers_in_every_status(changes: Changes) -> None:
    """What the first `make run` promises."""
    create_everything(changes)

    with changes.database.reading() as session:
        agents, locations, numbers = list_agents(session, 1), list_locations(session, 1), list_numbers(session, 1)
    assert sorted(agent["handoff_kind"] for agent in agents) == sorted(HANDOFF_KINDS)
    assert len(locations) == 2
    statuses = Counter(number["status"] for number in numbers)
    assert statuses == {"active": len(NUMBERS) + 1, "paused": 1, "pending": 1, "released": 1}
    assert {number["agent"]["name"] for number in numbers if number["receiving_calls"]} == {a["name"] for a in agents}


def test_sample_has_a_super_admin_whose_password_is_returned(changes: Changes) -> None:
    """It is the only way in, so it must be right."""
    password = create_first_super_admin(changes)

    with changes.database.reading() as session:
        user = session.scalars(select(User)).one()
    assert (user.email, user.role) == (SUPER_ADMIN, "super_admin")
    assert password is not None
    assert PasswordHasher().verify(user.password_hash, password)


def test_calls_to_the_sample_meet_every_decision(changes: Changes, twilio_post: Callable[..., Answer]) -> None:
    """Each hand-off kind, and each way to be refused."""
    create_everything(changes)

    answered = [twilio_post(To=number[0]).verbs[0] for number in NUMBERS]
    refused = [twilio_post(To=to).find("Reject").get("reason") for to in (PAUSED, PENDING, UNASSIGNED, RELEASED)]

    assert answered == ["Connect", "Connect", "Dial", "Dial", "Dial", "Redirect"]
    assert refused == ["busy", "busy", "busy", "rejected"]


def test_sample_is_created_once(changes: Changes) -> None:
    """The second start finds an account and leaves everything as it is."""
    create_everything(changes)
    before = change_counter(changes)

    assert create_everything(changes) is None
    assert change_counter(changes) == before


def test_business_with_an_account_gets_no_sample(changes: Changes, who: Who) -> None:
    """However empty that account is."""
    assert create_everything(changes) is None
    with changes.database.reading() as session:
        assert list_numbers(session, who.account) == []


def test_start_that_was_cut_off_before_the_super_admin_creates_one_later(
    changes: Changes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without one nobody could ever log in."""
    with monkeypatch.context() as patch:
        patch.setattr(sample, "create_user", interrupt)
        with pytest.raises(KeyboardInterrupt):
            create_first_super_admin(changes)

    assert create_everything(changes)
    assert create_everything(changes) is None
    with changes.database.reading() as session:
        assert session.scalars(select(Account.name)).all() == ["Sample Business"]


@pytest.mark.parametrize("step", ["create_agent", "create_location", "add_number", "pause_number", "release_number"])
def test_sample_that_was_cut_off_is_completed_by_the_next_start(
    changes: Changes, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """Whatever was made before stays as it is, and the password was returned before any of it."""
    password = create_first_super_admin(changes)
    with monkeypatch.context() as patch:
        patch.setattr(sample, step, interrupt)
        with pytest.raises(KeyboardInterrupt):
            create_sample(changes)

    assert create_everything(changes) is None

    assert password is not None
    with changes.database.reading() as session:
        assert len(list_agents(session, 1)) == len(HANDOFF_KINDS)
        assert len(list_locations(session, 1)) == 2
        statuses = Counter(number["status"] for number in list_numbers(session, 1))
    assert statuses == {"active": len(NUMBERS) + 1, "paused": 1, "pending": 1, "released": 1}


def test_number_that_was_removed_from_the_complete_sample_stays_away(changes: Changes) -> None:
    """A later start does not bring back what somebody has taken away."""
    create_everything(changes)
    release_number(changes, Who(1, "test", SYSTEM), NUMBERS[0][0])
    before = change_counter(changes)

    create_everything(changes)

    assert change_counter(changes) == before


def test_samples_numbers_are_bought_where_twilio_is(
    twilio_server: RunningSimulator, changes: Changes, app: Flask
) -> None:
    """Each points here and is known here by its SID; the released one was given back, and its charges have ended."""
    twilio: TwilioAccount = app.extensions["twilio"]
    create_first_super_admin(changes)

    assert create_sample(changes, SampleAtTwilio(twilio, webhooks_of(PUBLIC_URL)))

    owned = {number.phone_number: number for number in twilio.every_number()}
    with changes.database.reading() as session:
        known = {number.phone_number: number for number in session.scalars(select(Number))}
    assert {*known} - {*owned} == {RELEASED}
    assert {name: number.sid for name, number in known.items() if name != RELEASED} == {
        name: number.sid for name, number in owned.items()
    }
    assert {number.voice_url for number in owned.values()} == {webhooks_of(PUBLIC_URL).voice_url}
    assert known[RELEASED].charged_until is not None
    assert {number.label for number in known.values()} == {""}


def interrupt(*_: object, **__: object) -> None:
    raise KeyboardInterrupt
