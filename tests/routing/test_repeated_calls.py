"""A caller who calls over and over is put through to no telephone any more; nobody else ever notices."""

import multiprocessing
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from routing import repeated_calls
from routing.answering import REPEATED
from routing.call_route import PAUSED, ROUTED, UNAVAILABLE, CallRoute
from routing.repeated_calls import SIZE, RepeatedCalls
from routing.twilio_request import InboundCall, read_inbound_call
from tests.conftest import call_parameters
from tests.routing.door import MOST_REPEATED, NUMBER, Door

AGENT, LAST_RESORT, LINE, CALLER = "+14155550181", "+14155550190", "+14155550150", "+14155550199"
ROUTE = CallRoute(NUMBER, ROUTED, 1, 2, 3, "Clara", "phone", AGENT, "+14155550183", 4, "Main St", lines=(LINE,))
MORE = MOST_REPEATED + 1


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """A clock that stands still, so that no minute ends within a test, and can be put on by some seconds."""
    now = [1_000_000_020.0]
    monkeypatch.setattr(repeated_calls, "time", lambda: now[0])
    return lambda seconds: now.__setitem__(0, now[0] + seconds)


def call_often(door: Door, times: int = MORE, **changed: str | None) -> list[str]:
    """Call again and again; return the first verb of each answer."""
    return [door.post(CallSid=f"CA{index:032x}", **changed).verbs[0] for index in range(times)]


def a_call(**changed: str | None) -> InboundCall:
    return read_inbound_call(list(call_parameters(**changed).items()))


def test_caller_who_calls_over_and_over_gets_a_busy_tone(make_door: Callable[..., Door]) -> None:
    """Every call up to the limit is answered; the record of what was refused says why; it is counted."""
    door = make_door(ROUTE)

    assert call_often(door) == ["Dial"] * MOST_REPEATED + ["Reject"]
    assert door.post(CallSid="CA" + "f" * 32).find("Reject").attrib == {"reason": "busy"}
    last = door.noted()[-1].details
    assert (last["decision"], last["reason"], "handoff_kind" in last) == ("routed", REPEATED, False)


def test_next_minute_begins_anew(make_door: Callable[..., Door], clock: Callable[[float], None]) -> None:
    """Nobody is shut out for longer than the minute lasts."""
    door = make_door(ROUTE)
    call_often(door)

    clock(60)

    assert call_often(door, 1) == ["Dial"]


def test_others_reach_the_agent_meanwhile(make_door: Callable[..., Door]) -> None:
    """The same caller at another number, and another caller at the same one."""
    door = make_door(ROUTE, replace(ROUTE, phone_number="+14155550101"))
    call_often(door)

    assert door.post(From="+14155550198").verbs == ["Dial"]
    assert door.post(To="+14155550101").verbs == ["Dial"]


@pytest.mark.parametrize("kind", ["stream", "conversation_relay", "client"])
def test_agent_that_is_no_telephone_answers_every_call(make_door: Callable[..., Door], kind: str) -> None:
    """Nothing that is dialled could come back."""
    door = make_door(replace(ROUTE, handoff_kind=kind, handoff_target="wss://agent.example.com"))

    assert "Reject" not in call_often(door)


@pytest.mark.parametrize("kind", ["phone", "sip", "redirect"])
def test_whoever_may_dial_a_telephone_does_not_for_a_loop(make_door: Callable[..., Door], kind: str) -> None:
    """Of a SIP server and of an agent's own TwiML nobody knows what they dial."""
    door = make_door(replace(ROUTE, handoff_kind=kind, handoff_target="sip:clara@agent.example.com"))

    assert call_often(door)[-1] == "Reject"


def test_forward_of_a_paused_number_and_the_last_resort_stop_too(make_door: Callable[..., Door]) -> None:
    """They are telephones."""
    paused = replace(ROUTE, decision=PAUSED, paused_treatment="forward", paused_forward_to=AGENT)
    door = make_door(paused, CallRoute("+14155550101", UNAVAILABLE), fallback_number=LAST_RESORT)

    assert call_often(door)[-2:] == ["Dial", "Reject"]
    assert call_often(door, To="+14155550101")[-2:] == ["Dial", "Reject"]


def test_fallback_number_is_not_dialled_for_a_loop(make_door: Callable[..., Door]) -> None:
    """An agent without a telephone may have one for when its hand-off fails."""
    door = make_door(replace(ROUTE, handoff_kind="stream", handoff_target="wss://agent.example.com"))
    assert door.post("/handoff-ended", DialCallStatus="failed").verbs == ["Dial"]

    call_often(door)

    assert door.post("/handoff-ended", DialCallStatus="failed").verbs == ["Say", "Hangup"]
    assert door.noted()[-1].details["reason"] == REPEATED


@pytest.mark.parametrize(
    "changed",
    [
        {"From": "anonymous"},
        {"From": "+266696687"},
        {"From": LINE},
        {"From": "+14155550160", "ForwardedFrom": "+14155550160"},
    ],
)
def test_caller_who_stands_for_many_is_never_refused(make_door: Callable[..., Door], changed: dict[str, str]) -> None:
    """Withheld callers have one name, and a line that forwards may show itself in the place of whoever called it."""
    door = make_door(ROUTE)

    assert set(call_often(door, **changed)) == {"Dial"}


def test_zero_refuses_nobody(tmp_path: Path) -> None:
    """An operator's choice."""
    repeated = RepeatedCalls(tmp_path / "repeated", 0)
    for _ in range(100):
        repeated.count(a_call(), ROUTE)

    assert not repeated.are_too_many(a_call(), ROUTE)
    assert not (tmp_path / "repeated").exists()


def count_some(path: Path, calls: int) -> None:
    repeated = RepeatedCalls(path, MOST_REPEATED)
    for _ in range(calls):
        repeated.count(a_call(), ROUTE)


def test_processes_of_a_host_count_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And a new one goes on where an old one ended."""
    path = tmp_path / "repeated"
    for calls in (MOST_REPEATED, 1):
        process = multiprocessing.get_context("fork").Process(target=count_some, args=(path, calls))
        process.start()
        process.join()

    assert RepeatedCalls(path, MOST_REPEATED).are_too_many(a_call(), ROUTE)
    assert path.stat().st_size == SIZE
    assert path.stat().st_mode & 0o077 == 0


def test_pairs_in_one_slot_put_one_another_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A caller is never taken for another one: whoever shares a slot is counted too little."""

    class InOneSlot:
        def __init__(self, text: bytes, digest_size: int) -> None:
            self.text = text

        def digest(self) -> bytes:
            return bytes(4) + self.text[9:13]

    monkeypatch.setattr(repeated_calls, "blake2b", InOneSlot)
    repeated = RepeatedCalls(tmp_path / "repeated", MOST_REPEATED)
    first, second = a_call(From="+14155550123"), a_call(From="+14155550145")
    for _ in range(100):
        repeated.count(first, ROUTE)
        repeated.count(second, ROUTE)

    assert not repeated.are_too_many(first, ROUTE)
    assert not repeated.are_too_many(second, ROUTE)


def test_without_a_disk_every_process_counts_alone(tmp_path: Path) -> None:
    """Nobody is refused for that, and nothing raised."""
    (tmp_path / "file").touch()
    repeated = RepeatedCalls(tmp_path / "file" / "repeated", MOST_REPEATED)
    for _ in range(MORE):
        repeated.count(a_call(), ROUTE)

    assert repeated.are_too_many(a_call(), ROUTE)
