"""Find where a host that somebody named may be connected to: on the open internet only, never within our own network.

Whoever may name a host could otherwise make this server ask its neighbours, or its cloud for its own credentials
(https://cheatsheetseries.owasp.org/cheatsheets/Server_Side_Request_Forgery_Prevention_Cheat_Sheet.html). The name is
looked up once, every address of it is checked, and the connection goes to one of these very addresses: a second
look-up could be answered differently.
"""

import ipaddress
import socket
import time
from collections.abc import Container, Sequence
from typing import Any

Address = tuple[socket.AddressFamily, tuple[Any, ...]]
LOCAL_HOSTS = ("localhost", "127.0.0.1")
MOST_ADDRESSES_TRIED = 4
GLOBAL_IPV6 = ipaddress.IPv6Network("2000::/3")
# IPv4 as hosts without it see it: https://datatracker.ietf.org/doc/html/rfc6052#section-2.1
IPV4_WITHIN_IPV6 = ipaddress.IPv6Network("64:ff9b::/96")
# Not outside either, although Python's `is_global` says so or once said so.
NOT_GLOBAL = tuple(
    ipaddress.ip_network(network)
    for network in (
        "168.63.129.16/32",  # Azure's own services: https://learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16
        "192.0.0.0/24",  # protocol assignments, and Oracle Cloud's metadata
        "192.88.99.0/24",  # relays from IPv6 to IPv4
        "2001::/23",  # protocol assignments, tunnels of Teredo among them
        "2002::/16",  # 6to4: an IPv4 address within
        "3fff::/20",  # documentation
    )
)


class NotOutside(Exception):
    """The host has no address, or one that is not on the open internet; which of both is nobody's business."""


def find_addresses(host: str, port: int, local_ports: Container[int] = ()) -> list[Address]:
    """Return the addresses of a host that may be connected to; raise NotOutside unless all of its addresses may.

    `local_ports` of this very machine may be connected to as well, as LOCAL_HOSTS. Looking up cannot be interrupted.
    """
    if host in LOCAL_HOSTS and port in local_ports:
        return [(socket.AF_INET, ("127.0.0.1", port))]
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise NotOutside from None
    if not found or not all(is_outside(str(address[0])) for *_, address in found):
        raise NotOutside
    return [(family, address) for family, *_, address in found]


def is_outside(text: str) -> bool:
    """Tell whether an IP address is one of the open internet's."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address):
        if address in IPV4_WITHIN_IPV6:
            return is_outside(str(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)))
        if address not in GLOBAL_IPV6:
            return False
    is_excepted = any(address.version == network.version and address in network for network in NOT_GLOBAL)
    return address.is_global and not address.is_multicast and not is_excepted


def is_inside(host: str) -> bool:
    """Tell whether a host is an IP address, however it is written (127.1, 0x7f000001), and none of the open internet.

    A name is not looked up, so it is none.
    """
    try:
        address: ipaddress.IPv4Address | ipaddress.IPv6Address = ipaddress.IPv4Address(socket.inet_aton(host))
    except (OSError, UnicodeError):
        try:
            address = ipaddress.ip_address(host.partition("%")[0])
        except ValueError:
            return False
    return not is_outside(str(address))


def connect(addresses: Sequence[Address], within_seconds: float) -> socket.socket:
    """Connect to the first of the addresses that answers, each with its share of the time.

    Raises OSError, of which TimeoutError is one.
    """
    give_up_at = time.monotonic() + within_seconds
    tried = addresses[:MOST_ADDRESSES_TRIED]
    problem = OSError("there is no address")
    for index, (family, address) in enumerate(tried):
        opened = socket.socket(family, socket.SOCK_STREAM)
        opened.settimeout(max((give_up_at - time.monotonic()) / (len(tried) - index), 0.001))
        try:
            opened.connect(address)
        except OSError as error:
            opened.close()
            problem = error
        else:
            return opened
    raise problem
