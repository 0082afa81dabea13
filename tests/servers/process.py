"""One server process with its children: launch, wait for an answer, freeze, thaw, end."""

import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from signal import SIGCONT, SIGSTOP, Signals

import psutil  # type: ignore[import-untyped]

from tests.servers.account import Account
from tests.servers.folder import ServerFolder

END_DEADLINE_SECONDS = 10.0
FREEZE_DEADLINE_SECONDS = 5.0


class ServerDidNotStart(RuntimeError):
    """The server ended or stayed silent; the message holds the end of its log."""


class PortTaken(ServerDidNotStart):
    """Somebody else took the port between our choice and the server's bind."""


class ServerProcess:
    """A running server; its output goes to the file `log` in its folder."""

    def __init__(
        self, command: list[str], folder: ServerFolder, abrupt_signal: Signals, account: Account | None = None
    ) -> None:
        self._folder = folder
        self._abrupt_signal = abrupt_signal
        self._log_path = folder.path / "log"
        with self._log_path.open("wb") as log:
            self._popen = subprocess.Popen(
                command,
                cwd=folder.path,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                **(account.popen_options() if account else {}),
            )
        folder.note_running([self.pid], abrupt_signal)

    @property
    def pid(self) -> int:
        return self._popen.pid

    @property
    def is_running(self) -> bool:
        return self._popen.poll() is None

    def wait_until(self, answers: Callable[[], bool], deadline_seconds: float) -> None:
        """Ask every few milliseconds; raise `ServerDidNotStart` when it ends or when the deadline passes."""
        deadline = time.monotonic() + deadline_seconds
        while not answers():
            if not self.is_running:
                raise self._not_started(f"ended with status {self._popen.returncode}")
            if time.monotonic() > deadline:
                raise self._not_started(f"did not answer within {deadline_seconds:g} s")
            time.sleep(0.01)

    def _not_started(self, what_happened: str) -> ServerDidNotStart:
        log = self._log_path.read_text(errors="replace")[-4000:]
        error = PortTaken if "Address already in use" in log else ServerDidNotStart
        return error(f"The server {what_happened}. The end of its log:\n{log}")

    def freeze(self) -> None:
        """Freeze the parent first, so that it starts no more children; return when all stand still."""
        parent = psutil.Process(self.pid)
        _freeze([parent])
        children = parent.children(recursive=True)
        self._folder.note_running([self.pid, *(child.pid for child in children)], self._abrupt_signal)
        _freeze(children)

    def thaw(self) -> None:
        """Wake every process; a server that is awake, or stopped, is left as it is."""
        tree = self._tree()
        _send(SIGCONT, tree)
        if tree:
            self._folder.note_running([self.pid], self._abrupt_signal)

    def end(self, signal: Signals, *, with_children: bool) -> None:
        """Send the signal, wake whoever is frozen so that it acts on it, and wait until all are gone."""
        tree = self._tree()
        _send(signal, tree if with_children else tree[:1])
        _send(SIGCONT, tree)
        with suppress(subprocess.TimeoutExpired):
            self._popen.wait(END_DEADLINE_SECONDS)
        self._popen.kill()
        self._popen.wait()
        _, survivors = psutil.wait_procs(tree[1:], timeout=1)
        _send(Signals.SIGKILL, survivors)
        self._folder.note_stopped()

    def _tree(self) -> list[psutil.Process]:
        """Return the parent and its children; nothing when the parent is gone."""
        if not self.is_running:
            return []
        parent = psutil.Process(self.pid)
        return [parent, *parent.children(recursive=True)]


def _freeze(processes: list[psutil.Process]) -> None:
    _send(SIGSTOP, processes)
    deadline = time.monotonic() + FREEZE_DEADLINE_SECONDS
    while any(_is_awake(process) for process in processes):
        if time.monotonic() > deadline:
            raise TimeoutError(f"A server did not freeze within {FREEZE_DEADLINE_SECONDS:g} s.")
        time.sleep(0.001)


def _is_awake(process: psutil.Process) -> bool:
    try:
        return bool(process.status() not in (psutil.STATUS_STOPPED, psutil.STATUS_ZOMBIE))
    except psutil.NoSuchProcess:
        return False


def _send(signal: Signals, processes: list[psutil.Process]) -> None:
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.send_signal(signal)
