"""What every test server can do: start, answer, freeze, thaw, stop, restart, go away."""

import os
from abc import ABC, abstractmethod
from pathlib import Path
from signal import SIGKILL, SIGTERM, Signals
from typing import ClassVar, Self

from tests.servers.account import Account
from tests.servers.folder import ServerFolder
from tests.servers.free_port import find_free_port
from tests.servers.process import PortTaken, ServerProcess

START_DEADLINE_SECONDS = 30.0


class CannotFail(RuntimeError):
    """The server is an external one, which is not ours to freeze or stop."""


class Server(ABC):
    """A server on a port of its own, or the external one that the environment names.

    `can_fail` is False for an external server: freeze, thaw, stop and restart raise `CannotFail` then. With
    `own=True` the environment is ignored, for tests that make the server fail.
    """

    environment_variable: ClassVar[str]
    graceful_signal: ClassVar[Signals] = SIGTERM
    abrupt_signal: ClassVar[Signals] = SIGKILL
    account: Account | None = None

    def __init__(self, *, own: bool = False) -> None:
        self.external_url = None if own else os.environ.get(self.environment_variable) or None
        self.can_fail = self.external_url is None
        self.port = 0
        self._folder: ServerFolder | None = None
        self._process: ServerProcess | None = None

    @property
    @abstractmethod
    def url(self) -> str:
        """Return where clients find the server."""

    @abstractmethod
    def prepare(self, folder: ServerFolder) -> None:
        """Put into the new folder what the server needs before its first start."""

    @abstractmethod
    def command(self, folder: ServerFolder) -> list[str]:
        """Return the command that runs the server in the foreground."""

    @abstractmethod
    def answers(self, folder: ServerFolder) -> bool:
        """Tell whether a client gets an answer, and gets it from this server and no other."""

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.is_running

    @property
    def pid(self) -> int:
        return self._own_process().pid

    @property
    def folder(self) -> Path:
        """Return the server's temporary folder; what it prints since its last start is in the file `log`."""
        if self._folder is None:
            raise RuntimeError(f"{type(self).__name__} has no folder of its own.")
        return self._folder.path

    def start(self) -> None:
        """Start and wait until it answers; after a stop, come back on the same port."""
        if self.external_url or self.is_running:
            return
        try:
            self._start_own()
        except BaseException:
            self.close()
            raise

    def _start_own(self) -> None:
        if self._folder is None:
            self._folder = ServerFolder()
            self.prepare(self._folder)
        if self.port:
            self._launch(self._folder)
            return
        try:
            self.port = find_free_port()
            self._launch(self._folder)
        except PortTaken:
            self.port = find_free_port()
            self._launch(self._folder)

    def _launch(self, folder: ServerFolder) -> None:
        self._process = ServerProcess(self.command(folder), folder, self.abrupt_signal, self.account)
        self._process.wait_until(lambda: self.answers(folder), START_DEADLINE_SECONDS)

    def freeze(self) -> None:
        """Stand still with every connection open: clients connect, and wait."""
        self._own_process().freeze()

    def thaw(self) -> None:
        self._own_process().thaw()

    def stop(self, *, graceful: bool = False) -> None:
        """End the server, frozen or not: at once, or after it has put its affairs in order."""
        process = self._own_process()
        process.end(self.graceful_signal if graceful else self.abrupt_signal, with_children=not graceful)

    def restart(self, *, graceful: bool = False) -> None:
        """Stop, and start again on the same port."""
        self.stop(graceful=graceful)
        self.start()

    def _own_process(self) -> ServerProcess:
        if self.external_url:
            raise CannotFail(f"{self.environment_variable} names an external server; use `own=True`.")
        if self._process is None:
            raise RuntimeError(f"{type(self).__name__} was not started.")
        return self._process

    def close(self) -> None:
        """Stop at once and remove the folder; an external server stays as it is."""
        if self._process is not None:
            self.stop()
        if self._folder is not None:
            self._folder.remove()
        self._process = self._folder = None
        self.port = 0

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
