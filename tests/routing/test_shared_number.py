"""One number that all processes of a host see at once."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from routing.local_store import LocalStore
from routing.shared_number import SharedNumber


@pytest.mark.parametrize("number", [None, 0, 1, 2**62])
def test_what_one_mapping_writes_another_reads(tmp_path: Path, number: int | None) -> None:
    """Two processes map the same bytes."""
    writer, reader = SharedNumber(tmp_path / "number"), SharedNumber(tmp_path / "number")
    writer.write(number)

    assert reader.read() == number


def test_a_new_file_holds_nothing(tmp_path: Path) -> None:
    """Before anything is published there is nothing to believe."""
    assert SharedNumber(tmp_path / "number").read() is None


def test_a_forked_process_reads_what_its_parent_writes_later(tmp_path: Path) -> None:
    """The mapping is shared across a fork, as between gunicorn's workers."""
    number = SharedNumber(tmp_path / "number")
    to_child, from_parent = os.pipe()
    child = os.fork()
    if child == 0:
        os.read(to_child, 1)
        os._exit(0 if number.read() == 42 else 1)

    number.write(42)
    os.write(from_parent, b"x")

    assert os.waitpid(child, 0)[1] == 0
    os.close(to_child)
    os.close(from_parent)


def test_known_that_a_dead_process_did_not_publish_is_published_at_the_next_opening(tmp_path: Path) -> None:
    """A crash between the transaction and the shared bytes leaves them behind, and no longer than that."""
    store = LocalStore(tmp_path / "host.db")
    store.replace_all(5, [])
    SharedNumber(tmp_path / "host.known").write(3)

    assert store.known() == 3
    assert LocalStore(tmp_path / "host.db").known() == 5
    assert store.known() == 5


def test_catching_up_from_a_published_number_that_lags_publishes_the_recorded_one(tmp_path: Path) -> None:
    """Whoever tries to move the copy from a state that it has left learns where it is."""
    store = LocalStore(tmp_path / "host.db")
    store.replace_all(5, [])
    SharedNumber(tmp_path / "host.known").write(3)

    store.forget_known()

    assert store.known() is None


def test_number_that_an_older_store_left_behind_is_never_believed(tmp_path: Path) -> None:
    """Where the store was removed and its shared bytes were not, nobody reads them before they are true again."""
    for attempt in range(30):
        folder = tmp_path / str(attempt)
        folder.mkdir()
        SharedNumber(folder / "host.known").write(100)
        store = LocalStore(folder / "host.db")
        with ThreadPoolExecutor(8) as threads:
            seen = set(threads.map(lambda _, store=store: store.known(), range(32)))
        store.close()
        assert seen == {None}
