"""The only file that knows what is in Redis: look up, fill, apply and restart the cached routes.

One hash holds a field per phone number, with its route as JSON, and `_applied`: the last change applied to the hash.
That one number makes every entry believable or not; `_applied_id`, the change's random id, tells whether it is of this
database's history. Entries never expire: whoever evicts, flushes, restarts or fails over the server loses or turns back
the entries and `_applied` together. The rules, which `tests/consistency/` searches exhaustively:

* LOOK UP reads a number and `_applied` together. The caller believes an entry only if `_applied` has reached the
  change that its host knows.
* FILL stores what was read from the database after a miss, but only if `_applied` still is what it was at the miss.
  If the hash was not there, it is made, as of the change number that came with the route.
* APPLY moves the hash from the state of `seen` to that of `n`, or does nothing if it is not in the state of `seen`.
* RESTART empties it instead: an empty hash is true as of any change. It also replaces what is no hash at all.

Unknown numbers are cached too, up to UNKNOWN_NUMBERS_KEPT, counted in `_unknown`.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from redis.exceptions import RedisError, ResponseError

from routing.call_route import JSON_VERSION, UNKNOWN, CallRoute, LastChange, RoutesAsOf, route_from_json

# Two versions of the routes' JSON never read each other's entries.
KEY = f"call-routes:v{JSON_VERSION}"
UNKNOWN_NUMBERS_KEPT = 10_000

FILL = """
local seen, n, number, route = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local applied = redis.call('HGET', KEYS[1], '_applied')
if seen == '' then
  if applied or redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
  redis.call('HSET', KEYS[1], '_applied', n, '_applied_id', ARGV[6])
elseif applied ~= seen then
  return 0
end
if ARGV[5] ~= '' and redis.call('HEXISTS', KEYS[1], number) == 0 then
  if tonumber(redis.call('HGET', KEYS[1], '_unknown') or '0') >= tonumber(ARGV[5]) then return 0 end
  redis.call('HINCRBY', KEYS[1], '_unknown', 1)
end
redis.call('HSET', KEYS[1], number, route)
return 1
"""

APPLY = """
if (redis.call('HGET', KEYS[1], '_applied') or '') ~= ARGV[1] then return 0 end
if (redis.call('HGET', KEYS[1], '_applied_id') or '') ~= ARGV[2] then return 0 end
for i = 5, #ARGV, 2 do redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1]) end
redis.call('HSET', KEYS[1], '_applied', ARGV[3], '_applied_id', ARGV[4])
return 1
"""

RESTART = """
local is_hash = redis.call('TYPE', KEYS[1]).ok == 'hash'
local applied = is_hash and redis.call('HGET', KEYS[1], '_applied') or ''
if not string.match(applied, '^%d+$') then applied = '' end
if applied ~= ARGV[1] then return 0 end
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], '_applied', ARGV[2], '_applied_id', ARGV[3])
return 1
"""


@dataclass(frozen=True, slots=True)
class CacheAnswer:
    """What one look-up saw: the last applied change (None if the hash is not there) and the entry, if any."""

    applied: int | None
    route: CallRoute | None


@dataclass(frozen=True, slots=True)
class CacheMemory:
    """What the server that holds the hash uses, its limit (0 is none), both in bytes, and what it does at the limit."""

    used: int
    limit: int
    policy: str


class CallRouteCache:
    """The cached routes. Every method raises `redis.RedisError` or `OSError` when Redis does not answer in time."""

    def __init__(self, connect: Callable[[], Any]) -> None:
        """Keep `connect` for the first use: a host must start while Redis is away, and nothing may cross a fork."""
        self._connect = connect

    @cached_property
    def _redis(self) -> Any:
        return self._connect()

    @cached_property
    def _fill(self) -> Any:
        return self._redis.register_script(FILL)

    @cached_property
    def _apply(self) -> Any:
        return self._redis.register_script(APPLY)

    @cached_property
    def _restart(self) -> Any:
        return self._redis.register_script(RESTART)

    def look_up(self, phone_number: str) -> CacheAnswer:
        """Read a number and `_applied` in one round trip. A garbled entry counts as none."""
        with saying_redis_errors():
            entry, applied = self._read([phone_number, "_applied"])
            return CacheAnswer(_number_or_none(applied), _route_or_none(entry, phone_number))

    def fill(self, seen: int | None, found: RoutesAsOf) -> bool:
        """Store one route read from the database after a look-up that saw `seen`; False if the hash has moved on."""
        [(phone_number, route)] = found.routes.items()
        cap = UNKNOWN_NUMBERS_KEPT if route.decision == UNKNOWN else ""
        args = [_text(seen), found.n, phone_number, route.to_json(), cap, found.change_id]
        with saying_redis_errors():
            return bool(self._fill(keys=[KEY], args=args))

    def applied(self) -> int | None:
        """Return the last change applied to the hash; None if there is no hash."""
        with saying_redis_errors():
            return _number_or_none(self._redis.hget(KEY, "_applied"))

    def last_change(self) -> LastChange | None:
        """Return number and id of the last change applied to the hash; None if there is no hash, but anything else."""
        with saying_redis_errors():
            try:
                applied, change_id = self._read(["_applied", "_applied_id"])
            except ResponseError as error:
                if not str(error).startswith("WRONGTYPE"):
                    raise
                return None
            n = _number_or_none(applied)
            return None if n is None else LastChange(n, change_id or "")

    def apply(self, seen: LastChange, changed: RoutesAsOf) -> bool:
        """Move the hash from the state of `seen` to that of `changed.n`; False if it is in another state."""
        fields = [text for number, route in changed.routes.items() for text in (number, route.to_json())]
        with saying_redis_errors():
            return bool(self._apply(keys=[KEY], args=[*seen, changed.n, changed.change_id, *fields]))

    def restart(self, seen: int | None, n: int, change_id: str = "") -> bool:
        """Put an empty hash as of change `n` in the place of one in the state of `seen`; False if it is in another."""
        with saying_redis_errors():
            return bool(self._restart(keys=[KEY], args=[_text(seen), n, change_id]))

    def memory(self) -> CacheMemory:
        """Return how much memory the server has left for the hash; in a cluster the node that has it."""
        with saying_redis_errors():
            said = self._redis.info("memory")
            return CacheMemory(int(said["used_memory"]), int(said["maxmemory"]), str(said["maxmemory_policy"]))

    def find_some(self, phone_numbers: Sequence[str]) -> tuple[int | None, dict[str, CallRoute | None]]:
        """Return `_applied` and the entries of these numbers that are there, garbled ones as None: to check them."""
        with saying_redis_errors():
            applied, *texts = self._read(["_applied", *phone_numbers])
            entries = zip(phone_numbers, texts, strict=True)
            found = {name: _route_or_none(text, name) for name, text in entries if text is not None}
            return _number_or_none(applied), found

    def every_route(self) -> tuple[int | None, dict[str, CallRoute | None]]:
        """Return `_applied` and all entries, garbled ones as None: for checking them."""
        with saying_redis_errors():
            fields = self._redis.hgetall(KEY)
            routes = {name: _route_or_none(text, name) for name, text in fields.items() if not name.startswith("_")}
            return _number_or_none(fields.get("_applied")), routes

    def _read(self, fields: Sequence[str]) -> list[Any]:
        """Read fields of the hash; raise TypeError for an answer that is no list, such as a text of as many letters."""
        answer = self._redis.hmget(KEY, fields)
        if not isinstance(answer, list):
            raise TypeError("not a list")
        return answer


@contextmanager
def saying_redis_errors() -> Iterator[None]:
    """Raise as RedisError what comes of a server that answers something else than what it was asked for.

    That is bytes that are no text, and what is well formed but of another type or length than it has to be.
    """
    try:
        yield
    except (ValueError, TypeError, LookupError, AttributeError) as error:
        raise RedisError(f"not an answer to the question: {type(error).__name__}") from error


def _text(number: int | None) -> str:
    return "" if number is None else str(number)


def _number_or_none(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdecimal() else None


def _route_or_none(text: str | None, phone_number: str) -> CallRoute | None:
    try:
        route = route_from_json(text) if text is not None else None
    except ValueError:
        return None
    return route if route and route.phone_number == phone_number else None
