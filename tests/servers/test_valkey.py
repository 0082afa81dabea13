"""The Valkey server answers, freezes, stops and comes back when a test says so."""

import pytest
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError
from redis.retry import Retry

from tests.servers.server import CannotFail
from tests.servers.valkey import ValkeyServer


def redis_client(running: ValkeyServer) -> Redis:
    return Redis.from_url(running.url, socket_timeout=0.2, retry=Retry(NoBackoff(), 0))


def test_valkey_answers_on_the_loopback_only(valkey: ValkeyServer) -> None:
    """A started Valkey answers, listens on 127.0.0.1 alone and writes nothing to disk."""
    with redis_client(valkey) as client:
        assert client.ping() is True
        assert client.config_get("bind", "save", "appendonly") == {
            "bind": "127.0.0.1",
            "save": "",
            "appendonly": "no",
        }


def test_frozen_valkey_times_out_until_thawed(valkey: ValkeyServer) -> None:
    """A frozen Valkey accepts connections and answers none of them; thawed, it answers again."""
    valkey.freeze()
    with redis_client(valkey) as client, pytest.raises(RedisTimeoutError):
        client.ping()

    valkey.thaw()
    with redis_client(valkey) as client:
        assert client.ping() is True


@pytest.mark.parametrize("graceful", [False, True])
def test_stopped_valkey_refuses_connections(valkey: ValkeyServer, graceful: bool) -> None:
    """A stopped Valkey, frozen or not before, refuses connections, and stopping it twice is no error."""
    valkey.freeze()
    valkey.stop(graceful=graceful)
    valkey.stop(graceful=graceful)

    with redis_client(valkey) as client, pytest.raises(RedisConnectionError):
        client.ping()


def test_restarted_valkey_is_empty_unless_asked_to_keep(valkey: ValkeyServer) -> None:
    """A restart keeps the port, keeps the data only on request, and only for that one restart."""
    url = valkey.url
    with redis_client(valkey) as client:
        client.set("kept", "yes")

    valkey.restart(keep_data=True)
    with redis_client(valkey) as client:
        assert client.get("kept") == b"yes"

    valkey.restart()
    with redis_client(valkey) as client:
        assert client.dbsize() == 0
    assert valkey.url == url


def test_flush_empties_valkey(valkey: ValkeyServer) -> None:
    """A flush removes every key."""
    with redis_client(valkey) as client:
        client.set("key", "value")
        valkey.flush()

        assert client.dbsize() == 0


def test_two_valkeys_run_side_by_side(valkey: ValkeyServer) -> None:
    """Two servers share neither port, data nor fate."""
    with ValkeyServer(own=True) as other:
        with redis_client(valkey) as client:
            client.set("key", "value")
        valkey.freeze()

        with redis_client(other) as client:
            assert client.dbsize() == 0


def test_external_valkey_cannot_fail(valkey: ValkeyServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server from the environment can be used and flushed, but is not ours to freeze or stop."""
    monkeypatch.setenv("TEST_REDIS_URL", valkey.url)
    with ValkeyServer() as external:
        assert (external.url, external.can_fail) == (valkey.url, False)
        external.flush()
        for fail in (external.freeze, external.thaw, external.stop, external.restart):
            with pytest.raises(CannotFail, match="TEST_REDIS_URL"):
                fail()

    assert valkey.is_running
