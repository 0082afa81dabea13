"""Find the server that has the routes, by Sentinels or in a Cluster, and stay with it as with a single server.

The routes are one key, so a Cluster needs no client for many nodes. redis-py's own answers a silent Cluster within the
call: it asks every node for the slots, one thread after the other, and rests a quarter of a second while the Cluster
elects. Eight calls at once waited for up to 2.6 seconds; and at silent Sentinels each waited for all of them. Here each
call asks for itself, and asks nobody any more after ASK_SECONDS.
"""

import time
from collections.abc import Callable
from typing import Any, cast

from redis import Redis, RedisError
from redis.crc import key_slot
from redis.exceptions import AskError, AuthenticationError, ClusterDownError, NoPermissionError, TryAgainError
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.sentinel import MasterNotFoundError, SentinelConnectionPool, SentinelManagedConnection

ASK_SECONDS = 0.15
Address = tuple[str, int]


def connect_by_sentinels(
    name: str, sentinels: list[Address], sentinel_options: dict[str, Any], options: dict[str, Any]
) -> Redis:
    """Return a client of whichever server is the master of this name; it asks whenever it opens a connection."""
    return Redis.from_pool(SentinelConnectionPool(name, Sentinels(sentinels, sentinel_options), **options))


def connect_to_cluster(key: str, nodes: list[Address], options: dict[str, Any]) -> Redis:
    """Return a client of whichever master has the key; `nodes` are any of the Cluster's.

    It is redis-py's client for Sentinel with other people to ask.
    """
    pool = SentinelConnectionPool(key, ClusterNodes(nodes, options), connection_class=OwnerConnection, **options)
    return Redis.from_pool(pool)


class Guides:
    """Servers that may tell where the routes are; those that were silent last are asked last."""

    def __init__(self, addresses: list[Address], options: dict[str, Any]) -> None:
        self._options = options
        self._clients = {address: self._client(address) for address in addresses}

    def ask(self, question: Callable[[Redis, Address], Address | None]) -> Address:
        """Return the first answer; raise MasterNotFoundError if nobody tells in time."""
        give_up_at = time.monotonic() + ASK_SECONDS
        for guide, client in list(self._clients.items()):
            if time.monotonic() >= give_up_at:
                break
            try:
                found = question(client, guide)
            except (AuthenticationError, NoPermissionError):  # the doctor tells it from silence
                raise
            except RedisError:
                self._ask_last(guide)
                continue
            if found:
                return found
        raise MasterNotFoundError("nobody told which server has the routes")

    def meet(self, addresses: set[Address]) -> None:
        """Remember these, too."""
        self._clients = self._clients | {new: self._client(new) for new in addresses - self._clients.keys()}

    def _client(self, address: Address) -> Redis:
        return Redis(host=address[0], port=address[1], **self._options)

    def _ask_last(self, guide: Address) -> None:
        """Move one to the end, in a new dict: other threads may be going through this one."""
        others = {other: client for other, client in self._clients.items() if other != guide}
        self._clients = others | {guide: self._clients[guide]}


class Sentinels(Guides):
    """Those who watch over a master."""

    def discover_master(self, name: str) -> Address:
        """Return the address of the master of this name; raise MasterNotFoundError if nobody tells in time."""
        return self.ask(lambda sentinel, _: _master(cast(dict[str, Any], sentinel.sentinel_masters()), name))


class ClusterNodes(Guides):
    """The nodes of a Cluster that are known so far."""

    def discover_master(self, key: str) -> Address:
        """Return the address of the master of this key's slot; raise MasterNotFoundError if nobody tells in time."""

        def ask_for_slots(node: Redis, address: Address) -> Address | None:
            slots = node.execute_command("CLUSTER SLOTS")
            # Those of REDIS_URL may all be replaced some day.
            self.meet({_address(told, address) for _, _, *nodes in slots for told in nodes})
            return _owner(slots, key_slot(key.encode()), address)

        return self.ask(ask_for_slots)


class OwnerConnection(SentinelManagedConnection):
    """A connection to the node that has the routes; when another has them now, it is closed, to look for that one."""

    def read_response(self, *args: Any, **options: Any) -> Any:
        try:
            return super().read_response(*args, **options)
        except (AskError, ClusterDownError, TryAgainError) as error:  # MovedError is an AskError
            self.disconnect()  # type: ignore[no-untyped-call]
            raise RedisConnectionError(f"the node has the routes no more: {type(error).__name__}") from error


def _master(masters: dict[str, Any], name: str) -> Address | None:
    """Return the master's address, unless this Sentinel takes it for gone."""
    state = masters.get(name)
    if not state or not state["is_master"] or state["is_sdown"] or state["is_odown"]:
        return None
    return state["ip"], state["port"]


def _owner(slots: list[Any], slot: int, teller: Address) -> Address | None:
    for first, last, master, *_ in slots:
        if first <= slot <= last:
            return _address(master, teller)
    return None


def _address(node: list[Any], teller: Address) -> Address:
    """Read an address of `CLUSTER SLOTS`, where a node may leave out its own host.

    See https://redis.io/docs/latest/commands/cluster-slots/.
    """
    return node[0] or teller[0], int(node[1])
