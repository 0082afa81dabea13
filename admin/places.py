"""Leave threads to calls: only so many requests of people and programs are worked on at a time, in each process.

Each of them may hold its thread for as long as Twilio, a host that does not confirm, or a slow reader of a long table
pleases. Whoever comes when all places are taken is sent away at once: to wait would need a thread as well.
"""

from collections.abc import Iterator
from threading import BoundedSemaphore
from typing import Any

from flask import Response, after_this_request

from operations.errors import OperationError

AGAIN_AFTER_SECONDS = 1


class TooBusy(OperationError):
    """All places are taken, so nothing was done."""

    status = 503
    code = "busy"

    def __init__(self) -> None:
        super().__init__("Too much is asked at once. Nothing was done; please try again in a moment.")


class Places:
    """So many places; each request takes one, and leaves it when its answer has been made."""

    def __init__(self, how_many: int) -> None:
        self._free = BoundedSemaphore(how_many)

    def take(self) -> None:
        """Take a place for the present request; raise TooBusy if there is none."""
        if not self._free.acquire(blocking=False):
            raise TooBusy
        after_this_request(self._leave)

    def _leave(self, response: Response) -> Response:
        if response.is_streamed:
            response.response = Streaming(response.response, self._free)
        else:
            self._free.release()
        return response


class Streaming:
    """An answer that is made piece by piece: its place is left at its end, or when nobody reads on."""

    def __init__(self, pieces: Any, free: BoundedSemaphore) -> None:
        self._pieces = pieces
        self._rest = iter(pieces)
        self._free: BoundedSemaphore | None = free

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        try:
            return next(self._rest)
        except BaseException:  # its end, too
            self._leave()
            raise

    def close(self) -> None:
        """Leave the place, as WSGI servers say in the end, also when the reader has gone."""
        self._leave()
        if hasattr(self._pieces, "close"):
            self._pieces.close()

    def _leave(self) -> None:
        free, self._free = self._free, None
        if free is not None:
            free.release()
