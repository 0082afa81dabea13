"""What callers of a paused number meet, from the database to the TwiML: never the agent."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree

import pytest
from flask import Flask

from models import Call
from operations.add_number import add_number
from operations.agents import create_agent
from operations.changes import Changes, Who
from operations.pause import Pause
from operations.pause_number import pause_number
from routing.call_route import PAUSED, CallRoute
from routing.twiml import TwimlSettings, answer_call
from tests.conftest import PUBLIC_URL, Answer
from tests.routing.door import NUMBER

AGENT, FALLBACK, ELSEWHERE = "+14155550181", "+14155550182", "+14155550177"
TREATMENTS = [
    (Pause(), ["Reject"]),
    (Pause("not_in_service"), ["Reject"]),
    (Pause("message", message="Closed today."), ["Say", "Hangup"]),
    (Pause("forward", forward_to=ELSEWHERE), ["Dial"]),
    (Pause(resume_at=datetime.now(UTC) + timedelta(days=1)), ["Reject"]),
]
APOLOGY = ["Say", "Hangup"]


@pytest.fixture
def clara(changes: Changes, who: Who) -> None:
    """NUMBER, answered by Clara's telephone, who has a fallback number."""
    create_agent(changes, who, "Clara", "phone", AGENT, FALLBACK)
    add_number(changes, who, NUMBER, "Clara")


@pytest.mark.usefixtures("patient", "clara")
@pytest.mark.parametrize(("pause", "verbs"), TREATMENTS)
def test_paused_number_never_reaches_its_agent(
    changes: Changes,
    who: Who,
    twilio_post: Callable[..., Answer],
    stored_calls: Callable[[], list[Call]],
    pause: Pause,
    verbs: list[str],
) -> None:
    """Whatever its callers meet: neither at the voice URL nor the fallback URL nor after a hand-off that failed."""
    assert pause_number(changes, who, NUMBER, None, pause)[1].in_force

    answers = [twilio_post(), twilio_post("/fallback", ErrorCode="11200"), twilio_post("/fallback", ErrorCode="13227")]
    ends = [twilio_post("/handoff-ended", query, DialCallStatus="busy") for query in ("", "?fallback=1")]

    assert [answer.verbs for answer in answers] == [verbs, verbs, APOLOGY]
    assert [answer.verbs for answer in ends] == [APOLOGY, APOLOGY]
    assert not [answer for answer in answers + ends if AGENT in answer.text or FALLBACK in answer.text]
    assert [call.decision for call in stored_calls()] == ["paused"]


@pytest.mark.usefixtures("patient", "clara")
@pytest.mark.parametrize(("pause", "verbs"), TREATMENTS)
def test_worker_redis_and_host_know_the_treatment(
    make_app: Callable[..., Flask], changes: Changes, who: Who, pause: Pause, verbs: list[str]
) -> None:
    """Every copy of the route holds it, and is compared with the database."""
    pause_number(changes, who, NUMBER, None, pause)
    app = make_app()
    lookup = app.extensions["call_path"].lookup

    found = [lookup.find(NUMBER).route for _ in range(2)] + [app.extensions["local_store"].find(NUMBER)]

    assert [route.paused_treatment or "busy" for route in found] == [pause.treatment or "busy"] * 3
    assert len(set(found)) == 1
    assert app.test_cli_runner().invoke(args=["routes", "check"]).exit_code == 0


def answer(route: CallRoute, has_caller_id: bool = True) -> ElementTree.Element:
    return ElementTree.fromstring(answer_call(route, has_caller_id, TwimlSettings(PUBLIC_URL)))


@pytest.mark.parametrize(("treatment", "reason"), [(None, "busy"), ("not_in_service", "rejected")])
def test_refusals_are_the_first_verb_and_so_never_billed(treatment: str | None, reason: str) -> None:
    """Twilio does not answer such a call."""
    root = answer(CallRoute(NUMBER, PAUSED, paused_treatment=treatment))

    assert [(verb.tag, verb.attrib) for verb in root] == [("Reject", {"reason": reason})]


def test_message_is_spoken_as_it_was_typed() -> None:
    """Characters that mean something in XML are only characters."""
    message = "Closed <today> & tomorrow. “Ça va?”"

    assert answer(CallRoute(NUMBER, PAUSED, paused_treatment="message", paused_message=message))[0].text == message


@pytest.mark.parametrize(("has_caller_id", "caller_id"), [(True, None), (False, NUMBER)])
def test_forward_ends_at_our_action_and_never_goes_on_to_the_agent(has_caller_id: bool, caller_id: str | None) -> None:
    """A withheld caller is put through as the dialled number, as everywhere."""
    root = answer(CallRoute(NUMBER, PAUSED, paused_treatment="forward", paused_forward_to=ELSEWHERE), has_caller_id)

    [dial] = root
    assert dial[0].text == ELSEWHERE
    assert dial.attrib["action"] == f"{PUBLIC_URL}/twilio/voice/handoff-ended?fallback=1"
    assert dial.attrib.get("callerId") == caller_id


@pytest.mark.parametrize("treatment", ["message", "forward", "something new"])
def test_treatment_that_lacks_its_value_is_a_busy_tone(treatment: str) -> None:
    """Nothing in a copy can turn a pause into a call to somebody."""
    assert answer(CallRoute(NUMBER, PAUSED, paused_treatment=treatment))[0].attrib == {"reason": "busy"}
