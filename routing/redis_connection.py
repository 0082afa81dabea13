"""Connect to Redis with deadlines that a live call can afford."""

from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from routing.call_route_cache import KEY
from routing.redis_finding import connect_by_sentinels, connect_to_cluster

CONNECT_SECONDS = 0.15
ANSWER_SECONDS = 0.1


def connect_to_redis(url: str) -> Redis:
    """Return a client for `url` (see `config/settings.py` for its forms), which connects when it is first used.

    Without retries and with these timeouts a refused port costs microseconds and a frozen server a tenth of a second,
    where redis-py's defaults cost 5 and 60 seconds.
    """
    parts = urlsplit(url)
    nodes = [_host_and_port(node) for node in parts.netloc.rpartition("@")[2].split(",")]
    options = _deadlines() | _credentials(url)
    if parts.scheme == "redis+sentinel":
        return connect_by_sentinels(parts.path.strip("/"), nodes, _deadlines(), options)
    if parts.scheme == "redis+cluster":
        return connect_to_cluster(KEY, nodes, options)
    return Redis.from_url(url, **_deadlines())


def _deadlines() -> dict[str, Any]:
    return {
        "socket_connect_timeout": CONNECT_SECONDS,
        "socket_timeout": ANSWER_SECONDS,
        "retry": Retry(NoBackoff(), 0),
        "decode_responses": True,
    }


def _credentials(url: str) -> dict[str, Any]:
    """Read user, password and `?db=` of a Sentinel or Cluster URL, whose several hosts redis-py does not parse."""
    credentials, _, _ = urlsplit(url).netloc.rpartition("@")
    user, _, password = credentials.partition(":")
    found = {
        "username": unquote(user),
        "password": unquote(password),
        "db": dict(parse_qsl(urlsplit(url).query)).get("db"),
    }
    return {name: value for name, value in found.items() if value}


def _host_and_port(node: str) -> tuple[str, int]:
    host, _, port = node.rpartition(":")
    return (host, int(port)) if host else (node, 6379)
