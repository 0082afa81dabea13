"""Only the open internet is connected to, whatever somebody writes, and whatever a name server answers."""

import socket
from typing import Any

import pytest

from operations.outside_address import NotOutside, connect, find_addresses, is_outside

INSIDE = (
    *("0.0.0.0", "10.0.0.1", "100.64.0.1", "100.100.100.200", "127.0.0.1", "127.255.255.254", "169.254.169.254"),
    *("172.16.0.1", "172.31.255.255", "192.0.0.192", "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1"),
    *("198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255", "168.63.129.16"),
    *("::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::ffff:0:127.0.0.1", "fe80::1", "fe80::1%1"),
    *("fc00::1", "fd00:ec2::254", "fec0::1", "ff02::1", "100::1", "2001::1", "2001:db8::1", "2002:7f00:1::"),
    *("64:ff9b::127.0.0.1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "3fff::1", "5f00::1", "nonsense", ""),
)
OUTSIDE = ("8.8.8.8", "93.184.216.34", "172.32.0.1", "2606:4700::1111", "2a00:1450:4001::200e", "64:ff9b::8.8.8.8")
# How this very machine, or one beside it, can be written in a URL. No name server is asked for any of them.
DISGUISES = (
    *("127.0.0.1", "127.1", "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "017700000001", "0", "0.0.0.0"),
    *("localhost", "LOCALHOST", "::1", "::", "::ffff:127.0.0.1", "::ffff:7f00:1", "0:0:0:0:0:0:0:1", "fe80::1%1"),
    *("169.254.169.254", "2852039166", "0xa9fea9fe", "::ffff:169.254.169.254", "fd00:ec2::254", "10.0.0.1"),
)


@pytest.mark.parametrize("address", INSIDE)
def test_address_that_is_not_of_the_open_internet_is_inside(address: str) -> None:
    """Private, shared, loopback, link-local, metadata, multicast, reserved, and IPv4 within IPv6."""
    assert not is_outside(address)


@pytest.mark.parametrize("address", OUTSIDE)
def test_address_of_the_open_internet_is_outside(address: str) -> None:
    """Also IPv4 as a host sees it that has only IPv6."""
    assert is_outside(address)


@pytest.mark.parametrize("host", [*DISGUISES, "ⓛocalhost", "１２７.０.０.１", "a" * 300, "x..y", ""])
def test_disguised_host_is_refused(host: str) -> None:
    """It is not the spelling that is checked but the address that would be connected to."""
    with pytest.raises(NotOutside):
        find_addresses(host, 443)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_this_machine_is_connected_to_on_the_example_agents_ports_only(host: str) -> None:
    """And under its two usual names only."""
    assert find_addresses(host, 8765, {8765}) == [(socket.AF_INET, ("127.0.0.1", 8765))]
    for other, port in ((host, 6379), ("127.0.0.2", 8765), ("[::1]", 8765), ("127.1", 8765)):
        with pytest.raises(NotOutside):
            find_addresses(other, port, {8765})


def answers(*addresses: str) -> list[Any]:
    """Return what a look-up finds."""
    families = [socket.AF_INET6 if ":" in address else socket.AF_INET for address in addresses]
    return [
        (family, socket.SOCK_STREAM, 6, "", (address, 443)) for family, address in zip(families, addresses, strict=True)
    ]


@pytest.mark.parametrize("inside", ["10.0.0.1", "169.254.169.254", "::1", "::ffff:10.0.0.1"])
def test_name_with_one_address_inside_is_refused_as_a_whole(monkeypatch: pytest.MonkeyPatch, inside: str) -> None:
    """Whoever gives such an answer has something in mind."""
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: answers("8.8.8.8", inside))

    with pytest.raises(NotOutside):
        find_addresses("agent.example.com", 443)


def test_connection_goes_to_the_address_that_was_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name server that says something else the second time is not asked a second time."""
    asked: list[str] = []
    connected: list[Any] = []

    def look_up(host: str, *_: object, **__: object) -> list[Any]:
        asked.append(host)
        return answers("8.8.8.8" if len(asked) == 1 else "127.0.0.1")

    def note(_: socket.socket, address: Any) -> None:
        connected.append(address)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    monkeypatch.setattr(socket.socket, "connect", note)

    connect(find_addresses("rebinding.example.com", 443), 1.0).close()

    assert asked == ["rebinding.example.com"]
    assert connected == [("8.8.8.8", 443)]


def test_next_address_is_tried_when_one_does_not_answer() -> None:
    """Nothing listens at the first."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        addresses = [(socket.AF_INET, ("127.0.0.1", 1)), (socket.AF_INET, ("127.0.0.1", port))]

        with connect(addresses, 1.0) as opened:
            assert opened.getpeername() == ("127.0.0.1", port)
        with pytest.raises(ConnectionRefusedError):
            connect(addresses[:1], 1.0)
