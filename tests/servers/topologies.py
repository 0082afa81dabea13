"""Redis as its users run it: a single server, a master under a Sentinel, and a Cluster."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from redis import Redis

from tests.servers.cluster import ValkeyCluster
from tests.servers.sentinel import SentinelServer
from tests.servers.valkey import ValkeyServer

TOPOLOGIES = ("single", "sentinel", "cluster")


class Topology(Protocol):
    """What a test needs of each. `url` is what REDIS_URL is set to, `client` one of the server that has the routes."""

    @property
    def url(self) -> str: ...

    def flush(self) -> None: ...

    def client(self) -> Redis: ...


class WatchedValkey:
    """A master that clients find by asking Sentinel."""

    def __init__(self, master: ValkeyServer, sentinel: SentinelServer) -> None:
        self.url = sentinel.url
        self.flush = master.flush
        self.client = master.client


@contextmanager
def running(topology: str) -> Iterator[Topology]:
    """Run one of TOPOLOGIES."""
    if topology == "single":
        with ValkeyServer() as server:
            yield server
    elif topology == "sentinel":
        with ValkeyServer(own=True) as master, SentinelServer(master) as sentinel:
            yield WatchedValkey(master, sentinel)
    else:
        with ValkeyCluster() as cluster:
            yield cluster
