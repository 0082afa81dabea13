"""Does Redis answer, does it follow the changes, and does it keep what it is given?"""

from collections.abc import Iterator
from time import monotonic, sleep

from redis import RedisError
from redis.exceptions import AuthenticationError, NoPermissionError
from sqlalchemy import select

from models import ChangeCounter
from operations.doctor.finding import DATABASE_SECONDS, LOOK_AGAIN_SECONDS, Examined, Finding, error, ok, warning
from routing.call_route_cache import CacheMemory, CallRouteCache
from routing.redis_connection import ANSWER_SECONDS

SLOW_SECONDS = ANSWER_SECONDS / 2
FULL = 0.9
TRIES = 3


def check_redis(examined: Examined) -> Iterator[Finding]:
    """Yield what is wrong with Redis; calls go through without it, only slower for the first of each number."""
    cache = examined.cache
    if cache is None:
        yield ok("REDIS_URL is not set: hosts ask the database for what they do not know.")
        return
    try:
        seconds = min(_measure(cache) for _ in range(TRIES))
        memory = cache.memory()
    except (RedisError, OSError) as problem:
        yield _say_silence(problem)
        return
    found = [*_say_memory(memory), *_say_lag(examined, cache)]
    if seconds > SLOW_SECONDS:
        slow = f"Redis takes {seconds * 1000:.0f} ms to answer; calls wait {ANSWER_SECONDS * 1000:.0f} ms at most."
        found.append(warning(slow, "Bring it nearer to this host, or find out what keeps it busy."))
    yield from found or [ok(f"It answers within {seconds * 1000:.1f} ms, and has applied every change.")]


def _measure(cache: CallRouteCache) -> float:
    began = monotonic()
    cache.applied()
    return monotonic() - began


def _say_silence(problem: Exception) -> Finding:
    if isinstance(problem, AuthenticationError | NoPermissionError):
        return error(
            f"Redis refuses us ({type(problem).__name__}).",
            "Correct user and password in REDIS_URL (redis://user:password@host:6379/0); it uses hashes and scripts.",
        )
    return error(
        f"Redis does not answer ({type(problem).__name__}).",
        "Start it, and check REDIS_URL: host, port and, for Sentinel, the master's name.",
    )


def _say_memory(memory: CacheMemory) -> Iterator[Finding]:
    if memory.limit and memory.policy.startswith("allkeys"):
        yield warning(
            f"Redis evicts any key when it is full ({memory.policy}): the call routes are one key.",
            "Set maxmemory-policy to noeviction, and let no other program use this server.",
        )
    if memory.limit and memory.used > memory.limit * FULL:
        yield error(
            f"Redis has used {memory.used / memory.limit:.0%} of its maxmemory; beyond it takes no change.",
            "Raise maxmemory: a number takes about half a kilobyte.",
        )


def _say_lag(examined: Examined, cache: CallRouteCache) -> Iterator[Finding]:
    """Yield how far Redis is behind, if it still is after a moment: keepers repair it ten times a second."""
    lag = _lag(examined, cache)
    if lag != 0:
        sleep(LOOK_AGAIN_SECONDS)
        lag = _lag(examined, cache)
    if lag is None:
        yield warning(
            "Redis holds no call routes.", "Start the router: its keeper fills Redis. See the check `keeper`."
        )
    elif lag:
        yield error(
            f"Redis is {lag} changes behind the database, so nobody believes it.",
            "Restart the router on any host; if that does not help, delete the key call-routes:v2 from Redis.",
        )


def _lag(examined: Examined, cache: CallRouteCache) -> int | None:
    applied = cache.applied()
    query = select(ChangeCounter.n)
    n = examined.deadlined.ask(lambda connection: connection.execute(query).scalar_one(), DATABASE_SECONDS)
    return None if applied is None else max(0, n - applied)
