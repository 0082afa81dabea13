"""Redis as two servers and a Sentinel, of which the second has not got the last writes when it takes over."""

from contextlib import ExitStack

from tests.faults.fault import Fault, nothing
from tests.faults.town import Town
from tests.faults.wire import Wire
from tests.servers.sentinel import SentinelServer
from tests.servers.valkey import ValkeyServer
from tests.waiting import wait_for


class FailoverTown(Town):
    """A town whose host and admin ask Sentinel where Redis is; without wires to it."""

    def _connect_redis(self, opened: ExitStack) -> tuple[str, str]:
        self.replica = opened.enter_context(ValkeyServer(own=True))
        with self.replica.client() as redis:
            redis.replicaof("127.0.0.1", self.valkey.port)
        sentinel = opened.enter_context(SentinelServer(self.valkey))
        wait_for(lambda: sentinel.knows_replicas(1), 30)
        return sentinel.url, sentinel.url

    @property
    def wires(self) -> tuple[Wire, ...]:
        return self.database, self.admin_database


def lose_the_last_writes(town: Town) -> None:
    """Stop the replication, pause a number, and kill the master."""
    assert isinstance(town, FailoverTown)
    with town.replica.client() as redis:
        wait_for(lambda: redis.info("replication")["master_link_status"] == "up")
        redis.replicaof("127.0.0.1", 1)
    town.pause_until_in_force()
    town.valkey.stop()


FAILOVER = Fault(
    "Redis fails over to a replica that lacks the last writes",
    lose_the_last_writes,
    nothing,
    "the new master's `_applied` is behind, so nobody believes it until the keeper has moved it on",
)
