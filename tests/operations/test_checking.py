"""What people type is understood, or refused before anything is stored."""

from collections.abc import Callable

import pytest

from models import HANDOFF_KINDS
from operations.checking import TARGET_READERS, read_handoff_target, read_name, read_phone_number, read_reason
from operations.errors import Invalid

LONG_HOST = "a" * 2000


@pytest.mark.parametrize(
    ("typed", "phone_number"),
    [
        ("+14155550100", "+14155550100"),
        (" +1 (415) 555-0100 ", "+14155550100"),
        ("+1.415.555.0100", "+14155550100"),
        ("tel:+1-415-555-0100", "+14155550100"),
        ("+44 20 7946 0018", "+442079460018"),
    ],
)
def test_phone_number_is_read_in_the_usual_ways_to_write_it(typed: str, phone_number: str) -> None:
    """As long as its country code is there."""
    assert read_phone_number(typed) == phone_number


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "+",
        "4155550100",
        "415-555-0100",
        "+15550100",
        "+141555501",
        "+1415555010000",
        "+49" + "1" * 15,
        "+999123456789",
        "+14155550100 ext. 5",
        "+14155550100;ext=5",
        "anonymous",
        "+1" * 200,
        "sip:a@example.com",
        "+1415555010\ud800",
    ],
)
def test_what_is_no_whole_phone_number_is_refused(typed: str) -> None:
    """Neither without country code, nor dialled only locally, nor too long for E.164, nor with an extension."""
    with pytest.raises(Invalid):
        read_phone_number(typed)


@pytest.mark.parametrize("typed", ["Clara", "  Clara  ", "Zoë & 'Söhne' <3", "日本", "x" * 100])
def test_name_may_hold_whatever_can_be_printed(typed: str) -> None:
    """It is escaped where it is shown, not where it is typed."""
    assert read_name(typed, "an agent") == typed.strip()


@pytest.mark.parametrize("typed", ["", " \t", "x" * 101, "a\nb", "a\0b", "a\x1bb", "a\ud800b", "a\u202eb"])
def test_name_that_is_empty_or_endless_or_cannot_be_printed_is_refused(typed: str) -> None:
    """The sentence says of what it would have been the name."""
    with pytest.raises(Invalid, match="an agent"):
        read_name(typed, "an agent")


@pytest.mark.parametrize(("typed", "reason"), [(None, None), ("", None), ("  ", None), (" too late ", "too late")])
def test_reason_may_be_left_out(typed: str | None, reason: str | None) -> None:
    """An empty one is none."""
    assert read_reason(typed) == reason


def test_every_kind_of_hand_off_has_its_target() -> None:
    """A kind that is added to the model is not forgotten here."""
    assert set(TARGET_READERS) == set(HANDOFF_KINDS)


@pytest.mark.parametrize(
    ("kind", "target"),
    [
        ("stream", "wss://agent.example.com/calls"),
        ("stream", "wss://agent.example.com:8443"),
        ("conversation_relay", "wss://localhost:8765/relay"),
        ("sip", "sip:agent@example.com"),
        ("sip", "sips:agent@example.com:5061;transport=tls"),
        ("client", "front.desk_1+a@b=c-d"),
        ("redirect", "https://agent.example.com/twiml?tenant=1"),
        ("redirect", "http://127.0.0.1:8766/twiml"),
        ("redirect", "http://localhost:8766/twiml"),
    ],
)
def test_target_is_taken_as_twilio_takes_it(kind: str, target: str) -> None:
    """Space around it is not meant."""
    assert read_handoff_target(kind, f" {target} ") == target


@pytest.mark.parametrize(
    ("kind", "target"),
    [
        ("stream", "ws://agent.example.com"),
        ("stream", "https://agent.example.com"),
        ("stream", "wss://agent.example.com/?token=1"),
        ("stream", "wss://user:password@agent.example.com"),
        ("stream", "wss://agent.example.com:99999"),
        ("stream", "wss://[::1"),
        ("stream", "wss:///calls"),
        ("stream", "wss://agent example.com"),
        ("conversation_relay", "wss://agent.example.com/#part"),
        ("sip", "agent@example.com"),
        ("sip", "sip:agent@example.com?X-Header=1"),
        ("sip", "sip:agent@" + "e" * 250),
        ("phone", "front-desk"),
        ("client", "front desk"),
        ("client", "x" * 122),
        ("redirect", "http://agent.example.com/twiml"),
        ("redirect", "https://agent.example.com/a b"),
        ("redirect", "javascript:alert(1)"),
        ("redirect", f"https://{LONG_HOST}"),
        ("redirect", "https://agent.example.com/\0"),
    ],
)
def test_target_that_twilio_would_not_take_is_refused(kind: str, target: str) -> None:
    """At the desk, not on a live call."""
    with pytest.raises(Invalid):
        read_handoff_target(kind, target)


@pytest.mark.parametrize("read", [read_name, lambda text, _: read_phone_number(text)])
def test_refusal_repeats_no_more_than_the_beginning_of_what_was_typed(read: Callable[[str, str], str]) -> None:
    """A message is for a person, however much was pasted."""
    with pytest.raises(Invalid) as refusal:
        read("x" * 100_000, "an agent")

    assert len(refusal.value.message) < 200
