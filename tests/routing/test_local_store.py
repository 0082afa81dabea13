"""What a host keeps on its disk is always exactly the state after one change."""

import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from routing import local_store as module
from routing.call_route import CallRoute, RoutesAsOf
from routing.local_store import LocalStore

A, B = "+14155550100", "+14155550101"


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    """An empty store."""
    store = LocalStore(tmp_path / "host.db")
    yield store
    store.close()


def routes_as_of(n: int, *routes: CallRoute) -> RoutesAsOf:
    return RoutesAsOf(n, {route.phone_number: route for route in routes})


def test_a_new_host_knows_nothing(store: LocalStore) -> None:
    """Before the first complete copy there is no `known`, and nothing can be advanced."""
    assert store.known() is None
    assert not store.advance(0, routes_as_of(1, CallRoute(A, "routed")))
    assert store.known() is None


def test_a_complete_copy_is_found_by_every_process(store: LocalStore, tmp_path: Path) -> None:
    """What one object wrote, another one on the same file reads, with the same host id."""
    store.replace_all(7, [CallRoute(A, "routed", agent_name="Clara")])
    other = LocalStore(tmp_path / "host.db")

    assert (other.known(), other.find(A), other.host_id()) == (
        7,
        CallRoute(A, "routed", agent_name="Clara"),
        store.host_id(),
    )
    other.close()


def test_advance_writes_routes_and_known_together(store: LocalStore) -> None:
    """A change moves the copy from the state before it to the state after it."""
    store.replace_all(7, [CallRoute(A, "routed"), CallRoute(B, "routed")])

    assert store.advance(7, routes_as_of(8, CallRoute(A, "paused")))

    assert store.every_route() == (8, {A: CallRoute(A, "paused"), B: CallRoute(B, "routed")})


def test_advance_from_another_state_changes_nothing(store: LocalStore) -> None:
    """Whoever read an older state must not write over a newer one."""
    store.replace_all(7, [CallRoute(A, "routed")])
    store.advance(7, routes_as_of(9, CallRoute(A, "paused")))

    assert not store.advance(7, routes_as_of(8, CallRoute(A, "routed")))

    assert store.every_route() == (9, {A: CallRoute(A, "paused")})


def test_an_older_complete_copy_is_refused(store: LocalStore) -> None:
    """A slow rebuild does not turn the host back."""
    store.replace_all(9, [CallRoute(A, "paused")])

    assert not store.replace_all(8, [CallRoute(A, "routed")])

    assert store.find(A) == CallRoute(A, "paused")


def test_changed_numbers_are_named_from_where_a_worker_is(store: LocalStore) -> None:
    """A worker learns which numbers the changes that it has not followed name."""
    store.replace_all(7, [])
    store.advance(7, routes_as_of(8, CallRoute(A, "paused")))
    store.advance(8, routes_as_of(10, CallRoute(B, "paused")))

    assert store.numbers_changed_since(7) == {A, B}
    assert store.numbers_changed_since(8) == {B}
    assert store.numbers_changed_since(10) == set()


@pytest.mark.parametrize("seen", [-1, 6])
def test_a_worker_from_before_the_copy_must_forget_all(store: LocalStore, seen: int) -> None:
    """The list of names does not reach back beyond the complete copy."""
    store.replace_all(7, [])

    assert store.numbers_changed_since(seen) is None


def test_the_list_of_names_is_trimmed_and_says_so(store: LocalStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """Names older than the kept changes are gone, and a worker that far behind forgets all."""
    monkeypatch.setattr(module, "CHANGES_KEPT", 3)
    store.replace_all(0, [])
    for n in range(1, 8):
        store.advance(n - 1, routes_as_of(n, CallRoute(A, "paused")))

    assert store.numbers_changed_since(2) is None
    assert store.numbers_changed_since(4) == {A}


def test_forgetting_known_keeps_the_copy(store: LocalStore) -> None:
    """An evicted host vouches for nothing until it has copied again."""
    store.replace_all(7, [CallRoute(A, "routed")])

    store.forget_known()

    assert store.known() is None
    assert store.find(A) == CallRoute(A, "routed")


def test_a_failed_write_leaves_everything_as_it_was(store: LocalStore) -> None:
    """Routes that cannot be read to the end are not half written."""
    store.replace_all(7, [CallRoute(A, "routed")])

    def broken():
        yield CallRoute(B, "routed")
        raise ConnectionError

    with pytest.raises(ConnectionError):
        store.replace_all(8, broken())

    assert store.every_route() == (7, {A: CallRoute(A, "routed")})


def test_readers_are_not_held_up_by_a_long_rebuild(store: LocalStore) -> None:
    """While a complete copy is being written, `known` and routes are read as before."""
    store.replace_all(7, [CallRoute(A, "routed")])
    is_writing, may_end = threading.Event(), threading.Event()

    def slow():
        yield CallRoute(A, "paused")
        is_writing.set()
        may_end.wait(5)

    thread = threading.Thread(target=lambda: store.replace_all(8, slow()))
    thread.start()
    is_writing.wait(5)
    seen_meanwhile = store.known(), store.find(A)
    may_end.set()
    thread.join()

    assert seen_meanwhile == (7, CallRoute(A, "routed"))
    assert (store.known(), store.find(A)) == (8, CallRoute(A, "paused"))


def test_a_new_file_may_be_opened_by_everybody_at_once(tmp_path: Path) -> None:
    """The workers of a fresh host all begin at the same moment, and agree on the host's id."""
    for attempt in range(20):
        stores = [LocalStore(tmp_path / str(attempt) / "host.db") for _ in range(8)]
        with ThreadPoolExecutor(8) as threads:
            ids = set(threads.map(LocalStore.host_id, stores))
        for opened in stores:
            opened.close()
        assert len(ids) == 1


def test_a_corrupt_file_raises_what_the_call_path_expects(tmp_path: Path) -> None:
    """Whatever is wrong with the file shows as `sqlite3.Error`."""
    (tmp_path / "host.db").write_bytes(b"this is not a database, and long enough to be looked at" * 100)

    with pytest.raises(sqlite3.Error):
        LocalStore(tmp_path / "host.db").known()


def test_streams_remember_their_error(store: LocalStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """An error stays although the stream is said to have stopped afterwards; old calls are forgotten."""
    monkeypatch.setattr(module, "STREAMS_KEPT", 2)

    for call, event in (("CA1", "stream-started"), ("CA2", "stream-error"), ("CA2", "stream-stopped"), ("CA3", "x")):
        store.set_stream_event(call, event)

    assert [store.stream_event(call) for call in ("CA1", "CA2", "CA3")] == [None, "stream-error", "x"]
