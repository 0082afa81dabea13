"""A threaded gunicorn worker that stops listening as soon as it is told to end."""

import socket

from gunicorn.workers.gthread import ThreadWorker


class Worker(ThreadWorker):  # type: ignore[misc]
    """gunicorn's `gthread`, which ends well: what waits is answered, what comes later is sent elsewhere at once.

    `gthread` itself keeps its listening socket open, and accepts nothing from it, while it lets idle connections
    linger for two seconds. The kernel goes on taking connections meanwhile, so that in a rolling restart those callers
    wait for as long and are then reset. Closed in all workers, the socket refuses them, and a proxy asks another host.
    """

    def set_accept_enabled(self, enabled: bool) -> None:
        """Begin or cease to accept; at the end, accept what waits already and close the socket."""
        super().set_accept_enabled(enabled)
        if self.alive:
            return
        for listener in self.sockets:
            self._accept_all(listener)
            listener.close()

    def _accept_all(self, listener: socket.socket) -> None:
        """Accept until nobody waits: each that is accepted counts in `nr_conns`."""
        before = -1
        while before != self.nr_conns:
            before = self.nr_conns
            self.accept(listener)
