"""Redis as a Cluster that loses the node with the routes, and elects its replica."""

from contextlib import ExitStack

from tests.faults.fault import Fault, nothing
from tests.faults.town import Town
from tests.faults.wire import Wire
from tests.servers.cluster import ValkeyCluster

# A node that is silent for so long is taken for gone; operators mostly have 5 to 15 seconds.
NODE_TIMEOUT_MILLISECONDS = 1000


class ClusterTown(Town):
    """A town whose host and admin ask a Cluster where the routes are; without wires to it."""

    def _connect_redis(self, opened: ExitStack) -> tuple[str, str]:
        self.cluster = opened.enter_context(ValkeyCluster(with_replica=True))
        self.cluster.take_for_gone_after(NODE_TIMEOUT_MILLISECONDS)
        return self.cluster.url, self.cluster.url

    @property
    def wires(self) -> tuple[Wire, ...]:
        return self.database, self.admin_database


def lose_the_owner(town: Town) -> None:
    """Kill the node that has the routes."""
    assert isinstance(town, ClusterTown)
    town.cluster.owner.stop()


CLUSTER_FAILOVER = Fault(
    "Redis Cluster loses the node that has the routes",
    lose_the_owner,
    nothing,
    "the database answers until the others have elected its replica; nobody waits for the election",
)
