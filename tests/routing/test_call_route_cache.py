"""The rules of the Redis hash: look up, fill, apply, restart; on a real server, under Sentinel and in a Cluster."""

from collections.abc import Iterator

import pytest
from redis import Redis, RedisError

from routing import call_route_cache as module
from routing.call_route import CallRoute, LastChange, RoutesAsOf
from routing.call_route_cache import KEY, CacheAnswer, CallRouteCache
from routing.redis_connection import connect_to_redis
from tests.servers.free_port import find_free_port
from tests.servers.topologies import Topology

A, B = "+14155550100", "+14155550101"
ROUTED, PAUSED = CallRoute(A, "routed", agent_name="Clara ☎"), CallRoute(A, "paused")


@pytest.fixture
def redis(topology: Topology) -> Iterator[Redis]:
    """A client of an empty Redis."""
    topology.flush()
    client = connect_to_redis(topology.url)
    yield client
    client.close()


@pytest.fixture
def cache(redis: Redis) -> CallRouteCache:
    return CallRouteCache(lambda: redis)


def as_of(n: int, route: CallRoute) -> RoutesAsOf:
    return RoutesAsOf(n, {route.phone_number: route})


def test_an_empty_server_has_seen_nothing(cache: CallRouteCache) -> None:
    """Without the hash a look-up sees neither a route nor a change."""
    assert cache.look_up(A) == CacheAnswer(None, None)
    assert cache.applied() is None


def test_the_first_fill_makes_the_hash_as_of_its_change(cache: CallRouteCache) -> None:
    """A reader that met an empty server leaves the route and the change it is true for."""
    assert cache.fill(None, as_of(5, ROUTED))

    assert cache.look_up(A) == CacheAnswer(5, ROUTED)


def test_a_fill_after_a_change_is_refused(cache: CallRouteCache) -> None:
    """A slow reader does not plant what it read before the change."""
    cache.restart(None, 5)
    cache.apply(LastChange(5, ""), as_of(6, PAUSED))

    assert not cache.fill(5, as_of(5, ROUTED))

    assert cache.look_up(A) == CacheAnswer(6, PAUSED)


def test_a_fill_for_an_empty_server_is_refused_once_the_hash_is_there(cache: CallRouteCache) -> None:
    """Whoever saw nothing must not make the hash anew."""
    cache.restart(None, 6)

    assert not cache.fill(None, as_of(5, ROUTED))

    assert cache.look_up(A) == CacheAnswer(6, None)


def test_a_fill_for_a_hash_that_is_gone_is_refused(cache: CallRouteCache, redis: Redis) -> None:
    """After a flush an entry without `_applied` would be believed by nobody and owned by nobody."""
    cache.restart(None, 5)
    redis.flushdb()

    assert not cache.fill(5, as_of(5, ROUTED))

    assert redis.exists(KEY) == 0


def test_a_fill_keeps_the_applied_change(cache: CallRouteCache) -> None:
    """A newer route may be stored under an older change, never the other way round."""
    cache.restart(None, 5)

    assert cache.fill(5, as_of(9, PAUSED))

    assert cache.look_up(A) == CacheAnswer(5, PAUSED)


@pytest.mark.parametrize("seen", [LastChange(4, "five"), LastChange(6, "five"), LastChange(5, "another five")])
def test_apply_from_another_state_changes_nothing(cache: CallRouteCache, seen: LastChange) -> None:
    """Contiguity: only the state that was seen may be moved on, and not one of the same number in another history."""
    cache.fill(None, RoutesAsOf(5, {A: ROUTED}, "five"))

    assert not cache.apply(seen, as_of(7, PAUSED))

    assert cache.look_up(A) == CacheAnswer(5, ROUTED)


def test_apply_moves_many_numbers_at_once(cache: CallRouteCache) -> None:
    """A bulk change is one step."""
    cache.restart(None, 5)
    routes = {f"+1415555{index:04}": CallRoute(f"+1415555{index:04}", "paused") for index in range(10_000)}

    assert cache.apply(LastChange(5, ""), RoutesAsOf(6, routes))

    assert cache.every_route() == (6, routes)


def test_apply_to_an_empty_server_does_nothing(cache: CallRouteCache, redis: Redis) -> None:
    """A change alone does not make a hash that would look complete."""
    assert not cache.apply(LastChange(5, ""), as_of(6, PAUSED))

    assert redis.exists(KEY) == 0


def test_restart_empties_only_the_state_that_was_seen(cache: CallRouteCache) -> None:
    """Two hosts that repair at the same time do not undo each other."""
    cache.fill(None, as_of(5, ROUTED))

    assert not cache.restart(4, 9)
    assert cache.restart(5, 9)

    assert cache.look_up(A) == CacheAnswer(9, None)


@pytest.mark.parametrize(
    "garbled", ["", "{", "[]", '{"phone_number": 1}', '{"phone_number":"+1","decision":"x"}', "null"]
)
def test_a_garbled_entry_counts_as_none(cache: CallRouteCache, redis: Redis, garbled: str) -> None:
    """What is not a route is read from the database again."""
    cache.fill(None, as_of(5, ROUTED))
    redis.hset(KEY, A, garbled)

    assert cache.look_up(A) == CacheAnswer(5, None)


def test_a_route_of_another_number_counts_as_none(cache: CallRouteCache, redis: Redis) -> None:
    """An entry that says another number than its field is not believed."""
    cache.fill(None, as_of(5, ROUTED))
    redis.hset(KEY, B, ROUTED.to_json())

    assert cache.look_up(B) == CacheAnswer(5, None)


@pytest.mark.parametrize("garbled", ["", "x", "-1", "1e3", "٣"])
def test_a_garbled_applied_counts_as_no_hash(cache: CallRouteCache, redis: Redis, garbled: str) -> None:
    """`_applied` that is no number vouches for nothing."""
    redis.hset(KEY, mapping={A: ROUTED.to_json(), "_applied": garbled})

    assert cache.look_up(A).applied is None


def test_unknown_number_that_is_filled_again_counts_once(cache: CallRouteCache, monkeypatch) -> None:
    """Several workers that miss the same number do not use up the room for others."""
    monkeypatch.setattr(module, "UNKNOWN_NUMBERS_KEPT", 2)
    cache.restart(None, 5)
    numbers = [A, A, A, B]

    assert all(cache.fill(5, as_of(5, CallRoute(number, "unknown"))) for number in numbers)


def test_bytes_that_are_no_text_are_an_error_that_the_call_path_knows(
    cache: CallRouteCache, topology: Topology
) -> None:
    """Whatever somebody wrote into the hash, a look-up raises nothing but RedisError."""
    cache.restart(None, 5)
    with topology.client() as raw:
        raw.hset(KEY, A, b"\xff\xfe")

    with pytest.raises(RedisError):
        cache.look_up(A)


def test_garbled_applied_is_begun_again(cache: CallRouteCache, redis: Redis) -> None:
    """The keeper repairs what nobody can read, instead of trying for ever."""
    redis.hset(KEY, mapping={A: ROUTED.to_json(), "_applied": "x"})

    assert cache.restart(None, 7)
    assert cache.look_up(A) == CacheAnswer(7, None)


def test_what_is_no_hash_is_begun_again(cache: CallRouteCache, redis: Redis) -> None:
    """Somebody who took our key for theirs does not keep calls from Redis for ever."""
    redis.set(KEY, "somebody else's")

    assert cache.last_change() is None
    assert cache.restart(None, 7)
    assert cache.look_up(A) == CacheAnswer(7, None)


@pytest.mark.parametrize("url", ["redis://{}", "redis+sentinel://{}/clara", "redis+cluster://{}"])
def test_redis_that_is_away_is_an_error_that_the_call_path_knows(url: str) -> None:
    """Whatever of it is away."""
    cache = CallRouteCache(lambda: connect_to_redis(url.format(f"127.0.0.1:{find_free_port()}")))

    with pytest.raises(RedisError):
        cache.look_up(A)


def test_unknown_numbers_are_cached_up_to_a_cap(
    cache: CallRouteCache, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Calls to numbers that nobody has cannot fill the memory."""
    monkeypatch.setattr(module, "UNKNOWN_NUMBERS_KEPT", 3)
    cache.restart(None, 5)

    stored = [cache.fill(5, as_of(5, CallRoute(f"+1415555010{index}", "unknown"))) for index in range(5)]

    assert stored == [True, True, True, False, False]
    assert redis.hlen(KEY) == len(["_applied", "_applied_id", "_unknown"]) + 3


def test_memory_is_that_of_the_server_with_the_routes(cache: CallRouteCache, redis: Redis) -> None:
    """The doctor warns when it has little left."""
    redis.config_set("maxmemory", 100_000_000)

    try:
        assert cache.memory().limit == 100_000_000
    finally:
        redis.config_set("maxmemory", 0)
