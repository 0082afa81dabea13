"""What was noted is on the disk, whole and once, whatever happens to the disk or to the process."""

import errno
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from routing import call_notes
from routing.call_notes import CallNotes, event_line, read_event
from tests.conftest import ACCOUNT_SID, PROJECT
from tests.routing.door import noted_in

WRITER = """
import sys
from pathlib import Path
from routing.call_notes import CallNotes

notes = CallNotes(Path(sys.argv[1]))
number = 0
while True:
    notes.note("inbound_call", "AC" + "0" * 32, f"CA{number:032x}", {"padding": "x" * 500})
    print(number, flush=True)
    number += 1
"""
real_write = os.write


def note(notes: CallNotes, number: int, **details: Any) -> None:
    notes.note("inbound_call", ACCOUNT_SID, f"CA{number:032x}", {"to_number": "+14155550100"} | details)


def numbers_in(folder: Path) -> list[int]:
    """Return which calls are on disk, each as often as it is there."""
    return sorted(int(event.call_sid[2:], 16) for event in noted_in(folder))


@pytest.fixture
def notes(tmp_path: Path) -> CallNotes:
    """Notes in the test's own folder."""
    return CallNotes(tmp_path / "calls")


def test_event_is_read_as_it_was_noted() -> None:
    """Every text comes back: emoji, line feeds, quotes, lone surrogates, null bytes."""
    details = {"agent_name": 'Clara "📞"\n\r\x00\ud800', "account_id": 7, "reason": None}
    line = event_line("inbound_call", ACCOUNT_SID, "CA1", details)
    event = read_event(line)

    assert line.count(b"\n") == 1
    assert (event.kind, event.account_sid, event.call_sid, event.details) == (
        "inbound_call",
        ACCOUNT_SID,
        "CA1",
        details,
    )
    assert len(event.id) == 32
    assert event.noted_at.tzinfo is not None


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"\x00" * 20,
        b"\xff\xfe",
        b"5",
        b"[]",
        b"{}",
        b"null",
        b"[" * 100_000,
        b'{"noted_at": 5}',
        b'{"noted_at": "2026-05-07T12:00:00+00:00"}',
        event_line("inbound_call", ACCOUNT_SID, "CA1", {})[:-5],
        event_line("inbound_call", ACCOUNT_SID, "CA1", {}).replace(b'{"id"', b'{"new": 1, "id"'),
        event_line("inbound_call", ACCOUNT_SID, "CA1", {}).replace(b"+00:00", b""),
    ],
)
def test_torn_or_foreign_line_is_no_event(line: bytes) -> None:
    """Anything but a whole line of ours is said to be none, in one way."""
    with pytest.raises(ValueError):
        read_event(line)


def test_note_is_on_disk_at_once(notes: CallNotes, tmp_path: Path) -> None:
    """When the caller is answered the line is in the file already, which nobody else may read."""
    note(notes, 1)

    assert numbers_in(tmp_path / "calls") == [1]
    [path] = (tmp_path / "calls").iterdir()
    assert (path.suffix, path.stat().st_mode & 0o777) == (".jsonl", 0o600)


def test_threads_note_whole_lines(notes: CallNotes, tmp_path: Path) -> None:
    """Sixteen threads at once leave every line whole, in one file."""
    threads = [
        Thread(target=lambda start=start: [note(notes, start + i, padding="x" * 3_000) for i in range(50)])
        for start in range(0, 800, 50)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert numbers_in(tmp_path / "calls") == list(range(800))
    [path] = (tmp_path / "calls").iterdir()
    assert len(list(filter(None, path.read_bytes().split(b"\n")))) == 800


def test_full_file_is_followed_by_another(notes: CallNotes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that is full is left for good, so that the keeper can remove it."""
    monkeypatch.setattr(call_notes, "LARGEST_FILE_BYTES", 1_000)
    for number in range(20):
        note(notes, number)

    sizes = [path.stat().st_size for path in (tmp_path / "calls").iterdir()]
    assert numbers_in(tmp_path / "calls") == list(range(20))
    assert len(sizes) > 3
    assert max(sizes) < 1_500


@pytest.mark.parametrize("problem", [errno.ENOSPC, errno.EIO, errno.EDQUOT])
def test_notes_wait_in_memory_while_the_disk_refuses(
    notes: CallNotes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, problem: int
) -> None:
    """Nobody hears of a full disk, and once it takes lines again all of them are there, once and in order."""
    note(notes, 0)
    with monkeypatch.context() as patched:
        patched.setattr(os, "write", failing_write(problem))
        for number in (1, 2, 3):
            note(notes, number)
        assert numbers_in(tmp_path / "calls") == [0]
    note(notes, 4)

    assert [int(event.call_sid[2:], 16) for event in noted_in(tmp_path / "calls")] == [0, 1, 2, 3, 4]


def test_waiting_notes_are_written_without_another_call(
    notes: CallNotes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk may be mended when nobody calls, and a worker may end then; as long as it refuses, they wait on."""
    with monkeypatch.context() as patched:
        patched.setattr(os, "write", failing_write(errno.ENOSPC))
        note(notes, 1)
        note(notes, 2)
        notes.write_waiting()
        assert numbers_in(tmp_path / "calls") == []
    notes.write_waiting()
    notes.write_waiting()

    assert [int(event.call_sid[2:], 16) for event in noted_in(tmp_path / "calls")] == [1, 2]


@pytest.mark.parametrize("share", [0.0, 0.5, 0.99])
def test_short_write_costs_no_note(
    notes: CallNotes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, share: float
) -> None:
    """A line that the disk took in part is written again as a whole; its first half is skipped by readers."""
    note(notes, 0)
    with monkeypatch.context() as patched:
        patched.setattr(os, "write", short_write(share))
        note(notes, 1)
        note(notes, 2)
    note(notes, 3)

    assert numbers_in(tmp_path / "calls") == [0, 1, 2, 3]


def test_memory_keeps_the_latest_notes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that refuses for long does not fill the memory: the oldest lines are let go, named in the log."""
    monkeypatch.setattr(call_notes, "LINES_KEPT_IN_MEMORY", 3)
    notes = CallNotes(tmp_path / "calls")
    with monkeypatch.context() as patched:
        patched.setattr(os, "write", failing_write(errno.ENOSPC))
        for number in range(6):
            note(notes, number)
    note(notes, 6)

    assert numbers_in(tmp_path / "calls") == [3, 4, 5, 6]


def test_folder_that_cannot_be_made_costs_no_note(notes: CallNotes, tmp_path: Path) -> None:
    """Where there is no folder to write to, notes wait for one as well."""
    (tmp_path / "calls").write_text("in the way")
    note(notes, 1)
    (tmp_path / "calls").unlink()
    note(notes, 2)

    assert numbers_in(tmp_path / "calls") == [1, 2]


def test_file_that_cannot_be_opened_costs_no_note(
    notes: CallNotes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With no file descriptor left the note waits, and nothing is closed that was never opened."""
    with monkeypatch.context() as patched:
        patched.setattr(os, "open", failing_write(errno.EMFILE))
        note(notes, 1)
    note(notes, 2)

    assert numbers_in(tmp_path / "calls") == [1, 2]


def test_forked_process_begins_a_file_of_its_own(
    notes: CallNotes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A child writes nothing into its parent's file; a note that both still held is one event."""
    note(notes, 0)
    with monkeypatch.context() as patched:
        patched.setattr(os, "write", failing_write(errno.ENOSPC))
        note(notes, 1)
    if (child := os.fork()) == 0:
        note(notes, 2)
        os._exit(0)
    os.waitpid(child, 0)
    note(notes, 3)

    files = list((tmp_path / "calls").iterdir())
    assert len(files) == 2
    assert len({event.id for event in noted_in(tmp_path / "calls")}) == 4
    assert set(numbers_in(tmp_path / "calls")) == {0, 1, 2, 3}


def test_killed_process_loses_nothing_that_it_noted(tmp_path: Path) -> None:
    """A process killed in the middle of its notes leaves every line that it had finished, in a file that is free."""
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(tmp_path)], cwd=PROJECT, stdout=subprocess.PIPE, text=True
    )
    assert writer.stdout is not None
    with writer:
        while int(writer.stdout.readline()) < 200:
            pass
        writer.send_signal(signal.SIGKILL)
        said = [int(line) for line in writer.stdout.read().splitlines() if line]

    found = numbers_in(tmp_path)
    assert found == list(range(len(found)))
    assert len(found) >= max(said, default=200)


def test_lines_are_ascii(notes: CallNotes, tmp_path: Path) -> None:
    """A line is JSON in ASCII, so that no byte of a name can look like its end."""
    note(notes, 1, agent_name="Zoë\u2028📞")

    [path] = (tmp_path / "calls").iterdir()
    assert json.loads(path.read_bytes().decode("ascii"))["details"]["agent_name"] == "Zoë\u2028📞"


def failing_write(problem: int) -> Callable[..., int]:
    def write(*_: Any) -> int:
        raise OSError(problem, os.strerror(problem))

    return write


def short_write(share: float) -> Callable[..., int]:
    def write(file: int, text: bytes) -> int:
        return real_write(file, text[: int(len(text) * share)])

    return write
