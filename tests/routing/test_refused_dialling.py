"""A telephone that must not be dialled counts as a failed hand-off: the caller gets whoever is next, and a record."""

from collections.abc import Callable
from dataclasses import replace
from itertools import product

import pytest

from models import Call
from operations.accounts import create_account
from operations.add_number import add_number
from operations.agents import create_agent
from operations.changes import Changes, Who
from operations.permissions import SYSTEM
from routing.call_route import PAUSED, RELEASED, ROUTED, UNAVAILABLE, CallRoute
from tests.conftest import Answer
from tests.routing.door import NUMBER, Door

AGENT, FALLBACK, LAST_RESORT = "+14155550181", "+14155550182", "+14155550190"
LINE, OTHER_NUMBER, PREMIUM = "+14155550150", "+14155550101", "+19002345678"
ROUTE = CallRoute(NUMBER, ROUTED, 1, 2, 3, "Clara", "phone", AGENT, FALLBACK, 4, "Main St", lines=(LINE,))
OTHER_ROUTE = CallRoute(OTHER_NUMBER, ROUTED, 1, 5)
FORBIDDEN = {
    NUMBER: "is the number that was called (loop)",
    LINE: "forwards here (loop)",
    OTHER_NUMBER: "is one of our own numbers (loop)",
    PREMIUM: "is a premium-rate number",
}
APOLOGY = ["Say", "Hangup"]


def dialled(answer: Answer) -> str | None:
    """Return which telephone a document dials; None for an apology."""
    if answer.verbs == APOLOGY:
        return None
    [number] = answer.root.findall("Dial/Number")
    return number.text


@pytest.mark.parametrize(("target", "why"), FORBIDDEN.items())
def test_refused_handoff_goes_to_the_agents_fallback_number(
    make_door: Callable[..., Door], target: str, why: str
) -> None:
    """The decision is that of the number; the reason says what was refused."""
    door = make_door(replace(ROUTE, handoff_target=target), OTHER_ROUTE)

    assert dialled(door.post()) == FALLBACK
    [event] = door.noted()
    assert (event.details["decision"], event.details["reason"]) == ("routed", f"hand-off refused: {target} {why}")


def test_allowed_handoff_has_no_reason(make_door: Callable[..., Door]) -> None:
    """Most calls are like this."""
    door = make_door(ROUTE)

    assert dialled(door.post()) == AGENT
    assert door.noted()[0].details["reason"] is None


@pytest.mark.parametrize(
    ("target", "fallback", "last_resort"),
    list(product([AGENT, LINE], [FALLBACK, OTHER_NUMBER, None], [LAST_RESORT, PREMIUM, ""])),
)
def test_first_who_may_be_dialled_is(
    make_door: Callable[..., Door], target: str, fallback: str | None, last_resort: str
) -> None:
    """The agent, its fallback number, the number of last resort, the apology."""
    door = make_door(
        replace(ROUTE, handoff_target=target, fallback_number=fallback), OTHER_ROUTE, fallback_number=last_resort
    )

    allowed = [phone for phone in (target, fallback, last_resort) if phone and phone not in FORBIDDEN]
    assert dialled(door.post()) == (allowed[0] if allowed else None)


@pytest.mark.parametrize("fallback", [LINE, OTHER_NUMBER, PREMIUM])
def test_refused_fallback_number_goes_to_the_last_resort(make_door: Callable[..., Door], fallback: str) -> None:
    """After the agent did not answer; the refusal is noted beside the outcome."""
    door = make_door(replace(ROUTE, fallback_number=fallback), OTHER_ROUTE, fallback_number=LAST_RESORT)

    assert dialled(door.post("/handoff-ended", DialCallStatus="busy")) == LAST_RESORT
    assert [event.kind for event in door.noted()] == ["handoff_ended", "dialling_refused"]
    assert door.noted()[1].details["reason"] == f"fallback number refused: {fallback} {FORBIDDEN[fallback]}"


def test_agent_without_a_fallback_number_does_not_fall_to_the_last_resort(make_door: Callable[..., Door]) -> None:
    """Nothing was refused: nobody answered, and nobody else is there."""
    door = make_door(replace(ROUTE, fallback_number=None), fallback_number=LAST_RESORT)

    assert door.post("/handoff-ended", DialCallStatus="busy").verbs == APOLOGY


@pytest.mark.parametrize(("target", "why"), FORBIDDEN.items())
def test_refused_forward_of_a_paused_number_is_a_busy_tone(
    make_door: Callable[..., Door], target: str, why: str
) -> None:
    """Neither the agent nor its fallback number answers for a paused number."""
    route = replace(ROUTE, decision=PAUSED, paused_treatment="forward", paused_forward_to=target)
    door = make_door(route, OTHER_ROUTE, fallback_number=LAST_RESORT)

    assert door.post().find("Reject").attrib == {"reason": "busy"}
    [event] = door.noted()
    assert (event.details["decision"], event.details["reason"]) == ("paused", f"forward refused: {target} {why}")


@pytest.mark.parametrize("last_resort", [NUMBER, PREMIUM])
def test_refused_last_resort_is_an_apology(make_door: Callable[..., Door], last_resort: str) -> None:
    """Nobody is put through to the number that was called, so a last resort of ours ends its own loop."""
    door = make_door(CallRoute(NUMBER, UNAVAILABLE), fallback_number=last_resort)

    assert door.post().verbs == APOLOGY
    assert door.noted()[0].details["decision"] == "unavailable"
    assert "number of last resort refused" in door.noted()[0].details["reason"]


@pytest.mark.parametrize("others", [(), (CallRoute(AGENT, UNAVAILABLE),), (CallRoute(AGENT, RELEASED),)])
def test_nobody_who_is_unknown_is_taken_for_ours(make_door: Callable[..., Door], others: tuple[CallRoute, ...]) -> None:
    """Unknown, released, or nobody answers: the agent is dialled."""
    assert dialled(make_door(ROUTE, *others).post()) == AGENT


@pytest.mark.parametrize("kind", ["stream", "conversation_relay", "sip", "client", "redirect"])
def test_only_telephones_are_asked_about(
    make_door: Callable[..., Door], kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Other hand-offs cost no second look-up."""
    door = make_door(replace(ROUTE, handoff_kind=kind, handoff_target="wss://agent.example.com"))
    asked: list[str] = []
    find = door.routes.find
    monkeypatch.setattr(door.routes, "find", lambda phone_number: asked.append(phone_number) or find(phone_number))

    door.post()

    assert asked == [NUMBER]


@pytest.mark.parametrize("caller", [NUMBER, AGENT, "anonymous"])
@pytest.mark.parametrize("forwarded_from", [None, NUMBER, LINE, "+49494949494912248033558", "unknown"])
def test_calls_that_only_look_like_a_loop_reach_the_agent(
    make_door: Callable[..., Door], caller: str, forwarded_from: str | None
) -> None:
    """From == To, ForwardedFrom == To, garbage: none of them is one by itself."""
    assert dialled(make_door(ROUTE).post(From=caller, ForwardedFrom=forwarded_from)) == AGENT


@pytest.mark.parametrize("forwarded_from", [AGENT, "4155550181"])
def test_agent_whose_telephone_forwarded_the_call_is_not_dialled_again(
    make_door: Callable[..., Door], forwarded_from: str
) -> None:
    """It would forward the call here again, although nobody registered it."""
    assert dialled(make_door(ROUTE).post(ForwardedFrom=forwarded_from)) == FALLBACK


@pytest.mark.usefixtures("patient")
def test_number_that_another_account_took_into_use_is_not_dialled_any_more(
    changes: Changes, who: Who, twilio_post: Callable[..., Answer], stored_calls: Callable[[], list[Call]]
) -> None:
    """Nobody could refuse that when it was saved: the whole way, through the worker's copy, and into the record."""
    create_agent(changes, who, "Clara", "phone", OTHER_NUMBER, FALLBACK)
    add_number(changes, who, NUMBER, "Clara")
    assert dialled(twilio_post()) == OTHER_NUMBER
    stranger = Who(create_account(changes, Who(None, "test", SYSTEM), "Other Business")["id"], "stranger", SYSTEM)
    add_number(changes, stranger, OTHER_NUMBER)

    assert [dialled(twilio_post(CallSid="CA" + digit * 32)) for digit in "23"] == [FALLBACK, FALLBACK]
    assert stored_calls()[-1].reason == f"hand-off refused: {OTHER_NUMBER} is one of our own numbers (loop)"


@pytest.mark.usefixtures("patient")
def test_refusals_before_and_after_the_handoff_are_in_the_record(
    changes: Changes, who: Who, twilio_post: Callable[..., Answer], stored_calls: Callable[[], list[Call]]
) -> None:
    """Each once, however often Twilio asks."""
    create_agent(changes, who, "Clara", "phone", AGENT, FALLBACK)
    add_number(changes, who, NUMBER, "Clara")
    twilio_post(ForwardedFrom=AGENT)
    for _ in range(2):
        twilio_post("/handoff-ended", ForwardedFrom=FALLBACK, DialCallStatus="failed")

    [call] = stored_calls()
    assert (call.decision, call.handoff_outcome) == ("routed", "failed")
    assert call.reason == (
        f"hand-off refused: {AGENT} forwards here (loop); fallback number refused: {FALLBACK} forwards here (loop)"
    )
