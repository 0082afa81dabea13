"""The server that has the routes is found, and found again when it is another one."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from redis import RedisError
from redis.backoff import NoBackoff
from redis.crc import key_slot
from redis.retry import Retry
from redis.sentinel import MasterNotFoundError

from routing.call_route_cache import KEY, CacheAnswer, CallRouteCache
from routing.redis_connection import connect_to_redis
from routing.redis_finding import ClusterNodes, Guides, Sentinels
from tests.servers.cluster import ClusterNode, ValkeyCluster
from tests.servers.free_port import find_free_port
from tests.waiting import wait_for

A = "+14155550100"
UNHURRIED = {"decode_responses": True, "socket_timeout": 10, "retry": Retry(NoBackoff(), 0)}


@pytest.fixture(scope="module")
def cluster() -> Iterator[ValkeyCluster]:
    """Three masters."""
    with ValkeyCluster() as running:
        yield running


@pytest.fixture
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait long for Redis, in tests where a busy machine must not look like a fault."""
    monkeypatch.setattr("routing.redis_connection.ANSWER_SECONDS", 10.0)
    monkeypatch.setattr("routing.redis_finding.ASK_SECONDS", 30.0)


def address(node: ClusterNode) -> tuple[str, int]:
    return "127.0.0.1", node.port


def other_master(cluster: ValkeyCluster) -> ClusterNode:
    return next(node for node in cluster.masters if node is not cluster.owner)


def give_routes_to(cluster: ValkeyCluster, node: ClusterNode) -> None:
    """Let another master have the slot of the routes, empty; all of them are told."""
    cluster.flush()
    cluster.owner = node
    for each in cluster.masters:
        each.ask("CLUSTER SETSLOT", key_slot(KEY.encode()), "NODE", node.ask("CLUSTER MYID"))


@pytest.mark.usefixtures("unhurried")
def test_the_owner_is_found_by_asking_any_node(cluster: ValkeyCluster) -> None:
    """REDIS_URL names any of them."""
    for node in cluster.masters:
        assert ClusterNodes([address(node)], UNHURRIED).discover_master(KEY) == address(cluster.owner)


@pytest.mark.usefixtures("unhurried")
def test_routes_that_moved_are_found_by_the_second_look_up(cluster: ValkeyCluster) -> None:
    """The first is told MOVED; who asked goes to the database, and does not wait for a search."""
    cache = CallRouteCache(lambda: connect_to_redis(cluster.url))
    cache.restart(None, 5)
    give_routes_to(cluster, other_master(cluster))

    with pytest.raises(RedisError):
        cache.look_up(A)

    assert cache.look_up(A) == CacheAnswer(None, None)
    assert cache.restart(None, 7)
    assert cache.look_up(A) == CacheAnswer(7, None)


@pytest.mark.usefixtures("unhurried")
def test_all_nodes_of_the_url_may_be_gone(cluster: ValkeyCluster) -> None:
    """Who was asked once told of the others."""
    named = other_master(cluster)
    nodes = ClusterNodes([address(named)], UNHURRIED)
    nodes.discover_master(KEY)
    named.stop()

    assert nodes.discover_master(KEY) == address(cluster.owner)
    named.start()
    wait_for(lambda: named.knows(len(cluster.nodes)), 60)


@pytest.mark.usefixtures("unhurried")
def test_a_node_that_refuses_does_not_hide_the_others(cluster: ValkeyCluster) -> None:
    """Also one that knows no Cluster."""
    nodes = ClusterNodes([("127.0.0.1", find_free_port()), address(cluster.owner)], UNHURRIED)

    assert nodes.discover_master(KEY) == address(cluster.owner)


@pytest.mark.parametrize("kind", [ClusterNodes, Sentinels])
def test_silent_servers_are_not_waited_for_one_after_another(kind: type[Guides]) -> None:
    """A caller waits meanwhile: two are asked at most. Whoever was silent is asked last the next time."""
    with ExitStack() as opened:
        silent = [opened.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(6)]
        addresses = [listener.getsockname() for listener in silent]
        guides = kind(addresses, UNHURRIED | {"socket_timeout": 0.1})
        for _ in range(2):
            with pytest.raises(MasterNotFoundError):
                guides.discover_master(KEY)
        asked = [_was_asked(listener) for listener in silent]

    assert 2 <= sum(asked) <= 4


def _was_asked(listener: socket.socket) -> bool:
    listener.setblocking(False)
    try:
        listener.accept()[0].close()
    except BlockingIOError:
        return False
    return True
