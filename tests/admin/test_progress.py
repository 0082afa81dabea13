"""Long work in the shell says how far it has come."""

import os
import pty
import subprocess
import sys

import pytest

from admin.commands import progress
from admin.commands.progress import showing_progress
from tests.conftest import PROJECT

ON_A_TERMINAL = """
from admin.commands.progress import showing_progress
with showing_progress("Reading", {total}) as advance:
    for _ in range(3):
        advance(1)
"""


def test_elsewhere_the_end_is_a_plain_line_on_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    """Standard output stays free for JSON."""
    with showing_progress("Reading", 2000) as advance:
        advance(1500)
        advance(500)

    assert capsys.readouterr() == ("", "Reading: 2,000 of 2,000\n")


def test_elsewhere_a_line_comes_now_and_then(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A log is not flooded, and does not stand still."""
    monkeypatch.setattr(progress, "LINE_EVERY_SECONDS", 0)
    with showing_progress("Reading") as advance:
        advance(1)

    assert capsys.readouterr().err == "Reading: 1\nReading: 1\n"


def test_work_that_is_broken_off_does_not_look_done(capsys: pytest.CaptureFixture[str]) -> None:
    """The last line is for those who came to the end."""
    with pytest.raises(KeyboardInterrupt):
        break_off()

    assert capsys.readouterr().err == ""


def break_off() -> None:
    with showing_progress("Reading", 2) as advance:
        advance(1)
        raise KeyboardInterrupt


@pytest.mark.parametrize(("total", "shown"), [(3, "100%"), (None, "Reading")])
def test_terminal_shows_a_bar(total: int | None, shown: str) -> None:
    """Also when nobody knows how much there is."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-c", ON_A_TERMINAL.format(total=total)]
    subprocess.run(command, cwd=PROJECT, stdout=theirs, stderr=theirs, check=True, env={"TERM": "xterm"})

    assert shown in os.read(ours, 10_000).decode()
