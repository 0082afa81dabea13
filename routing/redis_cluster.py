"""Find the node of a Cluster that has the routes, and stay with it as with a single server.

The routes are one key, so this needs no client for many nodes. redis-py's own answers a silent Cluster within the call:
it asks every node for the slots, one thread after the other, and rests a quarter of a second while the Cluster elects.
Eight calls at once waited for up to 2.6 seconds. Here each asks for itself, and no longer than ASK_SECONDS.
"""

import time
from typing import Any

from redis import Redis, RedisError
from redis.crc import key_slot
from redis.exceptions import AskError, AuthenticationError, ClusterDownError, NoPermissionError, TryAgainError
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.sentinel import MasterNotFoundError, SentinelConnectionPool, SentinelManagedConnection

ASK_SECONDS = 0.15
Address = tuple[str, int]


def connect_to_cluster(key: str, nodes: list[Address], options: dict[str, Any]) -> Redis:
    """Return a client of whichever master has the key; it looks for it whenever it opens a connection.

    It is redis-py's client for Sentinel with other people to ask. `nodes` are any of the Cluster's.
    """
    pool = SentinelConnectionPool(key, ClusterNodes(nodes, options), connection_class=OwnerConnection, **options)
    return Redis.from_pool(pool)


class ClusterNodes:
    """The nodes of a Cluster that are known so far, those that were silent last."""

    def __init__(self, nodes: list[Address], options: dict[str, Any]) -> None:
        self._options = options
        self._clients = {node: self._client(node) for node in nodes}

    def discover_master(self, key: str) -> Address:
        """Return the address of the master of this key's slot; raise MasterNotFoundError if nobody tells in time."""
        give_up_at = time.monotonic() + ASK_SECONDS
        for node, client in list(self._clients.items()):
            if time.monotonic() >= give_up_at:
                break
            try:
                slots = client.execute_command("CLUSTER SLOTS")
            except (AuthenticationError, NoPermissionError):  # the doctor tells it from silence
                raise
            except RedisError:
                self._ask_last(node)
                continue
            self._meet(slots, node)
            if owner := _owner(slots, key_slot(key.encode()), node):
                return owner
        raise MasterNotFoundError("no node of the Cluster told who has the routes")

    def _client(self, node: Address) -> Redis:
        return Redis(host=node[0], port=node[1], **self._options)

    def _ask_last(self, node: Address) -> None:
        """Move a node to the end, in a new dict: other threads may be going through this one."""
        self._clients = {other: client for other, client in self._clients.items() if other != node} | {
            node: self._clients[node]
        }

    def _meet(self, slots: list[Any], teller: Address) -> None:
        """Remember who belongs to the Cluster now: those of REDIS_URL may all be replaced some day."""
        told = {_address(node, teller) for _, _, *nodes in slots for node in nodes}
        new = {node: self._client(node) for node in told - self._clients.keys()}
        self._clients = self._clients | new


class OwnerConnection(SentinelManagedConnection):
    """A connection to the node that has the routes; when another has them now, it is closed, to look for that one."""

    def read_response(self, *args: Any, **options: Any) -> Any:
        try:
            return super().read_response(*args, **options)
        except (AskError, ClusterDownError, TryAgainError) as error:  # MovedError is an AskError
            self.disconnect()  # type: ignore[no-untyped-call]
            raise RedisConnectionError(f"the node has the routes no more: {type(error).__name__}") from error


def _owner(slots: list[Any], slot: int, teller: Address) -> Address | None:
    for first, last, master, *_ in slots:
        if first <= slot <= last:
            return _address(master, teller)
    return None


def _address(node: list[Any], teller: Address) -> Address:
    """Read an address of CLUSTER SLOTS, where a node may leave out its own host (https://redis.io/commands/cluster-slots)."""
    return node[0] or teller[0], int(node[1])
