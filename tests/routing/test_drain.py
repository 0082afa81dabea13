"""Notes reach the database whatever fails on the way: none is lost, none counts twice, none holds up the others."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event as engine_events
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from models import Account
from routing import drain as draining
from routing.call_notes import event_line
from tests.conftest import ACCOUNT_SID
from tests.routing.host import Host

NOBODYS_ACCOUNT = 999_999
FOREIGN = (
    b'{"id": "%s", "account_sid": "AC1", "call_sid": "CA1", "kind": "inbound_call", "noted_at": "%s", "details": %s}\n'
)


def database_is_gone() -> OperationalError:
    return OperationalError("the database is gone", {}, ConnectionResetError())


@contextmanager
def failing_at(host: Host, statement: int) -> Iterator[None]:
    """Let the database fail once, at its n-th statement from now on."""
    left = [statement]

    def fail(*_: Any) -> None:
        left[0] -= 1
        if left[0] == 0:
            raise database_is_gone()

    engine_events.listen(host.database.engine, "before_cursor_execute", fail)
    try:
        yield
    finally:
        engine_events.remove(host.database.engine, "before_cursor_execute", fail)


def test_draining_twice_changes_nothing(host: Host) -> None:
    """What is drained is drained: a second time finds nothing to do."""
    for number in range(5):
        host.note(number)

    assert (host.drain(), host.drain()) == (5, 0)
    assert (len(host.calls()), host.events(), host.waiting()) == (5, 5, 0)


def test_forgotten_progress_changes_nothing(host: Host) -> None:
    """When this host forgets how far it had come, the same lines drained again make the same records."""
    host.note(1)
    host.note(1, "status_changed", call_status="completed", duration_seconds=61)
    host.drain()
    before = {number: call.__dict__ | {"_sa_instance_state": None} for number, call in host.calls().items()}
    [path] = host.folder.glob("*.jsonl")
    host.local_store.set_drained_bytes(path.name, None)

    assert host.drain() == 2
    assert {number: call.__dict__ | {"_sa_instance_state": None} for number, call in host.calls().items()} == before
    assert host.events() == 2


@pytest.mark.parametrize("statement", [1, 2, 3, 4, 5, 7, 9])
def test_database_that_fails_in_the_middle_costs_nothing(
    host: Host, monkeypatch: pytest.MonkeyPatch, statement: int
) -> None:
    """Whichever statement the database dies at, the next drain leaves every call there, once."""
    monkeypatch.setattr(draining, "BATCH_BYTES", 1)
    for number in (1, 2, 3):
        host.note(number)
        host.note(number, "status_changed", call_status="completed")

    with failing_at(host, statement), pytest.raises(SQLAlchemyError):
        host.drain()
    assert host.waiting() > 0
    host.drain()
    assert {number: call.call_status for number, call in host.calls().items()} == dict.fromkeys((1, 2, 3), "completed")
    assert {call.decision for call in host.calls().values()} == {"unknown"}
    assert (host.events(), host.waiting()) == (6, 0)


@pytest.mark.parametrize("is_committed", [True, False])
def test_commit_that_fails_costs_nothing(host: Host, monkeypatch: pytest.MonkeyPatch, is_committed: bool) -> None:
    """Whether the commit failed, or only the word that it had succeeded was lost: the events are there, once."""
    host.note(1)
    dialect, commit = host.database.engine.dialect, host.database.engine.dialect.do_commit

    def fail(connection: Any) -> None:
        commit(connection) if is_committed else connection.rollback()
        raise database_is_gone()

    with monkeypatch.context() as patched:
        patched.setattr(dialect, "do_commit", fail)
        with pytest.raises(SQLAlchemyError):
            host.drain()

    assert (len(host.calls()), host.waiting() > 0) == (int(is_committed), True)
    assert host.drain() == 1
    assert (len(host.calls()), host.events(), host.waiting()) == (1, 1, 0)


def test_progress_that_cannot_be_written_costs_nothing(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    """Committed but not remembered as drained: the lines are drained again, and count once."""
    host.note(1)
    with monkeypatch.context() as patched:
        patched.setattr(host.local_store, "set_drained_bytes", fail_to_write)
        with pytest.raises(sqlite3.OperationalError):
            host.drain()

    assert host.drain() == 1
    assert (len(host.calls()), host.events()) == (1, 1)


def fail_to_write(*_: Any) -> None:
    raise sqlite3.OperationalError("disk I/O error")


def test_leftovers_of_a_dead_process_are_adopted_and_removed(host: Host) -> None:
    """A file that nobody writes any more is drained and goes; one that is in use stays."""
    host.note(1)
    host.die()
    host.note(2)

    assert host.drain() == 2
    [living] = host.folder.glob("*.jsonl")
    assert living.stat().st_size == host.local_store.drained_bytes(living.name) > 0


def test_torn_end_of_a_dead_process_is_skipped(host: Host) -> None:
    """The last line of a killed process may be half a line: all before it count, and the file still goes."""
    host.note(1)
    [path] = host.folder.glob("*.jsonl")
    with path.open("ab") as file:
        file.write(event_line("inbound_call", ACCOUNT_SID, "CA" + "2" * 32, {})[:-20])
    host.die()

    assert host.drain() == 1
    assert list(host.calls()) == [1]
    assert list(host.folder.glob("*.jsonl")) == []


def test_unfinished_line_of_a_living_process_waits_for_its_end(host: Host) -> None:
    """Half a line that is still being written is left alone, and read once it is whole."""
    host.note(1)
    line = event_line("inbound_call", ACCOUNT_SID, f"CA{2:032x}", {})
    [path] = host.folder.glob("*.jsonl")
    with path.open("ab") as file:
        file.write(line[:50])
    assert host.drain() == 1

    with path.open("ab") as file:
        file.write(line[50:])
    assert host.drain() == 1
    assert sorted(host.calls()) == [1, 2]


@pytest.mark.parametrize("batch_bytes", [1, 100, 700])
def test_line_longer_than_a_batch_is_drained(host: Host, monkeypatch: pytest.MonkeyPatch, batch_bytes: int) -> None:
    """A batch is never smaller than one line, however long that is."""
    monkeypatch.setattr(draining, "BATCH_BYTES", batch_bytes)
    for number in range(4):
        host.note(number, padding="x" * 5_000 * (number % 2))
    host.die()

    assert host.drain() == 4
    assert sorted(host.calls()) == [0, 1, 2, 3]
    assert list(host.folder.glob("*.jsonl")) == []


def test_many_calls_make_many_batches(host: Host) -> None:
    """Some hundred calls with all their events, in batches that end anywhere, leave one record each."""
    for number in range(300):
        host.note(number, padding="x" * 1_000)
    for number in range(300):
        host.note(number, "status_changed", call_status="completed", duration_seconds=number)

    assert host.drain() == 600
    assert {number: call.duration_seconds for number, call in host.calls().items()} == {i: i for i in range(300)}


def test_line_that_is_there_twice_counts_once(host: Host) -> None:
    """What a process and its fork both held in memory, both write: it is one event, in one batch or in two files."""
    host.note(1)
    [path] = host.folder.glob("*.jsonl")
    line = path.read_bytes()
    with path.open("ab") as file:
        file.write(line)
    (host.folder / "of-the-fork.jsonl").write_bytes(line)
    host.drain()

    assert (list(host.calls()), host.events()) == ([1], 1)


def test_poisonous_event_is_set_aside(host: Host) -> None:
    """An event that the database rejects neither holds up the others nor is lost: it can be drained later."""
    host.note(1)
    host.note(2, account_id=NOBODYS_ACCOUNT, agent_name="Zoë")
    host.note(3)
    host.drain()

    aside = host.folder / "set-aside.txt"
    assert (sorted(host.calls()), host.waiting()) == ([1, 3], 0)
    assert f"CA{2:032x}" in aside.read_text()
    with host.database.writing() as session:
        session.add(Account(id=NOBODYS_ACCOUNT, name="Restored"))
    aside.rename(host.folder / "again.jsonl")
    assert host.drain() == 1
    assert host.calls()[2].agent_name == "Zoë"


@pytest.mark.parametrize(
    "line",
    [
        b"not JSON\n",
        FOREIGN % (b"1" * 32, b"2026-05-07T12:00:00+00:00", b"5"),
        FOREIGN % (b"1" * 32, b"2026-05-07T12:00:00", b"{}"),
        FOREIGN % (b"1" * 32, b"2026-05-07T12:00:00+00:00", b'{"duration_seconds": "long"}'),
        FOREIGN % (b"1" * 32, b"2026-05-07T12:00:00+00:00", b'{"duration_seconds": Infinity}'),
        FOREIGN % (b"1" * 32, b"2026-05-07T12:00:00+00:00", b'{"agent_name": "\\ud800"}'),
        FOREIGN % (b"1" * 32, b"2026-05-07T12:00:00+00:00", b'{"happened_at": "noon", "call_status": "completed"}'),
    ],
)
def test_line_of_another_version_is_set_aside(host: Host, line: bytes) -> None:
    """A line that today's code cannot make a record of, as after a downgrade, is kept for somebody to look at."""
    host.note(1)
    [path] = host.folder.glob("*.jsonl")
    with path.open("ab") as file:
        file.write(line)
    host.note(2)
    host.drain()

    assert sorted(host.calls()) == [1, 2]
    assert len((host.folder / "set-aside.txt").read_bytes().splitlines()) == 1
