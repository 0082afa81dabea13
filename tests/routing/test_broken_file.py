"""A host's file with noise in it is put aside and made anew, and nobody vouches for what is older than a promise."""

import os
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from models import Host
from operations.agents import create_agent
from operations.changes import Changes, Who
from routing.call_route import CallRoute, RoutesAsOf
from routing.local_store import LocalStore

A = "+14155550100"
OLD, NEW = CallRoute(A, "routed"), CallRoute(A, "paused")
OTHERS = [CallRoute(f"+1212555{index:05}", "routed", agent_name="Clara" * 20) for index in range(20_000)]


def fill_with_noise(path: Path) -> None:
    """Overwrite a file and its log under the processes that have it open."""
    for name in (path, path.with_name(f"{path.name}-wal")):
        with name.open("r+b") as file:
            file.write(os.urandom(name.stat().st_size))


def read_everything(store: LocalStore) -> None:
    """Meet a broken file, as the keeper does, and let it be mended. SQLite has far from all of it in memory."""
    with pytest.raises(sqlite3.DatabaseError), store.mending():
        store.every_route()


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    """A host that has followed up to change 7, where the number was still routed."""
    store = LocalStore(tmp_path / "host.db")
    store.replace_all(6, [OLD, *OTHERS])
    store.advance(6, RoutesAsOf(7, {A: OLD}))
    yield store
    store.close()


def test_broken_file_is_kept_under_another_name(store: LocalStore, tmp_path: Path) -> None:
    """Somebody may want to see what became of it."""
    fill_with_noise(tmp_path / "host.db")
    content = (tmp_path / "host.db").read_bytes()

    read_everything(store)

    [aside] = [path for path in tmp_path.glob("host.db.broken-*") if not path.name.endswith(("-wal", "-shm"))]
    assert aside.read_bytes() == content


def test_host_is_the_same_one_and_vouches_for_nothing(store: LocalStore, tmp_path: Path) -> None:
    """Changes go on waiting for it, and none of its processes believes what it had."""
    other, host_id = LocalStore(tmp_path / "host.db"), store.host_id()
    assert other.known() == 7
    fill_with_noise(tmp_path / "host.db")

    read_everything(store)

    assert (store.known(), store.find(A), store.last_change()) == (None, None, None)
    assert (other.known(), other.find(A), other.last_change()) == (None, None, None)
    assert store.host_id() == other.host_id() == host_id
    other.close()


def test_worker_with_the_old_file_open_forgets_what_it_remembers(store: LocalStore, tmp_path: Path) -> None:
    """In the old file no change names the number; that must not count as proof that nothing has changed."""
    other = LocalStore(tmp_path / "host.db")
    assert other.numbers_changed_since(7) == set()
    fill_with_noise(tmp_path / "host.db")
    read_everything(store)

    assert other.numbers_changed_since(7) is None
    store.replace_all(9, [NEW])
    assert other.numbers_changed_since(7) is None
    assert (other.known(), other.find(A)) == (9, NEW)
    other.close()


def test_writer_with_the_old_file_open_publishes_nothing_of_it(store: LocalStore, tmp_path: Path) -> None:
    """Its next question goes to the new file, in whose state it then is or is not."""
    other = LocalStore(tmp_path / "host.db")
    other.last_change()
    fill_with_noise(tmp_path / "host.db")
    read_everything(store)

    assert not other.advance(7, RoutesAsOf(8, {A: NEW}))
    assert (store.known(), other.known()) == (None, None)
    other.close()


def test_end_of_a_process_with_the_old_file_leaves_the_new_one_alone(store: LocalStore, tmp_path: Path) -> None:
    """SQLite removes the log of a database that it closes last, by its name: not when that is another one's by now."""
    with closing(sqlite3.connect(tmp_path / "host.db")) as old:
        assert old.execute("SELECT known FROM host").fetchone() == (7,)
        fill_with_noise(tmp_path / "host.db")
        read_everything(store)
        store.replace_all(9, [NEW])
        with suppress(sqlite3.DatabaseError):
            old.execute("SELECT * FROM routes").fetchall()

    assert (tmp_path / "host.db-wal").stat().st_size > 0
    another = LocalStore(tmp_path / "host.db")
    assert (another.known(), another.find(A)) == (9, NEW)
    another.close()


def test_sound_file_is_left_where_it_is(store: LocalStore, tmp_path: Path) -> None:
    """Another process was faster, or the error was of something else."""
    (tmp_path / "noise.db").write_bytes(os.urandom(10_000))

    with (
        pytest.raises(sqlite3.DatabaseError),
        store.mending(),
        closing(sqlite3.connect(tmp_path / "noise.db")) as noise,
    ):
        noise.execute("SELECT * FROM host")

    assert (store.known(), store.find(A)) == (7, OLD)
    assert not list(tmp_path.glob("host.db.broken-*"))


def test_locked_file_is_not_a_broken_one(store: LocalStore, tmp_path: Path) -> None:
    """Somebody's backup holds it for a while."""
    with closing(sqlite3.connect(tmp_path / "host.db", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(sqlite3.OperationalError), store.mending():
            store.advance(7, RoutesAsOf(8, {A: NEW}))

    assert store.known() == 7


def test_only_the_last_broken_file_is_kept(store: LocalStore, tmp_path: Path) -> None:
    """A dying disk must not be filled as well."""
    for name in ("host.db.broken-20260101T000000Z", "host.db.broken-20260101T000000Z-wal"):
        (tmp_path / name).write_text("older")
    fill_with_noise(tmp_path / "host.db")

    read_everything(store)

    assert not [path for path in tmp_path.glob("host.db.broken-*") if path.read_bytes() == b"older"]


def test_keeper_makes_the_copy_anew(app: Flask, changes: Changes, who: Who) -> None:
    """Without a person, and the host stays registered as the one that it was."""
    create_agent(changes, who, "Clara", "stream", "wss://agent.example.com/calls")
    store, keeper = app.extensions["local_store"], app.extensions["keeper"]
    before = store.host_id(), store.known()
    store.replace_all(before[1], OTHERS)
    fill_with_noise(app.extensions["settings"].data_dir / "host.db")
    read_everything(store)
    assert store.known() is None

    keeper.work()

    assert (store.host_id(), store.known()) == before
    with changes.database.reading() as session:
        assert [(host.id, host.known) for host in session.scalars(select(Host))] == [before]
