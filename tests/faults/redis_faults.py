"""What Redis, or the way to it, can do to a host: a fault each."""

import os
from collections.abc import Callable

from redis import Redis

from routing.call_route_cache import KEY
from tests.faults.fault import Fault, nothing
from tests.faults.town import Town

LOADING_KEYS, LOADING_MICROSECONDS_A_KEY = 1_000, 20_000
DATABASE_ANSWERS = "the database answers; nobody waits longer than 100 ms, and after three failures no call asks Redis"
BEHIND = "what it has falls behind and is not believed; the database answers"
OUT_OF_PLACE = "`_applied` is lost with the routes, so nobody believes what is left; the database answers and refills"


def wires(how: str) -> Callable[[Town], None]:
    """Let the way to Redis behave like this, the host's and the admin's."""

    def behave(town: Town) -> None:
        for wire in (town.redis, town.admin_redis):
            wire.behave(how)

    return behave


heal_wires = wires("pass")


def client(town: Town) -> Redis:
    """Return a client that no wire spoils."""
    return town.valkey.client()


def flush(town: Town) -> None:
    town.valkey.flush()


def restart_loading(town: Town) -> None:
    """Restart Redis with so much to load that it answers LOADING for twenty seconds."""
    with client(town) as redis:
        redis.mset({f"filler:{index}": os.urandom(1_000) for index in range(LOADING_KEYS)})
    delay = str(LOADING_MICROSECONDS_A_KEY)
    town.valkey.options = {"key-load-delay": delay, "loading-process-events-interval-bytes": "1024"}
    town.valkey.restart(keep_data=True)
    with client(town) as redis:
        assert redis.info("persistence")["loading"] == 1


def end_loading(town: Town) -> None:
    town.valkey.options = {}
    town.valkey.restart()


def make_readonly(town: Town) -> None:
    """Make it the replica of a server that is not there, as a failover does to the one that lost."""
    with client(town) as redis:
        redis.replicaof("127.0.0.1", 1)


def end_readonly(town: Town) -> None:
    with client(town) as redis:
        redis.replicaof("NO", "ONE")


def fill_memory(town: Town) -> None:
    with client(town) as redis:
        redis.config_set("maxmemory", 1)


def free_memory(town: Town) -> None:
    with client(town) as redis:
        redis.config_set("maxmemory", 0)


def set_wrong_type(town: Town) -> None:
    """Put a text where the hash of the routes is."""
    with client(town) as redis:
        redis.set(KEY, "somebody else's")


REDIS_FAULTS = [
    Fault("Redis refuses", wires("refuse"), heal_wires, DATABASE_ANSWERS),
    Fault("Redis is frozen", lambda town: town.valkey.freeze(), lambda town: town.valkey.thaw(), DATABASE_ANSWERS),
    Fault("Redis is behind a black hole", wires("hole"), heal_wires, DATABASE_ANSWERS),
    Fault("Redis answers 50 ms late", wires("late 50"), heal_wires, "it is waited for, up to 100 ms", p99=250),
    Fault("Redis answers 500 ms late", wires("late 500"), heal_wires, DATABASE_ANSWERS),
    Fault("Redis answers garbage", wires("garble"), heal_wires, DATABASE_ANSWERS),
    Fault("Redis hangs up in the middle of its answers", wires("cut"), heal_wires, DATABASE_ANSWERS),
    Fault("Redis is flushed (FLUSHALL)", flush, nothing, OUT_OF_PLACE),
    Fault("Redis restarts empty", lambda town: town.valkey.restart(), nothing, OUT_OF_PLACE),
    Fault("Redis is loading (LOADING)", restart_loading, end_loading, DATABASE_ANSWERS),
    Fault("Redis takes no writes (READONLY)", make_readonly, end_readonly, BEHIND),
    Fault("Redis is full (OOM)", fill_memory, free_memory, BEHIND),
    Fault(
        "Redis has another type under our key (WRONGTYPE)",
        set_wrong_type,
        nothing,
        "the keeper makes the hash anew; the database answers meanwhile",
    ),
    Fault(
        "Redis is reachable for calls, not for the admin",
        lambda town: town.admin_redis.behave("refuse"),
        heal_wires,
        "the pause is in force without it: the keeper moves Redis on",
    ),
]
