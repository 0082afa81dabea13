"""What a trial shows that is more than a fault under load: a sentence, some figures, and what was broken."""

from collections.abc import Callable
from dataclasses import dataclass, field

from tests.faults.town import Town


@dataclass(frozen=True)
class Shown:
    """`figures` are named counts and measures, in the order in which they are told."""

    name: str
    decided: str
    figures: dict[str, object]
    problems: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Scale:
    """How much a story does: kills of workers, of the whole service (seconds), of admins; load and soak in seconds."""

    kills: int
    killing_seconds: float
    admin_kills: int
    load_seconds: float
    soak_seconds: float


SMALL = Scale(kills=30, killing_seconds=6, admin_kills=3, load_seconds=3, soak_seconds=15)
LARGE = Scale(kills=1_000, killing_seconds=300, admin_kills=20, load_seconds=10, soak_seconds=150)


Story = Callable[[Town, Scale], Shown]


def unless(**promises: bool) -> list[str]:
    """Return the names of the promises that were not kept."""
    return [name.replace("_", " ") for name, is_kept in promises.items() if not is_kept]
