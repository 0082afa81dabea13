"""A temporary folder for one server, that outlives neither its owner nor the tests' process."""

import os
import subprocess
import tempfile
from pathlib import Path

from tests.servers.account import everyone_may_enter

MEMORY = Path("/dev/shm")
ROOM_BYTES = 2 * 1024**3
# Its input is a pipe that only the tests' process holds: `read` returns when that process closes the pipe or
# is gone, however it ended, SIGKILL included. PR_SET_PDEATHSIG would fire when the starting thread ends.
GUARD_SCRIPT = """
read -r _
if read -r signal pids < "$1/running"; then
    kill -"$signal" $pids
    kill -CONT $pids
    attempts=0
    while kill -0 "${pids%% *}" && [ "$attempts" -lt 200 ]; do
        sleep 0.05
        attempts=$((attempts + 1))
    done
fi
rm -rf "$1"
"""


class ServerFolder:
    """A temporary folder with a guard: a shell that, at our end, kills the server and removes the folder."""

    def __init__(self) -> None:
        self.path = Path(tempfile.mkdtemp(prefix="test-server-", dir=_open_parent()))
        self.path.chmod(0o711)
        self._running = self.path / "running"
        self._guard = subprocess.Popen(
            ["/bin/sh", "-c", GUARD_SCRIPT, "guard", str(self.path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def note_running(self, pids: list[int], signal_number: int) -> None:
        """Tell the guard which processes to kill, the parent first, and with which signal."""
        self._running.write_text(f"{signal_number} {' '.join(map(str, pids))}\n")

    def note_stopped(self) -> None:
        self._running.unlink(missing_ok=True)

    def remove(self) -> None:
        """Let the guard remove the folder, and wait for it."""
        self._guard.communicate(timeout=20)


def _open_parent() -> Path:
    """Return memory where there is room: a disk takes 0.3 ms and more for each of a database's 300 files.

    Else the usual temporary folder, or a public one where root's is closed to the server's account.
    """
    if _is_roomy(MEMORY):
        return MEMORY
    usual = Path(tempfile.gettempdir())
    if os.geteuid() != 0:
        return usual
    for parent in (usual, Path("/tmp"), Path("/var/tmp")):
        if everyone_may_enter(parent):
            return parent
    raise RuntimeError(f"No temporary folder that every account may enter; tried {usual}, /tmp and /var/tmp.")


def _is_roomy(folder: Path) -> bool:
    """Tell whether servers fit in: many a container has 64 MB there, and runs no programs from it."""
    if not folder.is_dir() or not os.access(folder, os.W_OK) or not everyone_may_enter(folder):
        return False
    system = os.statvfs(folder)
    return system.f_bavail * system.f_frsize > ROOM_BYTES and not system.f_flag & os.ST_NOEXEC
