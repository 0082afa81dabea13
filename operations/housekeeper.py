"""What this program does by itself, as nobody's operation: finish what was cut off, resume what is due, clean up.

It has a thread of its own, because Twilio may take seconds to answer and the keeper must not wait. Hosts do the same
work side by side; every chore is safe to do twice.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from redis import RedisError
from sqlalchemy.exc import SQLAlchemyError

from operations.errors import OperationError
from routing.background import Background, Chores

LOOK_EVERY_SECONDS = 0.5
FAILURES = (SQLAlchemyError, RedisError, OSError, OperationError)


@dataclass(frozen=True, slots=True)
class Chore:
    """A piece of work that is due again so many seconds after it was begun."""

    name: str
    every_seconds: float
    work: Callable[[], object]


class Housekeeper:
    """The second background thread of a process."""

    def __init__(self, data_dir: Path, chores: Sequence[Chore]) -> None:
        self._list = tuple(chores)
        self._chores = Chores("housekeeper", FAILURES)
        self._background = Background("housekeeper", data_dir, LOOK_EVERY_SECONDS, self.work)

    def start(self) -> None:
        """Begin to work in a thread that ends with its process."""
        self._background.start()

    def stop(self, seconds: float = 0.0) -> None:
        """Let the present round be the last, and wait for its end at most so long."""
        self._background.stop(seconds)

    def work(self) -> None:
        """Do once whatever is due."""
        for chore in self._list:
            if self._chores.is_due(chore.name, chore.every_seconds):
                self._chores.attempt(chore.name, chore.work)
