"""A hand-off that names an address of a private network is not saved; names are looked up only when it is tried."""

from typing import Any

import pytest

from operations.agents import create_agent, edit_agent
from operations.changes import Changes, Who
from operations.errors import Invalid
from operations.handoff_target import read_target_to_save

INSIDE = [
    ("stream", "wss://10.0.0.5/calls"),
    ("conversation_relay", "wss://[::1]:8765/calls"),
    ("stream", "wss://[fe80::1%25eth0]/calls"),
    ("stream", "wss://[::ffff:10.0.0.5]/calls"),
    ("redirect", "https://169.254.169.254/latest/meta-data/"),
    ("redirect", "https://168.63.129.16/"),
    ("redirect", "https://2130706433/"),
    ("redirect", "https://0x7f000001/"),
    ("redirect", "https://127.1/"),
    ("redirect", "https://0/"),
    ("redirect", "https://192.168.1.20:8443/twiml"),
    ("sip", "sip:desk@172.16.0.9;transport=tls"),
    ("sip", "sip:desk@10.0.0.5:5061"),
]
ALLOWED = [
    ("stream", "wss://agent.example.com/calls"),
    ("stream", "wss://8.8.8.8/calls"),
    ("stream", "wss://localhost:8765/calls"),
    ("redirect", "http://127.0.0.1:8766/twiml"),
    ("redirect", "https://metadata.example/"),
    ("sip", "sip:10.0.0.5@example.com"),
    ("client", "10.0.0.5"),
    ("phone", "+14155550182"),
]


@pytest.mark.parametrize(("kind", "target"), INSIDE)
def test_address_within_a_network_is_not_saved(kind: str, target: str) -> None:
    """However it is written: browsers and libraries read all of these."""
    with pytest.raises(Invalid):
        read_target_to_save(kind, target)


@pytest.mark.parametrize(("kind", "target"), ALLOWED)
def test_names_and_public_addresses_are_saved(kind: str, target: str) -> None:
    """And the example agent on this machine, with the simulator."""
    assert read_target_to_save(kind, target) == target


def test_agent_is_refused_when_it_is_created_and_when_it_is_edited(changes: Changes, who: Who) -> None:
    """By every door, because they share the operation."""
    agent = create_agent(changes, who, "Clara", "client", "front-desk")
    attempts: list[dict[str, Any]] = [
        {"handoff_kind": "redirect", "handoff_target": "https://169.254.169.254/"},
        {"handoff_kind": "sip", "handoff_target": "sip:a@10.0.0.5"},
    ]

    for attempt in attempts:
        with pytest.raises(Invalid, match="private network"):
            create_agent(changes, who, "Bruno", **attempt)
        with pytest.raises(Invalid, match="private network"):
            edit_agent(changes, who, agent["id"], **attempt)
