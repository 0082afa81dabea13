"""A call is always answered and a pause is a promise while a Cluster elects a new owner of the routes."""

from pathlib import Path

import pytest

from tests.faults.cluster import CLUSTER_FAILOVER, ClusterTown
from tests.faults.fault import SHORT, undergo


@pytest.mark.timeout(240)
def test_promises_are_kept_while_a_cluster_elects(tmp_path: Path) -> None:
    """And Redis is used again afterwards, without anybody's doing."""
    with ClusterTown(tmp_path) as town:
        tried = undergo(town, CLUSTER_FAILOVER, SHORT)

    print(tried)
    assert tried.problems(CLUSTER_FAILOVER) == []
