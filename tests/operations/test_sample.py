"""An empty database begins with a small honest sample, once."""

from collections import Counter
from collections.abc import Callable

from argon2 import PasswordHasher
from sqlalchemy import select

from models import HANDOFF_KINDS, User
from operations.agents import list_agents
from operations.changes import Changes, Who
from operations.list_numbers import list_numbers
from operations.locations import list_locations
from operations.sample import NUMBERS, PAUSED, PENDING, RELEASED, SUPER_ADMIN, UNASSIGNED, create_sample
from tests.conftest import Answer
from tests.operations.audit import change_counter


def test_sample_has_an_agent_of_each_kind_two_locations_and_numbers_in_every_status(changes: Changes) -> None:
    """What the first `make run` promises."""
    create_sample(changes)

    with changes.database.reading() as session:
        agents, locations, numbers = list_agents(session, 1), list_locations(session, 1), list_numbers(session, 1)
    assert sorted(agent["handoff_kind"] for agent in agents) == sorted(HANDOFF_KINDS)
    assert len(locations) == 2
    statuses = Counter(number["status"] for number in numbers)
    assert statuses == {"active": len(NUMBERS) + 1, "paused": 1, "pending": 1, "released": 1}
    assert {number["agent"]["name"] for number in numbers if number["receiving_calls"]} == {a["name"] for a in agents}


def test_sample_has_a_super_admin_whose_password_is_returned(changes: Changes) -> None:
    """It is the only way in, so it must be right."""
    password = create_sample(changes)

    with changes.database.reading() as session:
        user = session.scalars(select(User)).one()
    assert (user.email, user.role) == (SUPER_ADMIN, "super_admin")
    assert password is not None
    assert PasswordHasher().verify(user.password_hash, password)


def test_calls_to_the_sample_meet_every_decision(changes: Changes, twilio_post: Callable[..., Answer]) -> None:
    """Each hand-off kind, and each way to be refused."""
    create_sample(changes)

    answered = [twilio_post(To=number[0]).verbs[0] for number in NUMBERS]
    refused = [twilio_post(To=to).find("Reject").get("reason") for to in (PAUSED, PENDING, UNASSIGNED, RELEASED)]

    assert answered == ["Connect", "Connect", "Dial", "Dial", "Dial", "Redirect"]
    assert refused == ["busy", "busy", "busy", "rejected"]


def test_sample_is_created_once(changes: Changes) -> None:
    """The second start finds an account and leaves everything as it is."""
    create_sample(changes)
    before = change_counter(changes)

    assert create_sample(changes) is None
    assert change_counter(changes) == before


def test_business_with_an_account_gets_no_sample(changes: Changes, who: Who) -> None:
    """However empty that account is."""
    assert create_sample(changes) is None
    with changes.database.reading() as session:
        assert list_numbers(session, who.account_id or 0) == []
