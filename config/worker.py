"""A threaded gunicorn worker that stops listening once it is told to end, and repeats nothing that it cannot read.

One worker of a host answers nobody: it keeps.
"""

import os
import select
import socket
import sys
from contextlib import suppress
from typing import Any

from gunicorn.http.errors import InvalidHeader, InvalidResponseHeader, InvalidResponseHeaderName, ParseException
from gunicorn.workers.gthread import ThreadWorker

SIGN_OF_LIFE_SECONDS = 1.0


class Unreadable(InvalidHeader):  # type: ignore[misc]
    """A request that is no HTTP, by the kind of what is wrong with it alone."""

    def __init__(self, problem: ParseException) -> None:
        super().__init__(type(problem).__name__)

    def __str__(self) -> str:
        return str(self.hdr)


class Worker(ThreadWorker):  # type: ignore[misc]
    """gunicorn's `gthread`, which ends well: what waits is answered, what comes later is sent elsewhere at once.

    `gthread` itself keeps its listening socket open, and accepts nothing from it, while it lets idle connections
    linger for two seconds. The kernel goes on taking connections meanwhile, so that in a rolling restart those callers
    wait for as long and are then reset. Closed in all workers, the socket refuses them, and a proxy asks another host.
    """

    # The one that keeps answers nobody (docs/decisions/0022-a-process-that-keeps.md). The master says which it is.
    keeps = False

    def run(self) -> None:
        """Answer calls until told to end, or leave this process to its background threads."""
        if self.keeps:
            self._leave_to_threads()
        else:
            super().run()

    @property
    def is_replaced(self) -> bool:
        """Tell whether this worker has answered all that it may (`max_requests`), so that gunicorn begins another one.

        It does so only when this process is gone: whatever is done before holds callers up if all workers end together.
        """
        return bool(self.nr >= self.max_requests)

    def leave(self) -> None:
        """End this process at once, if all is well: everything that is to stay is in files by now.

        To take the interpreter down piece by piece costs up to a second of a processor, while callers wait for the next
        worker.
        """
        ended = sys.exc_info()[1]
        if isinstance(ended, SystemExit) and ended.code == 0:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(0)

    def handle_error(self, req: Any, client: Any, addr: Any, exc: BaseException) -> None:
        """Refuse what is no HTTP with 400, without a word of it.

        gunicorn would log and send back the line that it could not read. Where a length lies, that line is the rest of
        a form, with the phone numbers in it. And it would answer an unknown transfer coding with 501.
        """
        is_ours = isinstance(exc, InvalidResponseHeader | InvalidResponseHeaderName)
        is_unreadable = isinstance(exc, ParseException) and not is_ours
        super().handle_error(req, client, addr, Unreadable(exc) if is_unreadable else exc)

    def set_accept_enabled(self, enabled: bool) -> None:
        """Begin or cease to accept; at the end, accept what waits already and close the socket.

        A worker that another one follows leaves those who wait to the others, which listen at the same socket.
        """
        super().set_accept_enabled(enabled)
        if self.alive:
            return
        for listener in self.sockets:
            if listener.fileno() < 0:  # told to end while it was already ending
                continue
            if not self.is_replaced:
                self._accept_all(listener)
            listener.close()

    def _leave_to_threads(self) -> None:
        """Show the master a sign of life each second; a signal ends the wait."""
        for listener in self.sockets:
            listener.close()
        while self.alive and self.is_parent_alive():
            self.notify()
            select.select([self.PIPE[0]], [], [], SIGN_OF_LIFE_SECONDS)
            with suppress(BlockingIOError):
                os.read(self.PIPE[0], 1024)

    def _accept_all(self, listener: socket.socket) -> None:
        """Accept until nobody waits: each that is accepted counts in `nr_conns`."""
        before = -1
        while before != self.nr_conns:
            before = self.nr_conns
            self.accept(listener)
