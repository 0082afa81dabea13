"""What this program does by itself, as nobody's operation: finish what was cut off, resume what is due, clean up.

It has two threads of its own, one of them for what asks Twilio: that may take minutes to fail, and neither the keeper
nor a number that is to be resumed now must wait for it. Hosts do the same work side by side; every chore is safe to do
twice.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from redis import RedisError
from sqlalchemy.exc import SQLAlchemyError

from operations.errors import OperationError
from routing.background import Background, Chores, Note, say_nothing

LOOK_EVERY_SECONDS = 0.5
FAILURES = (SQLAlchemyError, RedisError, OSError, OperationError)


@dataclass(frozen=True, slots=True)
class Chore:
    """A piece of work that is due again so many seconds after it was begun."""

    name: str
    every_seconds: float
    work: Callable[[], object]
    asks_twilio: bool = False


class Housekeeper:
    """The background threads of a process that do its chores."""

    def __init__(self, data_dir: Path, chores: Sequence[Chore], note: Note = say_nothing) -> None:
        self._rounds = [
            Round("housekeeper", data_dir, [chore for chore in chores if not chore.asks_twilio], note),
            Round("housekeeper-at-twilio", data_dir, [chore for chore in chores if chore.asks_twilio], note),
        ]

    def start(self, stands_in: bool = False) -> None:
        """Begin to work in threads that end with their process; who stands in, while no other process works."""
        for each in self._rounds:
            each.background.start(stands_in)

    def stop(self, seconds: float = 0.0) -> None:
        """Let the present rounds be the last, and wait for the end of each at most so long."""
        for each in self._rounds:
            each.background.stop(seconds)

    def work(self) -> None:
        """Do once whatever is due."""
        for each in self._rounds:
            each.work()


class Round:
    """Chores that are done one after another, in one thread."""

    def __init__(self, name: str, data_dir: Path, chores: Sequence[Chore], note: Note) -> None:
        self._list = tuple(chores)
        self._chores = Chores(name, FAILURES, note)
        self.background = Background(name, data_dir, LOOK_EVERY_SECONDS, self.work, let_go=self._chores.forget)

    def work(self) -> None:
        """Do once whatever is due."""
        for chore in self._list:
            if self._chores.is_due(chore.name, chore.every_seconds):
                self._chores.attempt(chore.name, chore.work)
