"""Before a worker ends: move what is noted on this host to the database once more, and never hold up the end for it."""

from threading import Thread

import structlog

from routing.keeper import FAILURES, Keeper

log = structlog.get_logger()
# Well within gunicorn's graceful_timeout, most of which belongs to the calls that are still being answered.
LAST_DRAIN_SECONDS = 5.0


def drain_before_the_end(keeper: Keeper, seconds: float = LAST_DRAIN_SECONDS) -> None:
    """Stop the keeper and drain the call notes, for so long at most: a database may be frozen.

    What is not drained stays on the disk for the next start.
    """
    last = Thread(target=_drain, args=(keeper, seconds), name="last drain", daemon=True)
    last.start()
    last.join(seconds)
    if last.is_alive():
        log.warning("call notes left for the next start", problem="the database is too slow")


def _drain(keeper: Keeper, seconds: float) -> None:
    """Let the keeper end its round first; one that hangs there only shares the files with us, which does no harm."""
    keeper.stop(seconds / 2)
    try:
        keeper.drain()
    except FAILURES as error:
        log.warning("call notes left for the next start", problem=type(error).__name__)
