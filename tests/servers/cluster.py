"""A real Cluster for tests: masters that share the slots and, if wanted, a replica of the one that has the routes."""

from contextlib import ExitStack
from typing import Self

from redis import Redis
from redis.crc import REDIS_CLUSTER_HASH_SLOTS, key_slot

from routing.call_route_cache import KEY
from tests.servers.folder import ServerFolder
from tests.servers.free_port import find_free_port
from tests.servers.valkey import ValkeyServer
from tests.waiting import wait_for

MASTERS = 3  # fewer could not agree that one of them is gone
FIRST_SLOTS = [index * REDIS_CLUSTER_HASH_SLOTS // MASTERS for index in range(MASTERS + 1)]
READY_WITHIN_SECONDS = 60.0


class ClusterNode(ValkeyServer):
    """A server of a Cluster."""

    def __init__(self) -> None:
        super().__init__(own=True)
        self.bus_port = 0

    def prepare(self, folder: ServerFolder) -> None:
        super().prepare(folder)
        self.bus_port = find_free_port()
        self.options = {
            "cluster-enabled": "yes",
            "cluster-port": str(self.bus_port),
            "cluster-replica-validity-factor": "0",
            "repl-diskless-sync-delay": "0",
            "repl-ping-replica-period": "1",
        }

    def ask(self, *words: object) -> object:
        """Return the raw answer to a command."""
        with self.client() as client:
            return client.execute_command(*words)

    def knows(self, nodes: int) -> bool:
        """Tell whether it knows so many nodes, itself among them, and has a master for every slot."""
        with self.client() as client:
            said = client.cluster("INFO")
        return (said["cluster_state"], said["cluster_known_nodes"]) == ("ok", str(nodes))


class ValkeyCluster:
    """A context manager; `owner` is the master of the slot of the call routes, `replica` waits to take its place."""

    def __init__(self, *, with_replica: bool = False) -> None:
        self.masters = [ClusterNode() for _ in range(MASTERS)]
        self.replica = ClusterNode() if with_replica else None
        self.owner = self.masters[_share_of(key_slot(KEY.encode()))]
        self._opened = ExitStack()

    @property
    def nodes(self) -> list[ClusterNode]:
        return [*self.masters, *([self.replica] if self.replica else [])]

    @property
    def url(self) -> str:
        """Return what REDIS_URL is set to; the owner of the call routes stands last."""
        named = sorted(self.masters, key=lambda node: node is self.owner)
        return "redis+cluster://" + ",".join(f"127.0.0.1:{node.port}" for node in named)

    def flush(self) -> None:
        """Empty all masters."""
        for node in self.masters:
            node.flush()

    def take_for_gone_after(self, milliseconds: int) -> None:
        """Let the nodes elect when one is silent for so long; at first it is 15 seconds, however slow the machine."""
        for node in self.nodes:
            node.ask("CONFIG SET", "cluster-node-timeout", milliseconds)

    def client(self) -> Redis:
        """Return a client of the node that has the routes."""
        return self.owner.client()

    def __enter__(self) -> Self:
        with ExitStack() as opened:
            for node in self.nodes:
                opened.enter_context(node)
            self._share_slots()
            self._meet()
            if self.replica:
                self._follow(self.replica)
            self._opened = opened.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._opened.close()

    def _share_slots(self) -> None:
        for index, node in enumerate(self.masters):
            node.ask("CLUSTER SET-CONFIG-EPOCH", index + 1)
            node.ask("CLUSTER ADDSLOTSRANGE", FIRST_SLOTS[index], FIRST_SLOTS[index + 1] - 1)

    def _meet(self) -> None:
        first, *others = self.nodes
        for node in others:
            first.ask("CLUSTER MEET", "127.0.0.1", node.port, node.bus_port)
        wait_for(lambda: all(node.knows(len(self.nodes)) for node in self.nodes), READY_WITHIN_SECONDS)

    def _follow(self, replica: ClusterNode) -> None:
        replica.ask("CLUSTER REPLICATE", self.owner.ask("CLUSTER MYID"))
        with replica.client() as client:
            wait_for(lambda: client.info("replication").get("master_link_status") == "up", READY_WITHIN_SECONDS)


def _share_of(slot: int) -> int:
    """Return the index of the master that gets this slot."""
    return next(index for index in range(MASTERS) if slot < FIRST_SLOTS[index + 1])
